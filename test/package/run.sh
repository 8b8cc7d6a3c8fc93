#!/usr/bin/env bash
# run.sh STEP: builds and runs programs as users of the library do. Run by CTest, in a folder of
# the build tree, with what it needs to know in the environment.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
prefix=$PWD/prefix

skip() {
  echo "skipped: $*"
  exit 77
}

# empty_folder NAME: makes it, empty, and goes there.
empty_folder() {
  rm -rf -- "$1"
  mkdir -p -- "$1"
  cd -- "$1"
}

# build_project SOURCE [OPTION...]: configures and builds a project in the current folder.
build_project() {
  local source=$1
  shift
  "$CMAKE_COMMAND" -S "$source" -B . -G "$ASIOFILE_GENERATOR" -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_CXX_FLAGS_DEBUG= -DCMAKE_CXX_COMPILER="$CXX" "$@"
  "$CMAKE_COMMAND" --build .
}

# Into an empty prefix, which is then moved: nothing installed may depend on where it is.
step_install() {
  rm -rf -- "$prefix" "$prefix.first"
  "$CMAKE_COMMAND" --install "$ASIOFILE_BUILD_DIR" --config "$ASIOFILE_CONFIG" \
    --prefix "$prefix.first"
  mv -- "$prefix.first" "$prefix"
  if grep -rIlF -e "$ASIOFILE_SOURCE_DIR" -e "$prefix.first" -- "$prefix"; then
    echo "the files above name folders of the build"
    exit 1
  fi
}

step_find_package() {
  empty_folder find_package
  build_project "$here/consumer" -DCMAKE_PREFIX_PATH="$prefix"
  ./consumer
  ./ported
  ./differences
}

# What was installed must run, and say what doc/backends.md promises.
step_asiofile_probe() {
  local probe=$prefix/bin/asiofile-probe code=0
  [[ -x $probe ]] || skip "asiofile-probe was not built"
  "$probe" || code=$?
  ((code <= 1)) || { echo "exit code $code"; exit 1; }
  "$probe" --json >probe.json || [[ $? == "$code" ]]
  "$CMAKE_COMMAND" -P "$here/check_probe.cmake" probe.json "$code"
  code=0
  "$probe" --nonsense || code=$?
  [[ $code == 64 ]] || { echo "exit code $code for a mistake"; exit 1; }
}

step_pkg_config() {
  command -v pkg-config >/dev/null || skip "pkg-config is not installed"
  empty_folder pkg_config
  local directory
  directory=$(dirname -- "$(find "$prefix" -name asiofile.pc)")
  export PKG_CONFIG_PATH=$directory${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
  local -a flags
  read -ra flags <<<"$(pkg-config --cflags --libs asiofile)"
  echo "pkg-config: ${flags[*]}"
  "$CXX" -std=c++20 "$here/consumer/consumer.cpp" "${flags[@]}" -o consumer
  LD_LIBRARY_PATH=$(dirname -- "$directory") ./consumer
}

# As a shared library, so that one build shows both this and that all symbols needed are exported.
step_add_subdirectory() {
  empty_folder add_subdirectory
  build_project "$here/subdirectory" -DASIOFILE_SOURCE_DIR="$ASIOFILE_SOURCE_DIR" \
    -DBUILD_SHARED_LIBS=ON
  ./consumer
}

# ported.cpp and differences.cpp with Boost.Asio's own classes, on io_uring, the only way in which it has
# them.
step_ported_program_is_boosts() {
  empty_folder ported_program_is_boosts
  echo '#include <liburing.h>' | "$CXX" -x c++ -fsyntax-only - 2>/dev/null ||
    skip "liburing is not installed, without which Boost.Asio has no files"
  local program errors
  for program in ported differences; do
    "$CXX" -std=c++20 -DBOOST_ASIO_HAS_IO_URING -I"$here/namespace_boost" \
      -I"$BOOST_INCLUDE_DIR" "$here/$program.cpp" -luring -pthread -o "$program"
    if ! errors=$("./$program" 2>&1 >/dev/null); then
      echo "$errors"
      case $errors in
        *io_uring_queue_init*) skip "Boost.Asio cannot set up io_uring here: $errors" ;;
      esac
      exit 1
    fi
  done
}

"step_$1"

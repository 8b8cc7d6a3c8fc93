#!/usr/bin/env bash
# run.sh STEP: builds and runs programs as users of the library do. Run by CTest, in a folder of
# the build tree, with what it needs to know in the environment.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

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
  ./tested
}

# asiofile::testing is a separate library: the library that programs ship with contains nothing of
# it.
step_testing_is_apart() {
  command -v nm >/dev/null || skip "nm is not installed"
  local libraries=0 library symbols
  for library in $(find "$prefix" -name 'libasiofile.*' -type f); do
    libraries=$((libraries + 1))
    # Of a shared library also those that are not exported.
    symbols=$(nm -C "$library" 2>/dev/null)
    [[ $symbols == *asiofile::detail::service_core* ]] || { echo "$library has no symbols"; exit 1; }
    if grep -E 'asiofile::testing|simulated' <<<"$symbols"; then
      echo "the symbols above are in $library"
      exit 1
    fi
  done
  ((libraries > 0)) || { echo "no libasiofile in $prefix"; exit 1; }
  find "$prefix" -name 'libasiofile-testing.*' | grep -q . || { echo "no libasiofile-testing"; exit 1; }
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
  read -ra flags <<<"$(pkg-config --cflags --libs asiofile-testing)"
  echo "pkg-config: ${flags[*]}"
  "$CXX" -std=c++20 "$here/consumer/tested.cpp" "${flags[@]}" -o tested
  LD_LIBRARY_PATH=$(dirname -- "$directory") ./tested
}

# A plugin, into which the library goes where it is a static one.
step_plugin() {
  empty_folder plugin
  build_project "$here/plugin" -DCMAKE_PREFIX_PATH="$prefix"
  local plugin
  plugin=$(find . -name 'libplugin.*' -not -path '*/CMakeFiles/*')
  ./host "$plugin"
}

# The unity build is what makes this quick, and shows that a project may ask for one.
step_add_subdirectory() {
  empty_folder add_subdirectory
  build_project "$here/subdirectory" -DASIOFILE_SOURCE_DIR="$ASIOFILE_SOURCE_DIR" \
    -DCMAKE_UNITY_BUILD=ON
  ./consumer
  ./tested
}

step_fetch_content() {
  empty_folder fetch_content
  local archive=$PWD/asiofile.tar.gz
  (cd -- "$ASIOFILE_SOURCE_DIR" && tar -czf "$archive" --transform 's,^,asiofile/,' \
    CMakeLists.txt LICENSE cmake include src)
  build_project "$here/fetch_content" -DASIOFILE_ARCHIVE="$archive" -DCMAKE_UNITY_BUILD=ON
  ./consumer
}

# install_by_preset [OPTION...]: what the README says, in the current folder, by CMake's default
# generator, with no other programs than those the README lists (and what they are made of).
install_by_preset() {
  local program
  mkdir -- tools
  for program in make ar ranlib as ld nm objdump objcopy readelf strip uname sh; do
    program=$(command -v "$program") || continue
    ln -s -- "$program" tools/
  done
  local -a clean=(env -u CMAKE_GENERATOR -u CMAKE_CXX_COMPILER_LAUNCHER PATH="$PWD/tools" CXX="$(command -v "$CXX")")
  "${clean[@]}" "$CMAKE_COMMAND" -S "$ASIOFILE_SOURCE_DIR" --preset install -B build \
    -DCMAKE_UNITY_BUILD=ON "$@"
  "${clean[@]}" "$CMAKE_COMMAND" --build build --parallel 2
  "${clean[@]}" "$CMAKE_COMMAND" --install build --prefix "$PWD/installed"
}

# expect_installed PATTERN...: that files are there that match each.
expect_installed() {
  local pattern
  for pattern in "$@"; do
    compgen -G "installed/$pattern" >/dev/null || { echo "not installed: $pattern"; exit 1; }
  done
}

step_install_preset() {
  command -v make >/dev/null || skip "make is not installed"
  empty_folder install_preset
  install_by_preset
  expect_installed 'lib*/libasiofile.a' 'lib*/cmake/asiofile/asiofileConfig.cmake' \
    'lib*/pkgconfig/asiofile.pc' include/asiofile/asiofile.hpp bin/asiofile-probe
  if grep -E '^(Boost_(UNIT|PROGRAM)|.*xxhash|OPENSSL)' build/CMakeCache.txt; then
    echo "the build has looked for what the README does not list"
    exit 1
  fi
  local found=no
  echo '#include <liburing.h>' | "$CXX" -x c++ -fsyntax-only - 2>/dev/null && found=yes
  if [[ $found == yes ]] && ! grep -q ASIOFILE_HAS_LIBURING build/CMakeFiles/*/flags.make; then
    echo "liburing is installed, and its engine was left out"
    exit 1
  fi
}

# libasiofile.so -> libasiofile.so.MAJOR.MINOR, its name for programs -> libasiofile.so.VERSION.
step_shared_library() {
  command -v make >/dev/null || skip "make is not installed"
  empty_folder shared_library
  install_by_preset -DBUILD_SHARED_LIBS=ON
  local version library soname
  version=$(sed -n 's/.*VERSION_STRING "\(.*\)"/\1/p' \
    "$ASIOFILE_SOURCE_DIR/include/asiofile/version.hpp")
  library=$(find installed -name "libasiofile.so.$version" -type f)
  [[ -n $library ]] || { echo "there is no libasiofile.so.$version"; exit 1; }
  soname=libasiofile.so.${version%.*}
  [[ $(readlink -f "${library%"$version"}${version%.*}") == "$PWD/$library" ]]
  [[ $(readlink -f "${library%."$version"}") == "$PWD/$library" ]]
  if command -v readelf >/dev/null; then
    readelf -d "$library" | grep -F "Library soname: [$soname]"
  fi

  mkdir consumer
  cd -- consumer
  build_project "$here/consumer" -DCMAKE_PREFIX_PATH="$PWD/../installed"
  ./consumer
  cd ..
  # Moved as a whole, the program finds the library beside it.
  mv -- installed moved
  moved/bin/asiofile-probe --version
}

# Neither vcpkg nor Conan need be installed: their recipes' steps are run without them.
step_vcpkg_port() {
  empty_folder vcpkg_port
  "$CMAKE_COMMAND" -DPORT="$ASIOFILE_SOURCE_DIR/packaging/vcpkg/asiofile" \
    -DPACKAGES="$PWD/packages" -P "$here/recipes/vcpkg.cmake"
}

# Configured only: a build from the sources that the recipe exports is that of other steps.
step_conan_recipe() {
  command -v python3 >/dev/null || skip "python3 is not installed"
  empty_folder conan_recipe
  local -a options
  python3 "$here/recipes/conan.py" "$ASIOFILE_SOURCE_DIR/packaging/conan/conanfile.py" \
    "$PWD/sources" >options
  mapfile -t options <options
  "$CMAKE_COMMAND" -S sources -B build -DCMAKE_CXX_COMPILER="$CXX" "${options[@]}"
}

# With this, packagers and including projects disable tests.
step_build_testing_off() {
  empty_folder build_testing_off
  "$CMAKE_COMMAND" -S "$ASIOFILE_SOURCE_DIR" -B . -G "$ASIOFILE_GENERATOR" \
    -DCMAKE_CXX_COMPILER="$CXX" -DBUILD_TESTING=OFF
  local targets
  targets=$("$CMAKE_COMMAND" --build . --target help)
  if grep -E '(_tests|example_|asiofile-demo)' <<<"$targets"; then
    echo "these are built although BUILD_TESTING is OFF"
    exit 1
  fi
  grep -q asiofile-probe <<<"$targets"
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

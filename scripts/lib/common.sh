# shellcheck shell=bash
# What the scripts share. Sourced with `root` set to the project's folder; leaves everything that
# is built, cached or temporary in build/.

set -euo pipefail

: "${root:?}"

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# --- Packages --------------------------------------------------------------------------------

is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# The version that apt would install, or nothing.
candidate_version() {
  apt-cache policy "$1" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

# The suffix that the names of the development packages of a Boost new enough have, as in
# libboost1.81-dev ("1.81") or libboost-dev (""): the one installed, else the one to be had.
# Returns 1 where there is none.
installed_boost() {
  local package version
  while read -r package version; do
    if dpkg --compare-versions "$version" ge 1.81; then
      package=${package#libboost}
      package=${package%-dev}
      say "${package#-}"
      return 0
    fi
  done < <(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' 'libboost*-dev' \
    2>/dev/null | awk '$1 == "installed" && $2 ~ /^libboost([0-9.]+)?-dev$/ { print $2, $3 }')
  return 1
}

available_boost() {
  if [[ -n $(candidate_version libboost1.81-dev) ]]; then
    say 1.81
    return 0
  fi
  local version
  version=$(candidate_version libboost-dev)
  if [[ -n $version ]] && dpkg --compare-versions "$version" ge 1.81; then
    say ""
    return 0
  fi
  return 1
}

# A program counts whoever installed it.
missing_tools() {
  have g++ || say g++
  have cmake || say cmake
  have ninja || say ninja-build
  have pkg-config || say pkg-config
  have valgrind || say valgrind
  have clang++-16 || say clang-16
}

# missing_libraries BOOST_SUFFIX
missing_libraries() {
  local package
  for package in "libboost$1-dev" "libboost-test$1-dev" "libboost-program-options$1-dev" \
    liburing-dev libaio-dev libssl-dev libxxhash-dev e2fsprogs xfsprogs btrfs-progs libfuse3-dev libseccomp-dev libclang-rt-16-dev; do
    is_installed "$package" || say "$package"
  done
}

# What is missing on a system without Debian's packages, told by program and header.
missing_without_apt() {
  local tool header
  for tool in g++ cmake ninja pkg-config; do
    have "$tool" || say "$tool"
  done
  have g++ || return 0
  for header in boost/asio.hpp boost/test/unit_test.hpp boost/program_options.hpp xxhash.h; do
    printf '#include <%s>\n' "$header" | g++ -std=c++20 -M -x c++ - >/dev/null 2>&1 ||
      say "<$header>"
  done
}

# apt puts files of an unprivileged user into TMPDIR, so it gets the system's own.
as_root() {
  local -a sudo=()
  if ((EUID != 0)); then
    have sudo || fail "installing packages needs root, and there is no sudo; missing: ${missing[*]}"
    sudo=(sudo)
  fi
  "${sudo[@]}" env -u TMPDIR DEBIAN_FRONTEND=noninteractive "$@"
}

# Installs what the build needs and this machine lacks; says so first. Nothing missing: no apt.
ensure_packages() {
  local -a missing=()
  local suffix

  if ! have apt-get || ! have dpkg-query; then
    mapfile -t missing < <(missing_without_apt)
    ((${#missing[@]} == 0)) ||
      fail "this needs programs and headers that are not here, and there is no apt-get to install" \
        "them: ${missing[*]} (CONTRIBUTING.md lists what is needed)"
    return 0
  fi

  if suffix=$(installed_boost); then
    mapfile -t missing < <(missing_tools; missing_libraries "$suffix")
    ((${#missing[@]} > 0)) || return 0
    say "Updating the package lists, to install: ${missing[*]}"
    as_root apt-get update -qq
  else
    missing=(boost)
    say "Updating the package lists: Boost 1.81 or newer is not installed"
    as_root apt-get update -qq
    suffix=$(available_boost) ||
      fail "apt offers no Boost 1.81 or newer (libboost1.81-dev or libboost-dev)"
    mapfile -t missing < <(missing_tools; missing_libraries "$suffix")
  fi

  say "Installing packages: ${missing[*]}"
  # Without removing any: another Boost's headers may be in the way, which is the owner's to judge.
  as_root apt-get install -qq -y --no-install-recommends --no-remove \
    -o DPkg::Lock::Timeout=300 "${missing[@]}" ||
    fail "could not install: ${missing[*]}"
}

# --- Building --------------------------------------------------------------------------------

# To be called after ensure_packages.
prepare_build_environment() {
  mkdir -p -- "$root/build/tmp"
  export TMPDIR=$root/build/tmp
  if have ccache; then
    export CCACHE_DIR=${CCACHE_DIR:-$root/build/ccache}
    export CCACHE_TEMPDIR=$TMPDIR/ccache
    export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}
    export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}
  fi
}

# How many compilers run at a time: as many as processors, with 1.5 GB of memory for each.
build_jobs() {
  local processors memory_kb jobs
  processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
  memory_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null || true)
  jobs=$processors
  if [[ -n $memory_kb ]] && ((memory_kb / 1500000 < jobs)); then
    jobs=$((memory_kb / 1500000))
  fi
  say $((jobs > 0 ? jobs : 1))
}

# quietly LOG COMMAND...: its output goes to LOG, and is shown where it fails.
quietly() {
  local log=$1
  shift
  if ! "$@" >>"$log" 2>&1; then
    cat -- "$log" >&2
    return 1
  fi
}

# build_preset PRESET LOG [TARGET...]: configures and builds.
build_preset() {
  local preset=$1 log=$2 folder=$root/build/$1
  shift 2
  mkdir -p -- "$folder"
  : >"$log"
  # A folder configured elsewhere (the project was moved or copied) cannot be used again.
  if [[ -f $folder/CMakeCache.txt ]] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
    rm -rf -- "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  fi
  quietly "$log" cmake -S "$root" --preset "$preset" || return 1
  local -a targets=()
  (($# == 0)) || targets=(--target "$@")
  quietly "$log" cmake --build "$folder" --parallel "$(build_jobs)" "${targets[@]}"
}

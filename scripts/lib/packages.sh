# shellcheck shell=bash
# Which packages a script needs, and installing those that are missing. Sourced after common.sh.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}"

is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# --- Boost -----------------------------------------------------------------------------------

# The version that apt would install, or nothing.
candidate_version() {
  apt-cache policy "$1" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

# The suffix that the names of the development packages of a Boost new enough have, as in
# libboost1.81-dev ("1.81") or libboost-dev (""): the installed one, or else the available one.
# Returns 1 if there is none.
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

# --- What a script needs ---------------------------------------------------------------------

# tools_for SET: "PROGRAM PACKAGE" lines. A program counts as present however it was installed.
tools_for() {
  case $1 in
    build) printf '%s\n' 'g++ g++' 'cmake cmake' 'make make' 'pkg-config pkg-config' ;;
    test)
      printf '%s\n' 'ninja ninja-build' 'valgrind valgrind' 'clang++-16 clang-16' \
        'spin spin' 'cc gcc' 'curl curl' 'python3 python3'
      ;;
    benchmark) printf '%s\n' 'ninja ninja-build' ;;
    xfs) printf '%s\n' 'mkfs.xfs xfsprogs' ;;
    server_benchmark) printf '%s\n' 'ninja ninja-build' 'wrk wrk' 'mkfs.ext4 e2fsprogs' ;;
    site) printf '%s\n' 'doxygen doxygen' 'python3 python3' 'mandoc mandoc' ;;
    packaging) printf '%s\n' 'dh debhelper' 'lintian lintian' 'dpkg-buildpackage dpkg-dev' ;;
  esac
}

# libraries_for SET BOOST_SUFFIX: packages of headers and libraries.
libraries_for() {
  case $1 in
    build) printf '%s\n' "libboost$2-dev" liburing-dev libaio-dev ;;
    demo) printf '%s\n' "libboost-program-options$2-dev" libxxhash-dev ;;
    test)
      printf '%s\n' "libboost-test$2-dev" libssl-dev libfuse3-dev libseccomp-dev \
        libclang-rt-16-dev e2fsprogs xfsprogs btrfs-progs
      ;;
    benchmark) printf '%s\n' "libboost-program-options$2-dev" libuv1-dev ;;
    server_benchmark) # the libraries are nginx's, see ensure_nginx
      printf '%s\n' "libboost-program-options$2-dev" libssl-dev libpcre2-8-0 zlib1g
      ;;
    site) printf '%s\n' doxygen-awesome-css ;;
  esac
}

# missing_packages BOOST_SUFFIX SET...
missing_packages() {
  local suffix=$1 set program package
  shift
  for set in "$@"; do
    while read -r program package; do
      have "$program" || say "$package"
    done < <(tools_for "$set")
    while read -r package; do
      is_installed "$package" || say "$package"
    done < <(libraries_for "$set" "$suffix")
  done
}

# missing_without_apt SET...: on a system without Debian's packages, judging by programs and
# headers.
missing_without_apt() {
  local set program package header
  local -a headers=(boost/asio.hpp)
  for set in "$@"; do
    while read -r program package; do
      case $set,$program in
        test,ninja | build,* | benchmark,* | server_benchmark,* | site,*) have "$program" || say "$program" ;;
      esac
    done < <(tools_for "$set")
    case $set in
      demo) headers+=(boost/program_options.hpp xxhash.h) ;;
      test) headers+=(boost/test/unit_test.hpp) ;;
      benchmark) headers+=(boost/program_options.hpp uv.h) ;;
    esac
  done
  have g++ || return 0
  for header in "${headers[@]}"; do
    printf '#include <%s>\n' "$header" | g++ -std=c++20 -M -x c++ - >/dev/null 2>&1 ||
      say "<$header>"
  done
}

# --- Installing ------------------------------------------------------------------------------

# apt puts files of an unprivileged user into TMPDIR, so it gets the system's own.
as_root() {
  local -a sudo=()
  if ((EUID != 0)); then
    have sudo || fail "this needs root, and there is no sudo: $*"
    sudo=(sudo)
  fi
  "${sudo[@]}" env -u TMPDIR DEBIAN_FRONTEND=noninteractive "$@"
}

# apt_install PACKAGE...: removes none: another Boost's headers may conflict, which the owner must
# resolve.
apt_install() {
  as_root apt-get install -qq -y --no-install-recommends --no-remove \
    -o DPkg::Lock::Timeout=300 "$@"
}

# ensure_packages SET...: installs what the sets need and this machine lacks; says so first. Nothing
# missing: no apt. The sets: build, demo, test, benchmark, server_benchmark,
# xfs, packaging, site.
ensure_packages() {
  local -a missing=()
  local suffix=""

  if ! have apt-get || ! have dpkg-query; then
    mapfile -t missing < <(missing_without_apt "$@")
    ((${#missing[@]} == 0)) ||
      fail "this needs programs and headers that are not here, and there is no apt-get to install" \
        "them: ${missing[*]} (CONTRIBUTING.md lists what is needed)"
    return 0
  fi

  # The site needs no Boost.
  if [[ $* == site ]] || suffix=$(installed_boost); then
    mapfile -t missing < <(missing_packages "$suffix" "$@")
    ((${#missing[@]} > 0)) || return 0
    say "Updating the package lists, to install: ${missing[*]}" >&2
    as_root apt-get update -qq >&2
  else
    say "Updating the package lists: Boost 1.81 or newer is not installed" >&2
    as_root apt-get update -qq >&2
    suffix=$(available_boost) ||
      fail "apt offers no Boost 1.81 or newer (libboost1.81-dev or libboost-dev)"
    mapfile -t missing < <(missing_packages "$suffix" "$@")
  fi

  say "Installing packages: ${missing[*]}" >&2
  apt_install "${missing[@]}" >&2 || fail "could not install: ${missing[*]}"
}

# --- nginx -----------------------------------------------------------------------------------

# Prints the program's path: the system's, or the one that ensure_nginx has unpacked. Returns 1 if
# there is none.
find_nginx() {
  local program
  # Users who may not start the system's nginx often have no sbin in their PATH.
  for program in "$(command -v nginx)" /usr/sbin/nginx "$root/build/nginx/usr/sbin/nginx"; do
    if [[ -x $program ]]; then
      say "$program"
      return 0
    fi
  done
  return 1
}

# ensure_nginx: unpacks Debian's package into build/ if there is no nginx. Installing it would start
# a server on port 80, now and whenever the system starts.
ensure_nginx() {
  local folder=$root/build/nginx
  find_nginx >/dev/null && return 0
  { have apt-get && have dpkg-deb; } || fail "this needs nginx"
  say "Unpacking into build/: nginx" >&2
  mkdir -p -- "$folder"
  (
    cd -- "$folder"
    rm -f -- nginx_*.deb
    local -a download=(apt-get download -qq -o 'APT::Sandbox::User=' nginx)
    "${download[@]}" 2>/dev/null || { as_root apt-get update -qq && "${download[@]}"; }
    dpkg-deb -x nginx_*.deb .
  ) >&2 || fail "could not unpack: nginx"
}

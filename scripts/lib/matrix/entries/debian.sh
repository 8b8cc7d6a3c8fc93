# shellcheck shell=bash disable=SC2034,SC2154
# Other releases of Debian, and other versions of Boost.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# suite_packages BOOST_SUFFIX: what the whole suite needs, in a root.
suite_packages() {
  printf '%s\n' g++ cmake ninja-build make pkg-config ccache \
    "libboost$1-dev" "libboost-test$1-dev" "libboost-program-options$1-dev" \
    liburing-dev libaio-dev libssl-dev libxxhash-dev libfuse3-dev libseccomp-dev \
    e2fsprogs xfsprogs btrfs-progs fuse3 mount valgrind python3-minimal
}

# debian_plan NAME SUITE BOOST_SUFFIX [ARCHITECTURE]
debian_plan() {
  local -a packages
  mapfile -t packages < <(suite_packages "$3")
  make_root "$1" "$2" "${4:-$(dpkg --print-architecture)}" "${packages[@]}"
  plan_root=$1
}

entry debian13 "Debian 13: g++ 14, Boost 1.83, liburing 2.9"
plan_debian13() { debian_plan debian13 trixie ""; }

entry debian13-boost1.88 "Debian 13 with Boost 1.88"
plan_debian13_boost1_88() { debian_plan debian13-boost1.88 trixie 1.88; }

entry unstable "Debian unstable: its compiler, Boost and liburing"
plan_unstable() { debian_plan unstable sid ""; }

entry newest-boost "the newest Boost that Debian has, with this system's compiler"
plan_newest_boost() {
  local version include
  version=$(newest_boost sid)
  [[ -n $version ]] || fail "cannot tell the newest Boost"
  include=$(boost_headers sid "$version")
  boost_package "$entry_folder/boost" "$include" "${CXX:-g++}"
  plan_options+=("-DBoost_DIR=$entry_folder/boost")
  without_boost_libraries
}

entry i386 "Debian 13 for i386, run natively"
plan_i386() { debian_plan i386 trixie "" i386; }

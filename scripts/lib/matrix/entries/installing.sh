# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# Getting the library on a fresh system: as the README says, and from packages.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# fresh_root NAME SUITE: only what debootstrap puts there; newly made for each run.
fresh_root() {
  as_root rm -rf --one-file-system -- "$matrix/roots/$1" "$matrix/roots/$1.packages"
  make_root "$1" "$2" "$(dpkg --print-architecture)" ca-certificates
  plan_root=$1
}

# project_copy FOLDER: the project for use in a root, where it can be written to.
project_copy() {
  as_root rm -rf -- "$1"
  export_tree "$1"
}

# readme_block PATTERN: the block of code in the README whose first line matches.
readme_block() {
  awk -v pattern="$1" '
    /^```/ { inside = !inside; if (!inside && found) exit; first = inside; next }
    inside && first { found = ($0 ~ pattern); first = 0 }
    inside && found { print }
  ' "$root/README.md"
}

# The README's own lines: what to install, how to build; then a program as a user writes it.
follow_readme() {
  local packages build
  packages=$(readme_block '^apt-get install' | sed "s/libboost1.81-dev/$readme_boost/")
  build=$(readme_block '^cmake --preset install')
  [[ -n $packages && -n $build ]] || fail "the README has no such blocks"
  project_copy "$build_folder/asiofile"
  in_root "$plan_root" / sh -exc "$packages -y -qq --no-install-recommends"
  in_root "$plan_root" /entry/build/asiofile sh -exc "$build"
  in_root "$plan_root" /entry/build/asiofile sh -exc '
    code=0; asiofile-probe || code=$?; test "$code" -le 1
    cmake -S test/package/consumer -B ../consumer
    cmake --build ../consumer
    cd ../consumer && ./consumer && ./ported'
}

entry readme-debian12 "a fresh Debian 12, following the README"
plan_readme_debian12() {
  fresh_root readme-debian12 bookworm
  readme_boost=libboost1.81-dev
  plan_script=follow_readme
}

entry readme-debian13 "a fresh Debian 13, following the README"
plan_readme_debian13() {
  fresh_root readme-debian13 trixie
  readme_boost=libboost-dev
  plan_script=follow_readme
}

# Made in one root, by scripts/package with lintian, and installed in another, which has none of the
# tools that make them.
try_packages() {
  local making=making-$plan_root
  project_copy "$build_folder/asiofile"
  make_root "$making" "$packages_suite" "$(dpkg --print-architecture)" \
    build-essential debhelper lintian
  in_root "$making" /entry/build/asiofile sh -exc '
    cp -r packaging/debian .
    apt-get build-dep -y -qq --no-install-recommends -P nocheck .
    rm -r debian
    scripts/package'
  in_root "$plan_root" /entry/build/asiofile sh -exc '
    apt-get install -y -qq --no-install-recommends ./build/package/*.deb \
      cmake g++ make pkg-config
    mkdir -p ../autopkgtest
    AUTOPKGTEST_TMP=$(realpath ../autopkgtest) packaging/debian/tests/consumer'
}

entry packages-debian12 "Debian packages: made on Debian 12, installed on a fresh one, used"
plan_packages_debian12() {
  fresh_root packages-debian12 bookworm
  packages_suite=bookworm
  plan_script=try_packages
}

entry packages-debian13 "Debian packages: made on Debian 13, installed on a fresh one, used"
plan_packages_debian13() {
  fresh_root packages-debian13 trixie
  packages_suite=trixie
  plan_script=try_packages
}

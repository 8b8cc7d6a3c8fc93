# shellcheck shell=bash disable=SC2034,SC2154
# Other processors: compiled by a cross compiler in a root of this machine's processor, run by
# qemu-user. That has neither io_uring nor kernel AIO, and a program cannot start another one there;
# FUSE file systems are needed only by test/environment, which is not run there.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# cross_plan NAME SUITE BOOST_SUFFIX DEBIAN_ARCHITECTURE PROCESSOR TRIPLET
cross_plan() {
  local name=$1 suite=$2 boost=$3 architecture=$4 processor=$5 triplet=$6
  local -a packages=(cmake ninja-build pkg-config ccache qemu-user-static
    "g++-${triplet//_/-}")
  local library
  for library in "libboost$boost-dev" "libboost-test$boost-dev" "libboost-program-options$boost-dev" \
    liburing-dev libaio-dev libxxhash-dev libseccomp-dev; do
    packages+=("$library:$architecture")
  done
  make_root "$name" "$suite" "$(dpkg --print-architecture)" "${packages[@]}"
  plan_root=$name
  plan_compiler=$triplet-g++
  plan_options+=(
    -DCMAKE_SYSTEM_NAME=Linux
    "-DCMAKE_SYSTEM_PROCESSOR=$processor"
    "-DCMAKE_CROSSCOMPILING_EMULATOR=/usr/bin/qemu-$processor-static"
    "-DCMAKE_LIBRARY_ARCHITECTURE=$triplet"
    "-DPKG_CONFIG_EXECUTABLE=/usr/bin/$triplet-pkg-config"
  )
  # The examples' tests start programs, as do those of the installed package.
  plan_options+=(-DASIOFILE_BUILD_EXAMPLES=OFF -DASIOFILE_BUILD_DEMO=OFF)
  plan_excluded='^(package|valgrind|environment)$'
}

entry aarch64 "aarch64, under qemu-user"
plan_aarch64() { cross_plan aarch64 trixie "" arm64 aarch64 aarch64-linux-gnu; }

entry s390x "s390x with Debian 12, which is big-endian, under qemu-user"
plan_s390x() { cross_plan s390x bookworm 1.81 s390x s390x s390x-linux-gnu; }

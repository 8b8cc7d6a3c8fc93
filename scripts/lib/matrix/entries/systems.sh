# shellcheck shell=bash disable=SC2034,SC2154
# Other C libraries and systems.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# zig_boost: the headers of this system's Boost, and Boost.Test for the target.
zig_boost() {
  local include
  # Its folder has the headers of this system's C library as well, so only boost/ is linked.
  include=$entry_folder/system/include
  mkdir -p -- "$include"
  ln -sfn /usr/include/boost "$include/boost"
  AR=$tools/ar boost_package "$entry_folder/boost" "$include" "$plan_compiler"
  plan_options+=("-DBoost_DIR=$entry_folder/boost")
  without_boost_libraries
}

entry musl "musl, with libc++, linked statically, by zig c++"
plan_musl() {
  zig_plan x86_64-linux-musl
  zig_boost
  build_engine_libraries "$entry_folder/system" "$tools/cc" "$tools/ar"
}

entry macos "macOS on aarch64, by zig c++: built and linked, not run"
plan_macos() {
  zig_plan aarch64-macos
  plan_options+=(-DCMAKE_SYSTEM_NAME=Darwin -DCMAKE_SYSTEM_PROCESSOR=arm64
    -DCMAKE_OSX_SYSROOT= -DCMAKE_OSX_DEPLOYMENT_TARGET= -DCMAKE_OSX_ARCHITECTURES=
    -DASIOFILE_BUILD_EXAMPLES=OFF)
  zig_boost
  plan_targets=(asiofile asiofile-probe unit_tests backend_tests testing_tests race_tests)
  plan_runs=false
}

# Boost.Asio, too, is then on select or poll and a pipe.
entry posix-only "Linux hidden from the compiler: POSIX alone, as on the BSDs"
plan_posix_only() {
  plan_options+=("-DCMAKE_CXX_FLAGS=-U__linux__ -U__linux -Ulinux -U__gnu_linux__"
    -DASIOFILE_WITH_LIBURING=OFF -DASIOFILE_WITH_LIBAIO=OFF)
  plan_excluded='^(package|environment)$'
}

entry posix-headers "that the library includes no header outside POSIX where it is not on Linux"
plan_posix_headers() { plan_script=check_posix_headers; }

check_posix_headers() {
  "$BASH" "$root/scripts/lib/matrix/posix_headers.sh" "$root"
}

# shellcheck shell=bash disable=SC2034,SC2154
# Compilers, language versions and ways of compiling, on this system.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

entry this-system "this system's compiler and Boost, as scripts/test --quick has them"
plan_this_system() { :; }

# The newest clang that the system's release has, besides the tools that the tests need in any case.
clang_plan() {
  plan_compiler=clang++-16
  # Of g++ alone.
  plan_options+=(-DASIOFILE_TEST_PCH=OFF)
}

entry clang-libstdcxx "clang with libstdc++"
plan_clang_libstdcxx() { clang_plan; }

entry clang-libcxx "clang with libc++, Boost.Test compiled for it"
plan_clang_libcxx() {
  clang_plan
  # Unpacked, not installed: packages of two versions of libc++ cannot be installed together.
  local system=$entry_folder/system package
  for package in libc++-16-dev libc++1-16 libc++abi-16-dev libc++abi1-16 libunwind-16 libunwind-16-dev; do
    unpack_package bookworm "$package" "$system" >&2
  done
  local -a flags=(-stdlib=libc++ -nostdinc++ -isystem "$system/usr/lib/llvm-16/include/c++/v1"
    -Wno-unused-command-line-argument)
  boost_package "$entry_folder/boost" /usr/include "$plan_compiler" "${flags[@]}"
  plan_options+=("-DBoost_DIR=$entry_folder/boost" "-DCMAKE_CXX_FLAGS=${flags[*]}"
    "-DCMAKE_EXE_LINKER_FLAGS=-L$system/usr/lib/llvm-16/lib -Wl,-rpath,$system/usr/lib/x86_64-linux-gnu -Wl,-rpath,$system/usr/lib/llvm-16/lib")
  # Programs built with libstdc++'s Boost.Program_options, and projects that know nothing of libc++.
  without_boost_libraries
}

# For entries with only Boost's headers and Boost.Test.
without_boost_libraries() {
  plan_options+=(-DASIOFILE_BUILD_DEMO=OFF -DASIOFILE_BUILD_VERIFY=OFF)
  plan_excluded='^package$'
}

entry cxx23 "C++23"
plan_cxx23() { plan_options+=(-DCMAKE_CXX_STANDARD=23); }

entry o0 "-O0, without a precompiled header"
plan_o0() { plan_options+=("-DCMAKE_CXX_FLAGS_DEBUG=-O0" -DASIOFILE_TEST_PCH=OFF); }

entry o3 "-O3, assertions off"
plan_o3() {
  plan_options+=(-DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O3 -DNDEBUG")
}

entry lto "link-time optimisation"
plan_lto() {
  plan_options+=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_POLICY_DEFAULT_CMP0069=NEW
    -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON)
}

entry shared "a shared library, whose symbols are hidden but for the public ones"
plan_shared() { plan_options+=(-DBUILD_SHARED_LIBS=ON); }

entry no-rtti "-fno-rtti"
plan_no_rtti() { plan_options+=(-DCMAKE_CXX_FLAGS=-fno-rtti); }

entry no-liburing "without liburing"
plan_no_liburing() { plan_options+=(-DASIOFILE_WITH_LIBURING=OFF); }

entry no-libaio "without libaio"
plan_no_libaio() { plan_options+=(-DASIOFILE_WITH_LIBAIO=OFF); }

entry threads-only "without liburing and libaio"
plan_threads_only() {
  plan_options+=(-DASIOFILE_WITH_LIBURING=OFF -DASIOFILE_WITH_LIBAIO=OFF)
}

# With each compiler, optimisation and kind of library; in the suite each has one of them.
entry asio-configurations "programs with each configuration macro of Boost.Asio, with g++ and clang, -O0 and -O3, the library static and shared"
plan_asio_configurations() { plan_script=try_configurations; }
try_configurations() {
  local kind
  for kind in OFF ON; do
    cmake -S "$root" -B "$build_folder/$kind" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
      -DASIOFILE_BUILD_EXAMPLES=OFF -DASIOFILE_BUILD_DEMO=OFF "-DBUILD_SHARED_LIBS=$kind"
    cmake --build "$build_folder/$kind"
    cmake --install "$build_folder/$kind" --prefix "$build_folder/prefix"
  done
  mkdir -p -- "$build_folder/programs"
  (cd -- "$build_folder/programs" && TMPDIR=$build_folder/programs \
    bash "$root/test/configurations/run.sh" "$build_folder/prefix" --all)
}

# shellcheck shell=bash disable=SC2034,SC2154
# Configures, builds and tests as a plan says.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}" "${matrix:?}"

# at_place COMMAND...: runs a command in the build folder, on this system or in the plan's root.
at_place() {
  if [[ -n $plan_root ]]; then
    in_root "$plan_root" "$build_path" "$@"
  else
    (cd -- "$build_path" && "$@")
  fi
}

# Sets the names that the project and the build folder have there.
find_places() {
  build_folder=$matrix/entries/$plan_build/build
  mkdir -p -- "$build_folder"
  if [[ -n $plan_root ]]; then
    source_path=/asiofile
    build_path=/entry/build
    entry_folder=$matrix/entries/$plan_build
  else
    source_path=$root
    build_path=$build_folder
  fi
}

configure() {
  local -a options=(
    -G Ninja -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-g1 -D_GLIBCXX_ASSERTIONS"
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
    -DASIOFILE_WERROR=ON -DASIOFILE_TEST_PCH=ON
  )
  # Set each time: the folder may be left from a run with another value.
  local all=ON
  [[ $what != library ]] || all=OFF
  options+=("-DBUILD_TESTING=$all" "-DASIOFILE_BUILD_EXAMPLES=$all" "-DASIOFILE_BUILD_DEMO=$all")
  [[ -z $plan_compiler ]] || options+=("-DCMAKE_CXX_COMPILER=$plan_compiler")
  # Code for another system is compiled by another compiler, which ccache need not know.
  if at_place sh -c 'command -v ccache' >/dev/null; then
    options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  at_place cmake -S "$source_path" -B "$build_path" "${options[@]}" "${plan_options[@]}"
}

build() {
  local -a targets=()
  case $what in
    quick) targets=(--target unit_tests backend_tests) ;;
    suite) ((${#plan_targets[@]} == 0)) || targets=(--target "${plan_targets[@]}") ;;
  esac
  # All compilation errors are shown, not only the first.
  at_place cmake --build "$build_path" --parallel "$(build_jobs)" "${targets[@]}" -- -k 0
}

# Leaves CTest's report and those of the programs in the build folder.
run_tests() {
  local labels=$plan_tests
  [[ $what != quick ]] || labels='^(unit|backend)$'
  local -a selection=()
  [[ -z $labels ]] || selection+=(-L "$labels")
  [[ -z $plan_excluded ]] || selection+=(-LE "$plan_excluded")
  at_place rm -rf -- test/report test-report.xml
  at_place mkdir -p -- test/report
  # The report says more than the exit code.
  at_place "${plan_launcher[@]}" ctest --parallel "$(build_jobs)" --output-on-failure \
    --output-junit "$build_path/test-report.xml" "${selection[@]}" || true
}

# shellcheck shell=bash
# Common functions of the scripts. Sourced with `root` set to the project's folder; leaves
# everything that is built, cached or temporary in build/.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

: "${root:?}"

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

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

# quietly LOG COMMAND...: writes its output to LOG, and shows it if the command fails.
quietly() {
  local log=$1
  shift
  if ! "$@" >>"$log" 2>&1; then
    cat -- "$log" >&2
    return 1
  fi
}

# build_preset PRESET LOG [TARGET...]: configures, with `preset_options`, and builds.
preset_options=()
build_preset() {
  local preset=$1 log=$2 folder=$root/build/$1
  shift 2
  mkdir -p -- "$folder"
  : >"$log"
  # A folder that was configured for another path (the project was moved or copied) cannot be
  # reused.
  if [[ -f $folder/CMakeCache.txt ]] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
    rm -rf -- "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  fi
  quietly "$log" cmake -S "$root" --preset "$preset" "${preset_options[@]}" || return 1
  local -a targets=()
  (($# == 0)) || targets=(--target "$@")
  quietly "$log" cmake --build "$folder" --parallel "$(build_jobs)" "${targets[@]}"
}

#!/usr/bin/env bash
# run.sh PREFIX [--all] [MACRO...]: compiles program.cpp with one configuration of Boost.Asio after the other,
# against the library that is installed at PREFIX and was built without any, and runs it on each
# backend. One program for each configuration, with compilers and optimisations in rotation; with --all each with
# every compiler, optimisation and kind of library that there is. Run by CTest in a folder of the build tree.
#
# BOOST_INCLUDE_DIR: where Boost is, if not where the compiler looks. CXX: the compiler to begin with.
# OTHER_BOOSTS: a folder with further versions, VERSION/include; the newest is a configuration too.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
prefix=$1
shift
all=false
if [[ ${1-} == --all ]]; then
  all=true
  shift
fi

# A line each: a name, and what the program is compiled with.
configurations='
none
DISABLE_THREADS -DBOOST_ASIO_DISABLE_THREADS
ENABLE_HANDLER_TRACKING -DBOOST_ASIO_ENABLE_HANDLER_TRACKING
DISABLE_EPOLL -DBOOST_ASIO_DISABLE_EPOLL
DISABLE_EVENTFD -DBOOST_ASIO_DISABLE_EVENTFD
DISABLE_TIMERFD -DBOOST_ASIO_DISABLE_TIMERFD
HAS_IO_URING -DBOOST_ASIO_HAS_IO_URING
HAS_IO_URING_AS_DEFAULT -DBOOST_ASIO_HAS_IO_URING -DBOOST_ASIO_DISABLE_EPOLL
NO_DEPRECATED -DBOOST_ASIO_NO_DEPRECATED
NO_TS_EXECUTORS -DBOOST_ASIO_NO_TS_EXECUTORS
USE_TS_EXECUTOR_AS_DEFAULT -DBOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT
SEPARATE_COMPILATION -DBOOST_ASIO_SEPARATE_COMPILATION
DISABLE_SMALL_BLOCK_RECYCLING -DBOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING
NO_EXCEPTIONS -fno-exceptions
'

other_boost=$(find "${OTHER_BOOSTS:-/nowhere}" -mindepth 2 -maxdepth 2 -name include 2>/dev/null |
  sort -V | tail -n 1)
if [[ -n $other_boost ]]; then
  configurations+="ANOTHER_BOOST -isystem $other_boost"$'\n'
else
  echo "ANOTHER_BOOST: there is none"
fi

warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
flags=(-std=c++20 "-I$prefix/include")
[[ ${BOOST_INCLUDE_DIR:-/usr/include} == /usr/include ]] || flags+=(-isystem "$BOOST_INCLUDE_DIR")
compilers=("${CXX:-g++}")
# The compiler's version output, except for the name that it was called by.
version_of() { { "$1" --version 2>/dev/null || true; } | sed '1s/^[^ ]* //;q'; }
known=$(version_of "${compilers[0]}")
for compiler in g++ clang++ clang++-{22,21,20,19,18,17,16}; do
  version=$(version_of "$compiler")
  [[ $compiler == clang* && ${known,,} == *clang* ]] && continue
  if [[ -n $version && $known != *"$version"* ]]; then
    compilers+=("$compiler")
    known+=$version
  fi
done
library_folder=$(dirname -- "$(find "$prefix" -name 'libasiofile.*' \( -type f -o -type l \) | sort | head -n 1)")
libraries=()
for library in "$library_folder"/libasiofile.{a,so}; do
  if [[ -e $library ]]; then libraries+=("$library"); fi
done
((${#libraries[@]} > 0)) || { echo "no library at $prefix"; exit 1; }
others=(-pthread)
for library in uring aio; do
  # What the library was linked with, or a configuration of Asio's needs.
  if echo 'int main() {}' | "${compilers[0]}" -x c++ - "-l$library" -o linked 2>/dev/null; then
    others+=("-l$library")
  fi
done

# Configurations with which Boost itself cannot be compiled here are skipped.
compiles_boost() {
  echo '#include <boost/asio.hpp>' | "$1" "${@:2}" "${flags[@]}" -x c++ -fsyntax-only - 2>/dev/null
}

# try NAME LIBRARY COMPILER OPTIMISATION OPTION...
try() {
  local name=$1 library=$2 compiler=$3 optimisation=$4
  shift 4
  local label="$name, ${compiler##*/} $optimisation, ${library##*.}"
  local program=$PWD/program.${label//[^A-Za-z0-9_]/-} backend
  local -a sources=("$here/program.cpp") shared=()
  [[ $name != SEPARATE_COMPILATION ]] || sources+=("$here/separate.cpp")
  [[ $library != *.so ]] || shared=(-DASIOFILE_SHARED "-Wl,-rpath,$library_folder")
  "$compiler" "$@" "${flags[@]}" "${warnings[@]}" "$optimisation" "${shared[@]}" "${sources[@]}" \
    "$library" "${others[@]}" -o "$program" >"$program.log" 2>&1 || {
    if ! compiles_boost "$compiler" "$@"; then
      echo "$label: Boost.Asio does not compile so"
      return 0
    fi
    echo "$label: does not compile:"
    grep -m 5 -E 'error|undefined' "$program.log"
    return 1
  }
  for backend in io_uring libaio threads; do
    ASIOFILE_BACKEND=$backend "$program" >"$program.log" 2>"$program.err" || {
      echo "$label: on $backend: exit code $?: $(cat "$program.log"; head -c 300 "$program.err")"
      return 1
    }
  done
  # The library's operations are named as Asio's own are, with their object and its address.
  if [[ $name == ENABLE_HANDLER_TRACKING ]] &&
    ! { grep -qE '^@asio\|[0-9.]+\|0\*[0-9]+\|file@0x[0-9a-f]+\.async_read_some_at$' "$program.err" &&
      grep -qE '^@asio\|[0-9.]+\|0\*[0-9]+\|file@0x[0-9a-f]+\.async_open$' "$program.err" &&
      grep -qE '^@asio\|[0-9.]+\|>[0-9]+\|ec=asio\.misc:2,bytes_transferred=0$' "$program.err"; }; then
    echo "$label: the operations are not tracked:"
    head -n 20 "$program.err"
    return 1
  fi
  echo "$label: ok"
}

chosen=("$@")
running=0 failed=0 turn=0
start() {
  if ((running == $(nproc))); then
    wait -n || failed=1
    running=$((running - 1))
  fi
  try "$@" &
  running=$((running + 1))
}
optimisations=(-O0 -O3)
while read -r name options; do
  [[ -n $name ]] || continue
  if ((${#chosen[@]} > 0)) && [[ " ${chosen[*]} " != *" $name "* ]]; then continue; fi
  if $all; then
    for library in "${libraries[@]}"; do
      for compiler in "${compilers[@]}"; do
        # shellcheck disable=SC2086 # several options
        for optimisation in "${optimisations[@]}"; do
          start "$name" "$library" "$compiler" "$optimisation" $options
        done
      done
    done
    continue
  fi
  # shellcheck disable=SC2086
  start "$name" "${libraries[turn % ${#libraries[@]}]}" "${compilers[turn % ${#compilers[@]}]}" \
    "${optimisations[turn / 2 % 2]}" $options
  turn=$((turn + 1))
done <<<"$configurations"
while ((running > 0)); do
  wait -n || failed=1
  running=$((running - 1))
done
exit "$failed"

#!/bin/sh
# thread_safety.sh <clang++ or nothing> <src> <compiler option>...: that clang's thread-safety analysis finds
# nothing in the library's sources: what a mutex guards is used with that mutex held.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

compiler=$1
sources=$2
shift 2
if [ -z "$compiler" ]; then
  echo "skipped: clang++ is not installed"
  exit 77
fi
analyse() { "$compiler" -std=c++20 -fsyntax-only -Wthread-safety -Werror "-I$sources" "$@"; }

# Shows that the analysis works: it must find this.
if echo '#include "system/thread_safety.hpp"
asiofile::detail::mutex lock;
int guarded ASIOFILE_GUARDED_BY(lock) = 0;
int main() { return guarded; }' | analyse -x c++ - 2>/dev/null; then
  echo "the analysis does not find a member that is used without its mutex" >&2
  exit 1
fi

# Locks that the analysis does not know.
if grep -rnE 'std::((shared_|timed_)*mutex|lock_guard|scoped_lock)\b' "$sources" |
    grep -v /system/thread_safety.hpp; then
  echo "use asiofile::detail::mutex and scoped_lock" >&2
  exit 1
fi

# A unit for each folder, as a unity build has them: most of the time goes into the headers.
export compiler
folders=$(find "$sources" -name '*.cpp' -printf '%h\n' | sort -u)
printf '%s\n' "$folders" | xargs -P "$(nproc)" -I '{}' sh -c '
    for file in "$1"/*.cpp; do echo "#include \"$file\""; done |
      { shift; "$compiler" -std=c++20 -fsyntax-only -Wthread-safety -Werror -x c++ - "$@"; }' \
  sh '{}' "-I$sources" "$@"

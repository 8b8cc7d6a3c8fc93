#!/usr/bin/env bash
# smoke.sh ROOT PROGRAM: every contender of scripts/benchmark --storage makes data durable briefly,
# and what it has written is there; any failure makes the run fail. Runs in the current folder.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

root=$1 program=$2
# shellcheck source=scripts/lib/common.sh
source "$root/scripts/lib/common.sh"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -- "$work/files" "$work/xfs"

skip() {
  say "skipped: $*"
  exit 77
}
dd if=/dev/zero of="$work/direct" bs=4096 count=1 oflag=direct 2>/dev/null ||
  skip "the file system refuses O_DIRECT"
rm -- "$work/direct"

# The folder stands for one on xfs.
options=(--smoke --directory "$work/files" --json "$work/results.json")
if ! "$program" "${options[@]}" --xfs-directory "$work/xfs" 2>"$work/errors"; then
  cat -- "$work/errors" >&2
  # Forbidden, or other processes use up the memory that may be locked (RLIMIT_MEMLOCK).
  ! grep -q 'io_uring_queue_init\|io_uring_setup\|no memory for a ring' "$work/errors" || skip "no ring can be made here"
  fail "a contender failed"
fi
rows=$(grep -c '"contender":' "$work/results.json")
# Logs with 64 appenders, with one; writes, direct and buffered, one at a time in two places, and 32.
((rows == 2 * 5 + 2 * 3 + 2 * 9 + 2 * 8 + 5 + 4)) || fail "$rows rows of results"
targets=$(grep -c '"met":' "$work/results.json")
((targets == 2 * 4 + 2 * 2 + 2 * 6 + 2 * 4)) || fail "$targets targets"
[[ -z $(find "$work/files" "$work/xfs" -mindepth 1) ]] || fail "files are left behind"

if "$program" "${options[@]}" --only nothing_of_this_name 2>/dev/null; then
  fail "a workload that is not there was measured"
fi
# A worker that fails: its file may not grow. SIGXFSZ is ignored, so that write(2) reports it.
if (trap '' XFSZ && ulimit -f 0 && "$program" --smoke --directory "$work/files" --only growing_log); then
  fail "a log that could not be written was measured"
fi

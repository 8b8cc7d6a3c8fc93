#!/bin/sh
# The last lines, and those that are added, each when it is complete.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
seq 1 1000 >lines
printf 'unfinished' >>lines
"$program" lines 3 >found
printf '999\n1000\nunfinished\n' | cmp - found

"$program" -f lines 2 >found &
follower=$!
wait_for() {
  for _ in $(seq 200); do
    if [ "$(tail -n 1 found)" = "$1" ]; then return 0; fi
    sleep 0.05
  done
  echo "waited in vain for: $1" >&2
  kill "$follower"
  exit 1
}
wait_for 1000
printf ' no more\nnext' >>lines
wait_for 'unfinished no more'
printf '\nlast\n' >>lines
wait_for last
kill -INT "$follower"
wait "$follower"
printf '999\n1000\nunfinished no more\nnext\nlast\n' | cmp - found

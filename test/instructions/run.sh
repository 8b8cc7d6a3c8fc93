#!/usr/bin/env bash
# run.sh PROGRAM: counts, under callgrind, the instructions of user space that one more read costs, and
# fails if that is more than 3 percent above the budget (see the file budgets). Callgrind counts
# exactly, so the machine's other work does not matter.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
program=$1

command -v valgrind >/dev/null || {
  echo "skipped: valgrind (callgrind) is not installed"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd -- "$work"

# instructions BACKEND DEPTH COUNT: of the whole program.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 |
    awk '/Collected/ { print $4; found = 1 } END { exit !found }'
}

few=4000 many=14000
failed=0 counted=0
while read -r backend depth budget; do
  "$program" "$backend" "$depth" 1 >"$work/reason" 2>&1 || {
    echo "$backend does not work here: $(cat "$work/reason")"
    continue
  }
  least=$(instructions "$backend" "$depth" $few)
  most=$(instructions "$backend" "$depth" $many)
  count=$(((most - least) / (many - few)))
  verdict=ok
  if ((count * 100 > budget * 103)); then verdict="TOO MANY" failed=1; fi
  echo "$backend, $depth in flight: $count instructions for one read, budget $budget: $verdict"
  counted=$((counted + 1))
done < <(grep -v '^#' "$here/budgets")

((counted > 0)) || {
  echo "skipped: no backend of those in the budgets works here"
  exit 77
}
exit "$failed"

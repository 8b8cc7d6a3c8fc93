#!/usr/bin/env bash
# run.sh [SCENE]: has spin explore the model of the wake-up protocol, wake_up.pml, in every scene and completely; and
# shows that the model is meaningful: with any one of its look-again steps removed, spin finds a fault. SCENE: only the
# scenes of that name.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -uo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
model=$here/wake_up.pml
compiler=${CC:-cc}

for program in spin "$compiler"; do
  command -v "$program" >/dev/null || {
    echo "skipped: $program is not installed"
    exit 77
  }
done
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# NAME|EXPECTED|MACROS. holds: explored to the end, without a fault. refuted: a fault is found. A name that begins
# with `live` is also checked for livelocks.
scenes='
two_threads|holds|
two_threads_signalled|holds|-DSIGNAL
executor_learnt_later|holds|-DSIGNAL -DLEARN
three_operations|holds|-DN=3 -DKIND=at_once
one_in_flight|holds|-DLIMIT=1
in_sequence|holds|-DLIMIT=1 -DSEQUENCED
handler_blocks|holds|-DHANDLER_BLOCKS
handler_blocks_signalled|holds|-DHANDLER_BLOCKS -DSIGNAL
handler_starts_and_blocks|holds|-DHANDLER_STARTS -DSTARTED=1
handler_waits|holds|-DHANDLER_WAITS -DCONTEXTS=1
waiter|holds|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1
waiter_two_threads|holds|-DWAITERS=1 -DSTARTED=1 -DKIND=at_once
waiter_signalled|holds|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DSIGNAL
waiter_needs_handler|holds|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DDEPENDS
waiter_behind_waiter|holds|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DLEAVES
two_waiters|holds|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=1
two_waiters_cancelled|holds|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=1 -DENDLESS -DCANCELS
two_waiters_alone|holds|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0
waiter_behind_waiter_alone|holds|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=0 -DLEAVES
cancelled_beside_waiters|holds|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0 -DENDLESS -DCANCELS
shutdown|holds|-DSHUTS_DOWN -DKIND=ring
shutdown_beside_waiter|holds|-DSHUTS_DOWN -DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1
shutdown_after_threads|holds|-DSHUTS_DOWN -DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DJOINS
live_one_thread|holds|-DCONTEXTS=1
live_two_threads|holds|-DCONTEXTS=2 -DKIND=at_once
live_two_waiters|holds|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0
two_threads|refuted|-DNO_L1
cancelled_beside_waiters|refuted|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0 -DENDLESS -DCANCELS -DNO_L2
two_waiters_alone|refuted|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0 -DNO_L3
two_threads|refuted|-DNO_L4
handler_blocks|refuted|-DHANDLER_BLOCKS -DNO_L5
waiter_needs_handler|refuted|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DDEPENDS -DNO_L6
waiter|refuted|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DNO_L7
waiter|refuted|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DNO_L8
waiter_signalled|refuted|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DSIGNAL -DNO_L9
shutdown_beside_waiter|refuted|-DSHUTS_DOWN -DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DNO_L10
two_waiters_alone|refuted|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0 -DNO_L11
two_waiters_alone|refuted|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0 -DNO_L12
cancelled_beside_waiters|refuted|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0 -DENDLESS -DCANCELS -DNO_L13
cancelled_beside_waiters|refuted|-DWAITERS=2 -DSTARTED=0 -DCONTEXTS=0 -DENDLESS -DCANCELS -DNO_L14
shutdown_after_threads|refuted|-DSHUTS_DOWN -DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DJOINS -DNO_L15
shutdown_beside_waiter|refuted|-DSHUTS_DOWN -DWAITERS=1 -DSTARTED=1 -DCONTEXTS=1 -DNO_L16
waiter_behind_waiter_alone|refuted|-DWAITERS=1 -DSTARTED=1 -DCONTEXTS=0 -DLEAVES -DNO_L17
handler_blocks|refuted|-DHANDLER_BLOCKS -DCLEARS_LATE
two_threads|refuted|-DRESETS_LATE
live_one_thread|refuted|-DCONTEXTS=1 -DNO_DISPATCH
'

# explore NAME EXPECTED MACROS: prints a line; writes a file `failed` if the outcome differs.
explore() {
  local name=$1 expected=$2 folder outcome states
  local -a macros verifier=(-DSAFETY) run=()
  read -ra macros <<<"$3"
  if [[ $name == live* ]]; then
    macros+=(-DLIVENESS)
    verifier=(-DNOREDUCE -DNFAIR=3)
    run=(-a -f)
  fi
  folder=$(mktemp -d -p "$work")
  cd -- "$folder" || return
  # Not optimised: the compiler would take longer than the search does.
  if ! { spin -a "${macros[@]}" "$model" && "$compiler" -w -O0 -DCOLLAPSE -DVECTORSZ=2048 "${verifier[@]}" \
    -o verifier pan.c; } >log 2>&1; then
    outcome="not built"
  else
    ./verifier -m1000000 -w22 "${run[@]}" >log 2>&1
    if grep -aqE 'max search depth too small|out of memory|Search not completed' log &&
      ! grep -aq 'errors: 1' log; then
      outcome="not explored to the end"
    elif grep -aq 'errors: 0' log; then
      outcome=holds
    elif grep -aqE '^pan:1: (assertion violated|invalid end state|acceptance cycle)' log; then
      outcome=refuted
    else
      outcome="not run"
    fi
  fi
  states=$(awk '/states, stored/ { print $1; exit }' log)
  if [[ $outcome == "$expected" ]]; then
    echo "$name ${macros[*]}: $outcome, ${states:-0} states"
  else
    echo "$name ${macros[*]}: FAILED: $outcome, should be: $expected"
    tail -n 20 log
    touch "$work/failed"
  fi
  cd -- "$work" && rm -rf -- "$folder"
}

# Each label of the sources has its step here, and the other way round.
labels() { grep -hoE '\bL[0-9]+\b' "$@" | sort -u; }
if [[ "$(labels "$here"/../../src/service/*.cpp)" != "$(grep -oE 'NO_L[0-9]+' "$model" | sed 's/NO_//' | sort -u)" ]]; then
  echo "FAILED: the look-again steps of src/service and those of wake_up.pml are not the same"
  exit 1
fi
for label in $(labels "$here"/../../src/service/*.cpp); do
  grep -q -- "|refuted|.*-DNO_$label\$" <<<"$scenes" || {
    echo "FAILED: nothing here shows what $label is for"
    exit 1
  }
done

jobs_max=$(nproc 2>/dev/null || echo 2)
while IFS='|' read -r name expected macros; do
  [[ -n $name && $name == "${1-$name}" ]] || continue
  while (($(jobs -rp | wc -l) >= jobs_max)); do wait -n; done
  explore "$name" "$expected" "$macros" &
done <<<"$scenes"
wait
[[ ! -e $work/failed ]]

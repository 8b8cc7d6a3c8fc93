#!/bin/sh
# Two logs that are rotated while their shipper is killed repeatedly: every line arrives, and each id
# has only one line.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
port=$((20000 + $$ % 20000))
"$program" --receive $port received &
server=$!
trap 'kill $server $shipper 2>/dev/null || true' EXIT
mkdir -p checkpoints logs
: >received
: >logs/a
: >logs/b

start() {
  "$program" $port checkpoints logs/a logs/b 2>/dev/null &
  shipper=$!
}
rotate() {
  for i in 8 7 6 5 4 3 2 1; do
    if [ -e "$1.$i" ]; then mv "$1.$i" "$1.$((i + 1))"; fi
  done
  mv "$1" "$1.1"
  : >"$1"
}
arrived() { cut -f 2 received | sort -u | wc -l; }
wait_for() {
  for _ in $(seq 400); do
    if [ "$(arrived)" -ge "$1" ]; then return 0; fi
    sleep 0.05
  done
  echo "$(arrived) lines of $1 have arrived" >&2
  exit 1
}

start
echo 'a begins' >>logs/a
echo 'b begins' >>logs/b
wait_for 2
for round in 1 2 3 4 5 6; do
  seq "$round"000 "$round"499 | sed 's/^/a /' >>logs/a
  rotate logs/a
  seq "$round"500 "$round"599 | sed 's/^/a /' >>logs/a
  seq "$round"000 "$round"199 | sed 's/^/b /' >>logs/b
  # At any moment, one of them without any pause.
  if [ "$round" -ne 3 ]; then sleep 0.0$round; fi
  kill -KILL $shipper
  wait $shipper 2>/dev/null || true
  rotate logs/b
  start
done
wait_for 4802
kill $shipper
sort -u received >once
{
  echo 'a begins'
  for round in 1 2 3 4 5 6; do seq "$round"000 "$round"599 | sed 's/^/a /'; done
  echo 'b begins'
  for round in 1 2 3 4 5 6; do seq "$round"000 "$round"199 | sed 's/^/b /'; done
} | sort >expected
cut -f 2 once | sort | cmp - expected

#!/bin/sh
# Kills the program repeatedly: no record that was reported as durable may be missing.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
"$program"
for round in 1 2 3 4 5 6 7 8; do
  "$program" killed 1000000 >said &
  writer=$!
  sleep "0.$round"
  kill -9 "$writer"
  wait "$writer" 2>/dev/null || true
  acknowledged=$(sed -n 's/^durable //p' said | sed -n '$p')
  "$program" killed >found
  recovered=$(sed -n 's/^killed: \([0-9]*\) records$/\1/p' found)
  echo "round $round: ${acknowledged:-0} acknowledged, $recovered recovered"
  test "$recovered" -ge "${acknowledged:-0}"
done
# A torn record at the end is cut off, and the log continues.
printf 'torn' >>killed
"$program" killed 1 >found
grep -q '^cut off 4 bytes' found
grep -q "^durable $((recovered + 1))\$" found

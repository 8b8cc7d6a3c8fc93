#!/bin/sh
# The commands work; and a store that is killed repeatedly while it loads contains what it
# acknowledged.
#
#   kv_store.sh PROGRAM [ROUNDS [DIRECTORY]]   15 rounds in ./data otherwise

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
rounds=${2:-15}
data=${3:-./data}

fail() {
  echo "$1"
  exit 1
}

# ---- the commands

rm -rf "$data"
"$program" "$data" put one 1
"$program" "$data" put two "2 and more"
[ "$("$program" "$data" get two)" = "2 and more" ] || fail "get does not find what was put"
"$program" "$data" compact
"$program" "$data" delete one
"$program" "$data" put three 3
! "$program" "$data" get one >/dev/null || fail "what was deleted is there"
printf 'three 3\ntwo 2 and more\n' >expected
"$program" "$data" list | cmp - expected
printf 'four 4\ntwo\n' | "$program" "$data" load >acknowledged
printf 'four 4\nthree 3\n' >expected
"$program" "$data" list | cmp - expected
status=0
"$program" "$data" unknown 2>errors || status=$?
[ "$status" = 2 ] || fail "an unknown command ends with $status"
# Two at a time.
mkfifo input
"$program" "$data" load <input >/dev/null &
exec 3>input
sleep 0.2
! "$program" "$data" list >/dev/null 2>errors || fail "two use the store at a time"
exec 3>&-
wait $!

# ---- kill -9

rm -rf "$data" sent acknowledged
: >sent
: >acknowledged
random=12345
round=1
while [ "$round" -le "$rounds" ]; do
  # New keys, and most of the last round's deleted.
  awk -v round="$round" 'BEGIN {
    for (i = 0; i < 4000; ++i) {
      print "key" round "_" i " value" i * round
      if (round > 1 && i % 4) print "key" round - 1 "_" i
    }
  }' >lines
  cat lines >>sent
  "$program" "$data" load 30000 <lines >>acknowledged &
  killed=$!
  random=$(((random * 1103515245 + 12345) % 2147483648))
  sleep "0.$(printf '%03d' $((random / 65536 % 300)))"
  kill -9 "$killed" 2>/dev/null || true
  wait "$killed" 2>/dev/null || true
  # A temporary file that the kill has left is not a part of the store.
  rm -f "$data"/.asiofile-*
  "$program" "$data" list >found
  # A key is put once and deleted at most once. What was sent but not acknowledged may have either
  # state.
  awk -v round="$round" '
    FILENAME == "sent" { if (NF == 2) value[$1] = $2; else sent_delete[$1] = 1; next }
    FILENAME == "acknowledged" { if (NF == 2) put[$1] = 1; else deleted[$1] = 1; next }
    {
      ++count
      if (!($1 in value)) wrong("never put: " $1)
      if (value[$1] != $2) wrong("wrong: " $1)
      if ($1 in deleted) wrong("not deleted: " $1)
      there[$1] = 1
    }
    END {
      for (key in put) if (!(key in there) && !(key in sent_delete)) wrong("lost: " key)
      if (!failed) print "round " round ": " count + 0 " pairs"
      exit failed
    }
    function wrong(text) { print "round " round ": " text; failed = 1 }
  ' sent acknowledged found || exit 1
  round=$((round + 1))
done
[ -s acknowledged ] || fail "nothing was acknowledged"

# ---- and goes on
echo "zz last" | "$program" "$data" load 1 >last
echo "zz last" >>found
"$program" "$data" list | cmp - found
[ -s "$data/snapshot" ] || fail "no snapshot was made"

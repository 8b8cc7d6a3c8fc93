#!/bin/sh
# The store keeps what it acknowledges; each mistake is found, and its seed finds it again.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
"$program" 300 none
for mistake in no_sync no_directory_sync no_checksum compaction_in_place; do
  if "$program" 100 "$mistake" >found; then
    echo "the mistake $mistake was not found"
    exit 1
  fi
  echo "$mistake: $(cat found)"
  seed=$(sed -n 's/^seed \([0-9]*\): .*/\1/p' found)
  if "$program" 1 "$mistake" "$seed" >again; then
    echo "seed $seed does not find $mistake again"
    exit 1
  fi
  cmp found again
done

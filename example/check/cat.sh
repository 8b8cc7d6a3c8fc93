#!/bin/sh
# Compared with the system's cat: files, an empty one, the standard input, a pipe.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
head -c 5000001 /dev/urandom >data
: >empty
printf 'text without end of line' >short
"$program" data empty short data >copy
cat data empty short data | cmp - copy
"$program" <data | cmp - data
cat short data | "$program" - empty | tail -c +25 | cmp - data
cat data short | "$program" | tail -c 24 | cmp - short
if "$program" missing 2>said; then exit 1; fi
grep -q '^cat: .*No such file' said

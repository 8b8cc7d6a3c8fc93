#!/bin/sh
# A file of /proc, which reports size 0, and a FIFO.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
"$program"
test -s maps.txt
"$program" /proc/filesystems copy
cmp /proc/filesystems copy
head -c 1000000 /dev/urandom >data
mkfifo fifo
cat data >fifo &
"$program" fifo copy
cmp data copy

#!/bin/sh
# Copies are like the originals, a target is not overwritten unasked, and failure leaves nothing.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
head -c 20000001 /dev/urandom >data
"$program" data copy
cmp data copy
if "$program" data copy 2>said; then exit 1; fi
grep -q 'File exists' said
echo other >data
"$program" -f data copy
cmp data copy
truncate -s 100M sparse
echo end >>sparse
"$program" sparse sparse_copy
cmp sparse sparse_copy
test "$(du -k sparse_copy | cut -f1)" -lt 1000
if "$program" missing nothing 2>said; then exit 1; fi
test ! -e nothing
"$program" /proc/filesystems listed
cmp /proc/filesystems listed
test "$(ls -A | sort | tr '\n' ' ')" = "copy data listed said sparse sparse_copy "

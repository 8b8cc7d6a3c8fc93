#!/bin/sh
# Quoted fields with commas, quotes and line breaks; a file of many records.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
program=$1
cat >data.csv <<'CSV'
name,"the ""quoted"" name",note
one,1,"a, b"
two,2,"first line
second line"
three,3,"say ""hello"""
CSV
"$program" data.csv note >found 2>count
printf 'a, b\nfirst line\nsecond line\nsay "hello"\n' | cmp - found
test "$(cat count)" = "3 records"
"$program" data.csv 'the "quoted" name' 2>/dev/null >found
printf '1\n2\n3\n' | cmp - found
{
  echo 'number,text'
  seq -f '%.0f,"some text, of no interest"' 1 300000
} >large.csv
"$program" large.csv number 2>count >found
seq 1 300000 | cmp - found
test "$(cat count)" = "300000 records"
if "$program" data.csv missing >/dev/null 2>&1; then exit 1; fi

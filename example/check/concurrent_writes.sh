#!/bin/sh
# Both files hold the records in their order.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -eu
"$1"
cmp in_order.txt by_offset.txt
sort -c -k2n in_order.txt
test "$(wc -l <in_order.txt)" -eq 1000

#!/bin/sh
# Both files hold the records in their order.
set -eu
"$1"
cmp in_order.txt by_offset.txt
sort -c -k2n in_order.txt
test "$(wc -l <in_order.txt)" -eq 1000

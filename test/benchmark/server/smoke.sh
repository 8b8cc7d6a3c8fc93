#!/usr/bin/env bash
# smoke.sh ROOT PROGRAM HTTP_FILE_SERVER: every contender of scripts/benchmark --server serves every
# workload briefly, and nothing fails; a contender that does not serve makes the run fail. Runs in
# the current folder.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

root=$1 program=$2 server=$3
# shellcheck source=scripts/lib/common.sh
source "$root/scripts/lib/common.sh"
# shellcheck source=scripts/lib/packages.sh
source "$root/scripts/lib/packages.sh"

skip() {
  say "skipped: $*"
  exit 77
}
have wrk || skip "there is no wrk"
nginx=$(find_nginx) || skip "there is no nginx"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -- "$work/slow"

options=(--smoke --nginx "$nginx" --directory "$work" --json "$work/results.json")
"$program" "${options[@]}" --slow-directory "$work/slow" --asiofile-server "$server"
rows=$(grep -c '"contender":' "$work/results.json")
# Five contenders and four workloads.
((rows == 20)) || fail "$rows rows of results instead of 20"
if grep -v '"failed":0,' "$work/results.json" | grep '"contender":'; then
  fail "requests failed"
fi
[[ -z $(find "$work/served" "$work/slow/served" -mindepth 1) ]] || fail "files are left behind"

if "$program" "${options[@]}" --only 4k --asiofile-server "$(command -v false)"; then
  fail "a server that does not serve was measured"
fi

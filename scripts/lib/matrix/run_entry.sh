#!/usr/bin/env bash
# run_entry.sh ENTRY suite|quick|library|configure: builds and tests one entry, in a process of its
# own. The result is in build/matrix/entries/ENTRY: `state` is "passed", "failed", "built",
# "configured" or "skipped", a `reason` says why, and `log` has all output.
# shellcheck disable=SC2034,SC2154 # what the parts share

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../.." && pwd -P)
matrix=$root/build/matrix
name=$1
what=$2
own_folder=$matrix/entries/$name
entry_folder=$own_folder

for part in common packages source_tree test_report matrix/apt matrix/roots matrix/boost matrix/zig \
  matrix/engine_libraries matrix/plan matrix/build matrix/results; do
  # shellcheck source=/dev/null
  source "$root/scripts/lib/$part.sh"
done

mkdir -p -- "$own_folder"
rm -f -- "$own_folder"/{state,reason,facts,counts,failures,skips,skipped}

stage="prepared"
finish() {
  local code=$?
  if [[ -e $own_folder/state ]]; then
    return 0
  elif ((code == 77)) && [[ -e $own_folder/skipped ]]; then
    say skipped >"$own_folder/state"
    mv -- "$own_folder/skipped" "$own_folder/reason"
  else
    say failed >"$own_folder/state"
    say "could not be $stage; see ${own_folder#"$root/"}/log" >"$own_folder/reason"
  fi
}
trap finish EXIT

prepare_build_environment
reset_plan "$name"
"plan_${name//[-.+]/_}"
find_places

if [[ -n $plan_script ]]; then
  stage="run through"
  "$plan_script"
  say passed >"$own_folder/state"
  exit 0
fi

stage="configured"
configure
write_facts "$own_folder"
if [[ $what == configure ]]; then
  say configured >"$own_folder/state"
  exit 0
fi
stage="built"
build
if [[ $what == library || $plan_runs == false ]]; then
  say built >"$own_folder/state"
  exit 0
fi
stage="tested"
run_tests
write_counts "$own_folder"
if [[ -s $own_folder/failures ]]; then
  say failed >"$own_folder/state"
else
  say passed >"$own_folder/state"
fi

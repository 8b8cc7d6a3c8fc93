# shellcheck shell=bash disable=SC2034,SC2154
# What an entry is: a name, a line that describes it, and a function that makes a plan.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}" "${matrix:?}"

entry_names=()
declare -A entry_descriptions=()

# entry NAME DESCRIPTION: the function plan_NAME, with underscores, makes its plan.
entry() {
  entry_names+=("$1")
  entry_descriptions[$1]=$2
}

is_entry() { [[ -n ${entry_descriptions[$1]-} ]]; }

# A plan's variables, with their defaults.
reset_plan() {
  plan_root=""         # the name of a root (make_root) to build and run in; empty: this system
  plan_compiler=""     # empty: CMake's choice
  plan_build=$1        # the folder that is built in; entries may share one
  plan_options=()      # for CMake
  plan_launcher=()     # put before ctest
  plan_targets=()      # empty: all
  plan_tests=""        # a regular expression of the tests' labels; empty: all
  plan_excluded=""     # a regular expression of labels that cannot be run there
  plan_runs=true       # false: nothing can be run, only built
  plan_script=""       # in place of building the suite: a function
}

# Ends the entry, which cannot be run here.
skip_entry() {
  printf '%s\n' "$*" >"$entry_folder/skipped"
  exit 77
}

# shellcheck disable=SC2153 # root is set by whoever sources this
for entries_file in "$root"/scripts/lib/matrix/entries/*.sh; do
  # shellcheck source=/dev/null
  source "$entries_file"
done

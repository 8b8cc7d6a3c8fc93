# shellcheck shell=bash disable=SC2034,SC2154
# The results of an entry: files in its folder, and the table of all entries.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}" "${matrix:?}"

# write_facts FOLDER: compiler, Boost, C library and processor, as the compiler itself sees them, into
# FOLDER/facts.
write_facts() {
  local folder=$1 command
  # The command that compiles a file without quotes in its arguments, up to what it makes.
  command=$(sed -n 's,^ *"command": "\(.*\) -o [^ ]* -c [^ ]*/src/selection/backend[.]cpp".*,\1,p' \
    "$build_folder/compile_commands.json" | head -n 1)
  command=${command#*ccache }
  [[ -n $command ]] || return 0
  # shellcheck disable=SC2086 # words
  at_place $command -E -P -x c++ "$source_path/scripts/lib/matrix/facts.hpp" 2>/dev/null |
    sed -n 's/^fact //p' | tr -d '"' |
    awk '{ name = $1; $1 = ""; gsub(" *[.] *", "."); sub("^ *", ""); print name "=" $0 }' \
      >"$folder/facts" || true
}

# write_counts FOLDER: reads the reports; FOLDER/counts, FOLDER/failures and FOLDER/skips.
write_counts() {
  local folder=$1 kind name case reason
  local passed=0 failed=0 skipped=0 cases=0
  : >"$folder/failures"
  : >"$folder/skips"
  if [[ ! -s $build_folder/test-report.xml ]]; then
    say "ctest made no report" >"$folder/failures"
    say "0 1 0 0" >"$folder/counts"
    return 0
  fi
  while read -r kind name reason; do
    case $kind in
      passed) passed=$((passed + 1)) ;;
      failed)
        failed=$((failed + 1))
        say "$name${reason:+: $reason}" >>"$folder/failures"
        ;;
      skipped)
        skipped=$((skipped + 1))
        say "$name: $reason" >>"$folder/skips"
        ;;
    esac
  done < <(count_tests "$build_folder/test-report.xml")
  if compgen -G "$build_folder/test/report/*.xml" >/dev/null; then
    while read -r kind name case reason; do
      case $kind in
        cases) cases=$((cases + name)) ;;
        failed) say "$name: $case" >>"$folder/failures" ;;
        skipped)
          skipped=$((skipped + 1))
          say "$name: $case: $reason" >>"$folder/skips"
          ;;
      esac
    done < <(count_cases "$build_folder"/test/report/*.xml)
  fi
  say "$passed $failed $skipped $cases" >"$folder/counts"
}

# fact FOLDER NAME: or nothing.
fact() { sed -n "s/^$2=//p" "$1/facts" 2>/dev/null || true; }

# table_row NAME: a line of the table, with tabs.
table_row() {
  local folder=$matrix/entries/$1 compiler library state passed=- failed=- skipped=- cases=-
  [[ -e $folder/state ]] || { printf '%s\tnot run\n' "$1"; return 0; }
  state=$(cat -- "$folder/state")
  compiler=$(fact "$folder" compiler)
  library=$(fact "$folder" library)
  [[ $compiler != clang* || -z $library ]] || compiler+=" $library"
  if [[ -s $folder/counts ]]; then
    read -r passed failed skipped cases <"$folder/counts"
  fi
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$state" "${compiler:--}" \
    "$(fact "$folder" boost | tr _ .)" "$(fact "$folder" libc)" "$(fact "$folder" processor)" \
    "$passed" "$failed" "$skipped" "$cases" "$(date -u -r "$folder/state" +%F)"
}

# print_table NAME...: the known results of these entries, from this run or an earlier one.
print_table() {
  local name
  {
    printf 'entry\tstate\tcompiler\tBoost\tlibc\tprocessor\tpassed\tfailed\tskipped\tcases\tdate\n'
    for name in "$@"; do table_row "$name"; done
  } | awk -F '\t' '
    { for (i = 1; i <= NF; ++i) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) }
      fields[NR] = NF }
    END {
      for (row = 1; row <= NR; ++row) {
        line = ""
        for (i = 1; i <= fields[row]; ++i) line = line sprintf("%-" width[i] "s  ", cell[row, i])
        sub(" +$", "", line)
        print line
      }
    }'
}

# print_details NAME...: failures by name, and why tests were skipped, each reason once.
print_details() {
  local name folder
  for name in "$@"; do
    folder=$matrix/entries/$name
    [[ -e $folder/state ]] || continue
    if [[ -s $folder/reason ]]; then
      printf '\n%s: %s\n' "$name" "$(cat -- "$folder/reason")"
    fi
    if [[ -s $folder/failures ]]; then
      printf '\n%s, failed:\n' "$name"
      sed 's/^/  /' "$folder/failures"
    fi
    if [[ -s $folder/skips ]]; then
      printf '\n%s, skipped:\n' "$name"
      # NAME[: CASE]: REASON. The reason is what counts.
      awk -F ': ' '{ reason = $NF; for (i = NF - 1; i > 2; --i) reason = $i ": " reason
                     if (!(reason in first)) { first[reason] = $1 (NF > 2 ? ": " $2 : ""); order[++n] = reason }
                     ++times[reason] }
        END { for (i = 1; i <= n; ++i) printf "  %d: %s (%s)\n", times[order[i]], order[i], first[order[i]] }' \
        "$folder/skips"
    fi
  done
}

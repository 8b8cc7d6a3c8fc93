#!/usr/bin/env bash
# run.sh STEP COMPILER [STANDARD]: compiles the public headers as their users do. Run by CTest, in a folder
# of the build tree, with what it needs to know in the environment.
#
#   alone       each public header by itself, with a strict user's warnings as errors
#   functions   every_function.cpp, likewise; and whether it names every asynchronous function
#   conditional_argument  a compiler's defect that the headers warn of
#   direction   buffers of the wrong direction are refused, by an error that names parameter and concept

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
include=$(cd -- "$here/../../include" && pwd -P)
step=$1 compiler=$2 standard=${3:-c++20}

skip() {
  echo "skipped: $*"
  exit 77
}

command -v "$compiler" >/dev/null || skip "$compiler is not installed"
# The name that a compiler has for a standard before it is finished.
echo | "$compiler" -x c++ "-std=$standard" -fsyntax-only - 2>/dev/null || standard=${standard/23/2b}
echo | "$compiler" -x c++ "-std=$standard" -fsyntax-only - 2>/dev/null ||
  skip "$compiler does not know -std=$standard"

# Not as a system header, in which warnings would be suppressed.
flags=("-std=$standard" -I"$include" -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Werror)
[[ ${BOOST_INCLUDE_DIR:-/usr/include} == /usr/include ]] || flags+=(-isystem "$BOOST_INCLUDE_DIR")

export compiler
# Included twice: it must have an include guard.
compiles_alone() {
  printf '#include <%s>\n#include <%s>\n' "$1" "$1" |
    "$compiler" "${@:2}" -x c++ -fsyntax-only - || { echo "$1 does not compile alone"; return 1; }
}
export -f compiles_alone

step_alone() {
  local -a headers
  # Not detail/, whose headers others include in their order.
  mapfile -t headers < <(cd "$include" && find asiofile -name detail -prune -o -name '*.hpp' -print | sort)
  echo "${#headers[@]} headers, ${compiler##*/} -std=$standard"
  ((${#headers[@]} > 60)) || { echo "where are the others?"; exit 1; }
  printf '%s\0' "${headers[@]}" |
    xargs -0 -P "$(nproc)" -I{} bash -c 'compiles_alone "$@"' _ {} "${flags[@]}"
}

step_functions() {
  "$compiler" "${flags[@]}" -fsyntax-only "$here/every_function.cpp"
  local name missing=0
  for name in $(grep -rhoE '^ *(\[\[nodiscard\]\] )?auto async_[a-z_]+\(' "$include/asiofile" |
    grep -oE 'async_[a-z_]+' | sort -u); do
    grep -q "require<.*\b$name(" "$here/every_function.cpp" ||
      { echo "every_function.cpp does not use $name with the default token"; missing=1; }
  done
  exit "$missing"
}

step_conditional_argument() {
  "$compiler" "-std=$standard" "$here/conditional_argument.cpp" -o "conditional_argument.${compiler##*/}"
  "./conditional_argument.${compiler##*/}"
}

# The template parameter that an error about BUFFERS must name, and the call.
calls() {
  cat <<'END'
MutableBufferSequence file.read_some_at(0, BUFFERS)
MutableBufferSequence file.read_some_at(0, BUFFERS, ec)
MutableBufferSequence file.async_read_some_at(0, BUFFERS, moved)
MutableBufferSequence file.async_read_some_at(0, BUFFERS, asiofile::io_priority(), moved)
MutableBufferSequence stream.read_some(BUFFERS)
MutableBufferSequence stream.read_some(BUFFERS, ec)
MutableBufferSequence stream.async_read_some(BUFFERS, moved)
ConstBufferSequence file.write_some_at(0, BUFFERS)
ConstBufferSequence file.write_some_at(0, BUFFERS, ec)
ConstBufferSequence file.async_write_some_at(0, BUFFERS, moved)
ConstBufferSequence file.async_write_some_at(0, BUFFERS, asiofile::io_priority(), moved)
ConstBufferSequence file.async_write_and_sync_data_at(0, BUFFERS, synced)
ConstBufferSequence file.async_write_and_sync_all_at(0, BUFFERS, synced)
ConstBufferSequence stream.write_some(BUFFERS)
ConstBufferSequence stream.write_some(BUFFERS, ec)
ConstBufferSequence stream.async_write_some(BUFFERS, moved)
ConstBufferSequence stream.async_write_and_sync_data(BUFFERS, synced)
ConstBufferSequence stream.async_write_and_sync_all(BUFFERS, synced)
ConstBufferSequence writer.async_write(BUFFERS, moved)
ConstBufferSequence asiofile::async_write_file(file, "f", BUFFERS, moved)
ConstBufferSequence asiofile::async_append_file(file, "f", BUFFERS, moved)
ConstBufferSequence asiofile::async_replace_file(file, "f", BUFFERS, done)
END
}

# split_errors SOURCE ERRORS NAME: what a compiler has said of each line of SOURCE, in NAME.<line>.
split_errors() {
  awk -v source="$1" -v name="$3" '
    index($0, source ":") == 1 { split(substr($0, length(source) + 2), place, ":"); is_error = $0 ~ /: error: / }
    index($0, source ":") == 1 && is_error { file = name "." place[1] }
    file != "" { print >>file }' "$2"
}

step_direction() {
  local work
  work=$(mktemp -d "$PWD/direction.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # Compiled once for all calls.
  cat >"$work/begin.hpp" <<'END'
#include <asiofile/asiofile.hpp>
#include <string>
#include <vector>
namespace asio = boost::asio;
void moved(boost::system::error_code, std::size_t);
void synced(boost::system::error_code, asiofile::write_and_sync_result);
void done(boost::system::error_code);
END
  cat >"$work/begin.txt" <<'END'
void use(asiofile::random_access_file& file, asiofile::stream_file& stream, asiofile::file_writer& writer,
         asiofile::registered_buffer& slot, boost::system::error_code& ec, std::string& text,
         const std::string& fixed, std::vector<asio::mutable_buffer>& several,
         const std::vector<asio::const_buffer>& several_fixed);
void use(asiofile::random_access_file& file, asiofile::stream_file& stream, asiofile::file_writer& writer,
         asiofile::registered_buffer& slot, boost::system::error_code& ec, std::string& text,
         const std::string& fixed, std::vector<asio::mutable_buffer>& several,
         const std::vector<asio::const_buffer>& several_fixed) {
  (void)file, (void)stream, (void)writer, (void)slot, (void)ec, (void)text, (void)fixed, (void)several,
      (void)several_fixed;
END
  local -a with_begin=(-include "$work/begin.hpp") limit=(-fmax-errors=0)
  if "$compiler" --version | grep -q clang; then
    "$compiler" "${flags[@]}" -x c++-header "$work/begin.hpp" -o "$work/begin.pch"
    with_begin=(-include-pch "$work/begin.pch")
    limit=(-ferror-limit=0)
  else
    "$compiler" "${flags[@]}" -x c++-header "$work/begin.hpp" -o "$work/begin.hpp.gch"
  fi

  local parameter call buffers index failed=0 refused=0
  local -a right wrong expected=()
  local -A concepts=([MutableBufferSequence]=mutable_buffer_sequence [ConstBufferSequence]=const_buffer_sequence)
  cp "$work/begin.txt" "$work/right.cpp"
  while read -r parameter call; do
    right=('asio::buffer(text)' 'several' 'slot')
    wrong=('asio::buffer(fixed)' 'several_fixed' 'asio::const_buffer()' 'fixed')
    if [[ $parameter == Const* ]]; then
      right+=("${wrong[@]:0:3}")
      wrong=('fixed' '"text"' '5')
    fi
    for buffers in "${right[@]}"; do echo "  ${call/BUFFERS/$buffers};" >>"$work/right.cpp"; done
    for buffers in "${wrong[@]}"; do
      expected+=("$parameter ${concepts[$parameter]} ${call/BUFFERS/$buffers};")
    done
  done < <(calls)
  echo "}" >>"$work/right.cpp"
  "$compiler" "${flags[@]}" "${with_begin[@]}" -fsyntax-only "$work/right.cpp" || failed=1

  # A line for each call, all compiled at once: the errors tell whose they are.
  local concept text begin
  begin=$(wc -l <"$work/begin.txt")
  { cat "$work/begin.txt" && printf '  %s\n' "${expected[@]#* * }" && echo "}"; } >"$work/wrong.cpp"
  "$compiler" "${flags[@]}" "${limit[@]}" "${with_begin[@]}" -fsyntax-only "$work/wrong.cpp" 2>"$work/errors" &&
    failed=1
  split_errors "$work/wrong.cpp" "$work/errors" "$work/line"
  for index in "${!expected[@]}"; do
    read -r parameter concept call <<<"${expected[index]}"
    text=$work/line.$((begin + index + 1))
    if [[ ! -e $text ]]; then
      echo "accepted: $call"
      failed=1
    elif ! grep -q "constraints not satisfied" "$text" || ! grep -q "$parameter" "$text" ||
      ! grep -q "$concept" "$text"; then
      echo "refused by an error that does not name $parameter: $call"
      cat "$text"
      failed=1
    else
      ((++refused))
    fi
  done
  echo "$refused calls refused by name"
  exit "$failed"
}

"step_$step"

# shellcheck shell=bash
# The project's files without build results.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}"

# export_tree FOLDER: the files that git tracks, as they are in the working tree; without git,
# everything except build/.
export_tree() {
  local target=$1 file
  mkdir -p -- "$target"
  if git -C "$root" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    (
      cd -- "$root" || exit
      git ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
        tar -c --null --files-from=- -f -
    ) | tar -x -C "$target"
  else
    tar -c -C "$root" --exclude=./build --exclude=./.git -f - . | tar -x -C "$target"
  fi
}

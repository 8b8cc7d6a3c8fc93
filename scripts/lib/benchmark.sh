# shellcheck shell=bash
# What scripts/benchmark needs beside common.sh, which is sourced before it.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}"

# absolute PATH: as seen from the current folder.
absolute() {
  case $1 in
    /*) say "$1" ;;
    *) say "$PWD/$1" ;;
  esac
}

# check_output FILE: told before the measurement instead of after it.
check_output() {
  [[ -n $1 && -d $(dirname -- "$1") && -w $(dirname -- "$1") && ! -d $1 ]] ||
    fail "cannot be written to: $1"
}

# mount_file_systems FOLDER: buffered writes are measured on tmpfs and xfs too, where the user may
# mount them. Sets `mounted` to the benchmark's arguments.
mount_file_systems() {
  local folder=$1
  mounted=()
  ((EUID == 0)) || return 0
  mkdir -p -- "$folder/tmpfs" "$folder/xfs"
  if mount -t tmpfs -o size=256M tmpfs "$folder/tmpfs" 2>/dev/null; then
    mounted+=(--tmpfs-directory "$folder/tmpfs")
  fi
  if have mkfs.xfs && truncate -s 512M "$folder/xfs.image" &&
    mkfs.xfs -q "$folder/xfs.image" >/dev/null 2>&1 &&
    mount -o loop "$folder/xfs.image" "$folder/xfs" 2>/dev/null; then
    mounted+=(--xfs-directory "$folder/xfs")
  fi
}

# remove_work_folder FOLDER: with what is mounted in it.
remove_work_folder() {
  local folder=$1 place
  for place in "$folder/tmpfs" "$folder/xfs"; do
    if mountpoint -q -- "$place"; then
      umount -- "$place" 2>/dev/null || umount --lazy -- "$place"
    fi
  done
  rm -rf --one-file-system -- "$folder"
}

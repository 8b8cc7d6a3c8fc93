# shellcheck shell=bash
# Functions of scripts/benchmark, in addition to common.sh, which is sourced before it.

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

# check_output FILE: reports an unwritable file before the measurement instead of after it.
check_output() {
  [[ -n $1 && -d $(dirname -- "$1") && -w $(dirname -- "$1") && ! -d $1 ]] ||
    fail "cannot be written to: $1"
}

# mount_file_systems FOLDER: buffered writes are measured on tmpfs and xfs too, if the user may
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

# --- A slow device ---------------------------------------------------------------------------

readonly slow_bytes_per_second=$((8 << 20))
limiting_group="" # the control group that this script has made and is in
group_before=""   # where it was before

# The folder of this process's control group in the hierarchy mounted at $1, whose line in
# /proc/self/cgroup begins with $2.
own_group() { say "$1$(sed -n "s/^$2//p" /proc/self/cgroup)"; }

# enter_limited_group GROUP FILE LIMIT: makes the group, writes the limit into its file, and enters
# it.
enter_limited_group() {
  local group=$1 file=$2 limit=$3
  mkdir -- "$group" 2>/dev/null || return 1
  limiting_group=$group
  { say "$limit" >"$group/$file" && say $$ >"$group/cgroup.procs"; } 2>/dev/null
}

# limit_reads DEVICE_NUMBER: for this script, and what it starts. Returns 1 if the system does not
# support it. Version 2 of control groups supports it unless version 1 uses the controller.
limit_reads() {
  local number=$1 root_group name=asiofile-benchmark-$$
  while read -r root_group; do
    say +io 2>/dev/null >"$root_group/cgroup.subtree_control" || continue
    group_before=$(own_group "$root_group" 0::)
    enter_limited_group "$root_group/$name" io.max "$number rbps=$slow_bytes_per_second" && return 0
  done < <(findmnt -rnt cgroup2 -o TARGET)
  while read -r root_group; do
    group_before=$(own_group "$root_group" '[0-9]*:[^:]*blkio[^:]*:')
    enter_limited_group "$root_group/$name" blkio.throttle.read_bps_device \
      "$number $slow_bytes_per_second" && return 0
  done < <(findmnt -rnt cgroup -O blkio -o TARGET)
  return 1
}

leave_limited_group() {
  [[ -n $limiting_group ]] || return 0
  say $$ 2>/dev/null >"$group_before/cgroup.procs" || true
  rmdir -- "$limiting_group" || true
}

# mount_slow_device FOLDER: an ext4 on a device with slow reads in FOLDER/slow. Returns 1 if the
# user may not mount one.
mount_slow_device() {
  local folder=$1 device
  ((EUID == 0)) && have mkfs.ext4 || return 1
  mkdir -p -- "$folder/slow"
  truncate -s 1G "$folder/slow.image" && mkfs.ext4 -q "$folder/slow.image" >/dev/null 2>&1 &&
    mount -o loop "$folder/slow.image" "$folder/slow" 2>/dev/null || return 1
  device=$(findmnt -no SOURCE -- "$folder/slow")
  limit_reads "$(<"/sys/class/block/${device#/dev/}/dev")"
}

# ---------------------------------------------------------------------------------------------

# remove_work_folder FOLDER: also unmounts what is mounted in it.
remove_work_folder() {
  local folder=$1 place
  leave_limited_group
  for place in "$folder/tmpfs" "$folder/xfs" "$folder/slow"; do
    if mountpoint -q -- "$place"; then
      umount -- "$place" 2>/dev/null || umount --lazy -- "$place"
    fi
  done
  rm -rf --one-file-system -- "$folder"
}

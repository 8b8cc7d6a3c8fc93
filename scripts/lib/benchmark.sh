# shellcheck shell=bash
# What scripts/benchmark needs beside common.sh, which is sourced before it.

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

# ensure_more_packages PACKAGE...: installs those that are missing, as ensure_packages does.
ensure_more_packages() {
  local -a missing=()
  local package
  have apt-get && have dpkg-query || return 0
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0
  say "Installing packages: ${missing[*]}" >&2
  as_root apt-get install -qq -y --no-install-recommends --no-remove \
    -o DPkg::Lock::Timeout=300 "${missing[@]}" >&2 ||
    {
      as_root apt-get update -qq >&2
      as_root apt-get install -qq -y --no-install-recommends --no-remove \
        -o DPkg::Lock::Timeout=300 "${missing[@]}" >&2
    } ||
    fail "could not install: ${missing[*]}"
}

# build_benchmark LOG: in the folder of the release preset, which leaves the benchmark out.
build_benchmark() {
  local log=$1 folder=$root/build/release
  mkdir -p -- "$folder"
  build_preset release "$log" asiofile || return 1
  quietly "$log" cmake -DASIOFILE_BUILD_BENCHMARK=ON "$folder" || return 1
  quietly "$log" cmake --build "$folder" --parallel "$(build_jobs)" --target asiofile-benchmark
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

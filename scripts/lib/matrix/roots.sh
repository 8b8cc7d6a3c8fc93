# shellcheck shell=bash disable=SC2034,SC2154
# Roots of other Debian systems, made by debootstrap in build/matrix/roots, and commands in them.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}" "${matrix:?}"

# base_root SUITE ARCHITECTURE: a root with only what debootstrap puts there.
base_root() {
  local suite=$1 architecture=$2 folder=$matrix/roots/base-$1-$2
  if [[ ! -e $folder.made ]]; then
    have debootstrap || apt_install debootstrap >&2 || fail "could not install: debootstrap"
    export_proxy
    as_root rm -rf -- "$folder"
    mkdir -p -- "$folder"
    say "Making a root of Debian $suite for $architecture" >&2
    as_root env http_proxy="${http_proxy-}" debootstrap --variant=minbase --arch="$architecture" \
      --keyring="$(debian_keyring)" --include=ca-certificates \
      "$suite" "$folder" "$(debian_mirror)" >&2 || fail "debootstrap failed; see its last lines"
    # A mirror's release file may have expired; the signature is checked nevertheless.
    printf '%s\n' 'Dpkg::Options { "--force-unsafe-io"; };' 'Acquire::Check-Valid-Until "false";' |
      as_root tee "$folder/etc/apt/apt.conf.d/90asiofile" >/dev/null
    touch -- "$folder.made"
  fi
  say "$folder"
}

# make_root NAME SUITE ARCHITECTURE PACKAGE...: a root with these packages, which may be of other
# architectures as well ("libaio-dev:s390x"). Packages that are there already stay.
make_root() {
  local name=$1 suite=$2 architecture=$3 folder=$matrix/roots/$1
  shift 3
  if [[ -e $folder.packages && "$*" == "$(cat -- "$folder.packages")" ]]; then
    return 0
  fi
  if [[ ! -d $folder ]]; then
    local base
    base=$(base_root "$suite" "$architecture")
    as_root rm -rf -- "$folder.new"
    as_root cp -a --reflink=auto -- "$base" "$folder.new"
    as_root mv -- "$folder.new" "$folder"
  fi
  say "Installing packages in $name: $*" >&2
  local foreign
  foreign=$(printf '%s\n' "$@" | sed -n 's/.*://p' | sort -u)
  local other
  for other in $foreign; do
    in_root "$name" / dpkg --add-architecture "$other" >&2
  done
  in_root "$name" / apt-get update -qq >&2 || fail "apt-get update failed in $folder"
  in_root "$name" / apt-get install -qq -y --no-install-recommends "$@" >&2 ||
    fail "could not install in $folder: $*"
  say "$*" >"$folder.packages"
}

# in_root NAME FOLDER COMMAND...: runs the command in the root's FOLDER, as its root user. The
# project is at /asiofile and cannot be written to, the entry's folder at /entry, ccache's at /ccache.
in_root() {
  local name=$1
  shift
  mkdir -p -- "$matrix/ccache"
  export_proxy
  as_root env http_proxy="${http_proxy-}" \
    unshare --mount --propagation private \
    "$BASH" "$root/scripts/lib/matrix/enter_root.sh" "$matrix/roots/$name" \
    "/asiofile=$root" "/entry=${entry_folder:-$matrix}" "/ccache=$matrix/ccache" -- "$@"
}

#!/usr/bin/env bash
# enter_root.sh ROOT PLACE=FOLDER... -- FOLDER COMMAND...: mounts what a system needs, and the
# folders at their places, and runs the command there. To be run in a separate mount namespace,
# which the mounts end with. /asiofile is mounted read-only.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

new_root=$1
shift
while [[ $1 != -- ]]; do
  place=$new_root${1%%=*}
  mkdir -p -- "$place"
  mount --bind -- "${1#*=}" "$place"
  case $1 in
    /asiofile=*) mount -o remount,bind,ro -- "$place" ;;
  esac
  shift
done
shift
folder=$1
shift

mount -t proc proc "$new_root/proc"
mount --rbind /sys "$new_root/sys"
mount --rbind /dev "$new_root/dev"
# Prevents packages from starting services.
printf '#!/bin/sh\nexit 101\n' >"$new_root/usr/sbin/policy-rc.d"
chmod 755 "$new_root/usr/sbin/policy-rc.d"
[[ ! -r /etc/resolv.conf ]] || cat /etc/resolv.conf >"$new_root/etc/resolv.conf"
[[ ! -r /etc/hosts ]] || cat /etc/hosts >"$new_root/etc/hosts"

# shellcheck disable=SC2016 # to be expanded inside
exec chroot "$new_root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  CCACHE_DIR=/ccache CCACHE_SLOPPINESS=pch_defines,time_macros ${http_proxy:+http_proxy="$http_proxy"} \
  sh -c 'cd -- "$0" && exec "$@"' "$folder" "$@"

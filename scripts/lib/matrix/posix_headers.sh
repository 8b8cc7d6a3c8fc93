#!/usr/bin/env bash
# posix_headers.sh PROJECT: names each header outside C++, POSIX and Boost that the library includes
# when it is compiled for a system that is neither Linux nor has GNU's library. The engines that are
# Linux's own are left out, as is a header that is checked for first (__has_include).

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

set -euo pipefail

project=$1

# C++'s headers have no suffix; these do, and are POSIX's (or C's).
posix='aio assert cpio ctype dirent dlfcn errno fcntl fenv float fnmatch ftw glob grp iconv inttypes
langinfo limits locale math monetary net/if netdb netinet/in netinet/tcp nl_types poll pthread pwd
regex sched search semaphore setjmp signal spawn stdarg stdbool stddef stdint stdio stdlib string
strings sys/ipc sys/mman sys/msg sys/resource sys/select sys/sem sys/shm sys/socket sys/stat
sys/statvfs sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar termios time
unistd utime utmpx wchar wctype wordexp'
# Not in POSIX before 2024, and on every BSD and macOS.
posix+=' sys/ioctl'

found=$(
  cd -- "$project"
  find src -name '*.cpp' -not -name 'io_uring_*' -not -name 'libaio_*' | sort |
    while read -r source; do
      "${CXX:-g++}" -std=c++20 -E -dI -U__linux__ -U__linux -Ulinux -U__gnu_linux__ \
        -U_GNU_SOURCE -D_XOPEN_SOURCE=700 -DASIOFILE_BUILDING -Iinclude -Isrc "$source" || printf "%s cannot be preprocessed\n" "$source"
    done |
    awk -v posix="$posix" '
      BEGIN { count = split(posix, names, "[ \n]+"); for (i = 1; i <= count; ++i) known[names[i] ".h"] = 1 }
      /^# [0-9]+ "/ { file = $3; gsub("\"", "", file) }
      /^#include <.*[.]h>/ && file ~ "^(src|include)/" {
        header = $2; gsub("[<>]", "", header)
        if (!(header in known)) print file ": <" header ">"
      }
      / cannot be preprocessed$/ { print $1 ": <>" }
    ' | sort -u |
    while read -r file header; do
      grep -qF "__has_include($header)" "${file%:}" || printf '%s %s\n' "$file" "$header"
    done
)
if [[ -n $found ]]; then
  printf '%s\n' "$found"
  exit 1
fi

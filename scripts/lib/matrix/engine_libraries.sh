# shellcheck shell=bash disable=SC2034,SC2154
# liburing and libaio from Debian's sources, for a C library that Debian has no packages for.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}" "${matrix:?}"

# build_engine_libraries FOLDER CC AR: static ones, into FOLDER/include and FOLDER/lib. liburing is
# Debian 13's; libaio, which has not changed, this system's.
build_engine_libraries() {
  local folder=$1 cc=$2 ar=$3 sources=$matrix/engine_libraries
  if [[ -e $folder/lib/liburing.a && -e $folder/lib/libaio.a ]]; then
    return 0
  fi
  say "Compiling liburing and libaio" >&2
  mkdir -p -- "$sources" "$folder/include" "$folder/lib"
  unpack_source trixie liburing "$sources/liburing"
  (
    cd -- "$sources/liburing" || exit
    # Its own build without a C library is for compilers that nevertheless have the headers of one.
    ./configure --use-libc --cc="$cc" --prefix="$folder" --libdir="$folder/lib" --includedir="$folder/include"
    make -C src ENABLE_SHARED=0 CC="$cc" AR="$ar" RANLIB="$(dirname -- "$cc")/ranlib" install
  ) >&2
  unpack_source bookworm libaio "$sources/libaio"
  (
    cd -- "$sources/libaio/src" || exit
    make CC="$cc" AR="$ar" RANLIB="$(dirname -- "$cc")/ranlib" libaio.a
    cp -- libaio.h "$folder/include/"
    cp -- libaio.a "$folder/lib/"
  ) >&2
}

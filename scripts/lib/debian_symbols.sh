# shellcheck shell=bash
# The symbols file of a Debian package of a C++ library.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# write_symbols FOLDER VERSION: the symbols of the shared libraries below FOLDER, with their C++ names,
# since VERSION. Weak ones (inline functions, template instances, type information) may differ with the
# compiler and with Boost; those of the C++ library and of Boost itself, which the linker shares among
# all that have them, are one pattern.
write_symbols() {
  local folder=$1 version=$2 library soname
  local others='^_Z(T[IVS]|GV)?Z?N?K?(St|5boost)'
  while read -r library; do
    soname=$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')
    say "$soname libasiofile0.2 #MINVER#"
    say "* Build-Depends-Package: libasiofile-dev"
    say " (regex|optional)\"$others\" $version"
    nm -D --defined-only "$library" | sed 's/^[0-9a-f]* //' | grep -vE " ${others#^}" | c++filt |
      while read -r kind name; do
        case $kind in
          [VWu]) say " (c++|optional)\"$name@Base\" $version" ;;
          *) say " (c++)\"$name@Base\" $version" ;;
        esac
      done | LC_ALL=C sort -u
  done < <(find "$folder" -name 'libasiofile*.so.*' -type f | sort)
}

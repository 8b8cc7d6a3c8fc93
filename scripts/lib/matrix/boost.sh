# shellcheck shell=bash disable=SC2034,SC2154
# Boost for a compiler, C library or release that has no packages of it: the headers of some Debian
# release, which are the same everywhere, and Boost.Test compiled from them.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

: "${root:?}" "${matrix:?}"

# newest_boost SUITE: such as 1.92.
newest_boost() {
  apt_of "$1" apt-cache depends libboost-dev | sed -n 's/.*Depends: libboost\([0-9.]*\)-dev$/\1/p'
}

# boost_headers SUITE VERSION: the folder that has boost/, and nothing else of a system.
boost_headers() {
  local suite=$1 version=$2 folder=$matrix/boost/$2
  if [[ ! -d $folder/include/boost ]]; then
    rm -rf -- "$folder" "$folder.new"
    say "Unpacking the headers of Boost $version" >&2
    unpack_package "$suite" "libboost$version-dev" "$folder.new"
    mkdir -p -- "$folder/include"
    mv -- "$folder.new/usr/include/boost" "$folder/include/boost"
    rm -rf -- "$folder.new"
  fi
  say "$folder/include"
}

# boost_package FOLDER INCLUDE_FOLDER COMPILER [FLAG...]: makes FOLDER a CMake package of Boost, with
# Boost.Test compiled by this compiler. To be used by -DBoost_DIR=FOLDER.
boost_package() {
  local folder=$1 include=$2 compiler=$3
  shift 3
  local key="$include $compiler $*"
  if [[ -e $folder/made && $key == "$(cat -- "$folder/made")" ]]; then
    return 0
  fi
  rm -rf -- "$folder"
  mkdir -p -- "$folder"
  {
    # As its own sources begin.
    printf '#define %s\n' BOOST_TEST_SOURCE BOOST_TEST_DYN_LINK BOOST_TEST_NO_MAIN
    sed -n 's,^#include \(<boost/test/impl/.*[.]ipp>\).*,#include \1,p' \
      "$include/boost/test/included/unit_test.hpp"
  } >"$folder/boost_test.cpp"
  say "Compiling Boost.Test" >&2
  "$compiler" -std=c++20 -O1 -fPIC -w "$@" -isystem "$include" -c "$folder/boost_test.cpp" \
    -o "$folder/boost_test.o"
  rm -f -- "$folder/libboost_unit_test_framework.a"
  "${AR:-ar}" rcs "$folder/libboost_unit_test_framework.a" "$folder/boost_test.o"

  local number
  number=$(sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' "$include/boost/version.hpp")
  local version=$((number / 100000)).$((number / 100 % 1000)).$((number % 100))
  cat >"$folder/BoostConfigVersion.cmake" <<EOF
set(PACKAGE_VERSION $version)
set(PACKAGE_VERSION_COMPATIBLE TRUE)
EOF
  cat >"$folder/BoostConfig.cmake" <<EOF
set(Boost_VERSION_STRING $version)
set(Boost_INCLUDE_DIRS "$include")
if(NOT TARGET Boost::headers)
  add_library(Boost::headers INTERFACE IMPORTED)
  set_target_properties(Boost::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "$include")
endif()
if(NOT TARGET Boost::unit_test_framework)
  add_library(Boost::unit_test_framework STATIC IMPORTED)
  set_target_properties(
    Boost::unit_test_framework
    PROPERTIES IMPORTED_LOCATION "$folder/libboost_unit_test_framework.a"
               INTERFACE_LINK_LIBRARIES Boost::headers)
endif()
foreach(component IN LISTS Boost_FIND_COMPONENTS)
  if(NOT TARGET Boost::\${component} AND Boost_FIND_REQUIRED_\${component})
    set(Boost_FOUND FALSE)
    set(Boost_NOT_FOUND_MESSAGE "this Boost has no \${component}")
  endif()
endforeach()
EOF
  printf '%s\n' "$key" >"$folder/made"
}

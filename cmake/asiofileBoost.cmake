# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# Finds Boost; used by the build and by the installed package.

# asiofile_find_boost([<component>...]): Boost::headers and the components named. Sets Boost_FOUND.
#
# Boost's own package configuration is preferred. Boost without one (its headers unpacked and
# nothing more, BOOST_ROOT) is found by CMake's module, which newer CMake hides behind a policy.
macro(asiofile_find_boost)
  set(asiofile_boost_arguments 1.81)
  if(${ARGC} GREATER 0)
    list(APPEND asiofile_boost_arguments COMPONENTS ${ARGN})
  endif()
  find_package(Boost ${asiofile_boost_arguments} CONFIG QUIET)
  if(NOT Boost_FOUND)
    cmake_policy(PUSH)
    if(POLICY CMP0167)
      cmake_policy(SET CMP0167 OLD)
    endif()
    if(DEFINED CMAKE_FIND_PACKAGE_NAME)
      find_package(Boost ${asiofile_boost_arguments} MODULE QUIET)
    else()
      find_package(Boost ${asiofile_boost_arguments} MODULE REQUIRED)
    endif()
    cmake_policy(POP)
  endif()
  unset(asiofile_boost_arguments)
endmacro()

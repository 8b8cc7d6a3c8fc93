# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# Finds liburing: liburing_FOUND, liburing_VERSION (where known) and the target liburing::liburing.

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_LIBURING QUIET liburing)
endif()

find_path(
  liburing_INCLUDE_DIR
  NAMES liburing.h
  HINTS ${PC_LIBURING_INCLUDE_DIRS})
find_library(
  liburing_LIBRARY
  NAMES uring
  HINTS ${PC_LIBURING_LIBRARY_DIRS})
mark_as_advanced(liburing_INCLUDE_DIR liburing_LIBRARY)

# liburing names its version in a header from 2.4 on; before, only pkg-config knows it, and without
# pkg-config a function that 2.3 brought must do.
set(liburing_VERSION "${PC_LIBURING_VERSION}")
set(liburing_version_header "${liburing_INCLUDE_DIR}/liburing/io_uring_version.h")
if(NOT liburing_VERSION AND EXISTS "${liburing_version_header}")
  file(STRINGS "${liburing_version_header}" liburing_version_lines REGEX "IO_URING_VERSION_M")
  string(REGEX MATCH "MAJOR +([0-9]+)" _ "${liburing_version_lines}")
  set(liburing_VERSION "${CMAKE_MATCH_1}")
  string(REGEX MATCH "MINOR +([0-9]+)" _ "${liburing_version_lines}")
  string(APPEND liburing_VERSION ".${CMAKE_MATCH_1}")
elseif(NOT liburing_VERSION AND liburing_INCLUDE_DIR)
  file(STRINGS "${liburing_INCLUDE_DIR}/liburing.h" liburing_version_lines
       REGEX "io_uring_register_sync_cancel")
  if(liburing_version_lines)
    set(liburing_VERSION 2.3)
  endif()
endif()
unset(liburing_version_header)
unset(liburing_version_lines)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  liburing
  REQUIRED_VARS liburing_LIBRARY liburing_INCLUDE_DIR
  VERSION_VAR liburing_VERSION)

if(liburing_FOUND AND NOT TARGET liburing::liburing)
  add_library(liburing::liburing UNKNOWN IMPORTED)
  set_target_properties(
    liburing::liburing
    PROPERTIES IMPORTED_LOCATION "${liburing_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${liburing_INCLUDE_DIR}")
endif()

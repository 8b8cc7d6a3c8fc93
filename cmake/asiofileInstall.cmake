# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# What `cmake --install` puts where: headers, libraries, CMake package, pkg-config files. All of it
# may be moved afterwards, or installed under another prefix than the configured one.

include(CMakePackageConfigHelpers)

set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/asiofile")
get_target_property(asiofile_type asiofile TYPE)

install(
  TARGETS asiofile
  EXPORT asiofileTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
if(TARGET asiofile-testing)
  # With a separate export: an optional component of the package.
  install(
    TARGETS asiofile-testing
    EXPORT asiofileTestingTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(
    EXPORT asiofileTestingTargets
    NAMESPACE asiofile::
    DESTINATION "${package_directory}")
endif()
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/include/"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING
  PATTERN "*.hpp"
  PATTERN "*.ipp")

# --- CMake package ---------------------------------------------------------------------------

install(
  EXPORT asiofileTargets
  NAMESPACE asiofile::
  DESTINATION "${package_directory}")

# A program that links the static library links the engines' libraries too.
set(ASIOFILE_STATIC_DEPENDENCIES "")
if(asiofile_type STREQUAL "STATIC_LIBRARY")
  if(liburing_FOUND)
    list(APPEND ASIOFILE_STATIC_DEPENDENCIES liburing)
  endif()
  if(libaio_FOUND)
    list(APPEND ASIOFILE_STATIC_DEPENDENCIES libaio)
  endif()
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/asiofileConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/asiofileConfig.cmake" INSTALL_DESTINATION "${package_directory}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/asiofileConfigVersion.cmake"
  VERSION ${PROJECT_VERSION}
  COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/asiofileConfig.cmake"
        "${PROJECT_BINARY_DIR}/asiofileConfigVersion.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/asiofileBoost.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/Findliburing.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/Findlibaio.cmake"
  DESTINATION "${package_directory}")

# --- pkg-config files ------------------------------------------------------------------------

# Paths are written relative to the file itself, except those that were configured absolute.
set(pkgconfig_directory "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(ASIOFILE_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
  set(ASIOFILE_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH up "/prefix/${pkgconfig_directory}" "/prefix")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(ASIOFILE_PC_PREFIX "\${pcfiledir}/${up}")
  set(ASIOFILE_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(ASIOFILE_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(ASIOFILE_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()

set(ASIOFILE_PC_CFLAGS "-I\${includedir} -pthread")
set(ASIOFILE_PC_LIBS "-L\${libdir} -lasiofile -pthread")
set(ASIOFILE_PC_REQUIRES "")
if(asiofile_type STREQUAL "SHARED_LIBRARY")
  string(APPEND ASIOFILE_PC_CFLAGS " -DASIOFILE_SHARED")
else()
  # In the public fields, not the private ones: if only the static library is installed, a plain
  # `pkg-config --libs` must be enough.
  if(liburing_FOUND AND PC_LIBURING_FOUND)
    set(ASIOFILE_PC_REQUIRES "liburing")
  elseif(liburing_FOUND)
    string(APPEND ASIOFILE_PC_LIBS " -luring")
  endif()
  if(libaio_FOUND)
    string(APPEND ASIOFILE_PC_LIBS " -laio")
  endif()
endif()

# Boost has no pkg-config file; one that the compiler does not find by itself is named here.
get_target_property(boost_include_directories Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
foreach(directory IN LISTS boost_include_directories)
  if(NOT directory IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES AND EXISTS "${directory}")
    string(APPEND ASIOFILE_PC_CFLAGS " -I${directory}")
  endif()
endforeach()

foreach(name IN ITEMS asiofile asiofile-testing)
  if(NOT TARGET ${name})
    continue()
  endif()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc"
                 @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${pkgconfig_directory}")
endforeach()

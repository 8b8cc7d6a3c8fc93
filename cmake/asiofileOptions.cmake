# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# Options that take three values, warnings and sanitizers.

# asiofile_three_way_option(<variable> <help>): AUTO (use it if it is there), ON (it must be), OFF.
function(asiofile_three_way_option variable help)
  set(${variable} AUTO CACHE STRING "${help}")
  set_property(CACHE ${variable} PROPERTY STRINGS AUTO ON OFF)
  string(TOUPPER "${${variable}}" value)
  if(value STREQUAL "AUTO")
    set(${variable} AUTO PARENT_SCOPE)
  elseif(value)
    set(${variable} ON PARENT_SCOPE)
  else()
    set(${variable} OFF PARENT_SCOPE)
  endif()
endfunction()

# asiofile_find_optional(<three-way variable> <package> [<version>]): sets <package>_FOUND.
macro(asiofile_find_optional variable package)
  set(${package}_FOUND FALSE)
  if(${variable} STREQUAL "ON")
    find_package(${package} ${ARGN} MODULE REQUIRED)
  elseif(${variable} STREQUAL "AUTO")
    find_package(${package} ${ARGN} MODULE)
  endif()
endmacro()

# asiofile_set_warnings(<target>): for asiofile's own targets, and only if asiofile is the top-level
# project: a project that includes it chooses its own warnings.
function(asiofile_set_warnings target)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                           -Woverloaded-virtual)
  if(ASIOFILE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# asiofile_set_unity_groups(<target>): a unity build compiles each folder of src/ as one unit, but the folders that
# every operation goes through as a single one: calls between their files are a third of the cost of an operation.
# So it is the default, except for debugging. (A sanitizer's run is short, and most of its time is compiling.)
function(asiofile_set_unity_groups target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  if(NOT DEFINED CMAKE_UNITY_BUILD AND (ASIOFILE_SANITIZE OR NOT CMAKE_BUILD_TYPE STREQUAL "Debug"))
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
  endif()
  get_target_property(target_sources ${target} SOURCES)
  foreach(source IN LISTS target_sources)
    get_filename_component(folder "${source}" DIRECTORY)
    get_filename_component(folder "${folder}" NAME)
    if(folder MATCHES "^(operations|service)$")
      set(folder operation_path)
    endif()
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP ${folder})
  endforeach()
endfunction()

# asiofile_enable_sanitizers(<list with commas>): for all targets of this folder and below.
macro(asiofile_enable_sanitizers sanitizers)
  if(NOT "${sanitizers}" STREQUAL "")
    add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${sanitizers})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # The checks that a sanitizer adds make GCC report uses of uninitialised values that are false
      # positives, and ThreadSanitizer does not follow the fences in Boost.Asio's headers.
      add_compile_options(-Wno-maybe-uninitialized)
      if("${sanitizers}" MATCHES "thread")
        add_compile_options(-Wno-tsan)
      endif()
    endif()
  endif()
endmacro()

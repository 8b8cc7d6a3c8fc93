# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# Runs the vcpkg port with functions that do what vcpkg's of the same names do, as far as the port
# needs it: cmake -DPORT=<folder> -DPACKAGES=<folder> -P vcpkg.cmake. All features are chosen.

# A script has no policies of its own: IN_LIST is one.
cmake_minimum_required(VERSION 3.22)

file(READ "${PORT}/vcpkg.json" manifest)
string(JSON version GET "${manifest}" version-semver)
file(READ "${PORT}/../../../include/asiofile/version.hpp" header)
if(NOT header MATCHES "VERSION_STRING \"${version}\"")
  message(FATAL_ERROR "vcpkg.json is of version ${version}, version.hpp is not")
endif()

set(FEATURES "")
string(JSON feature_count LENGTH "${manifest}" features)
math(EXPR last "${feature_count} - 1")
foreach(number RANGE ${last})
  string(JSON feature MEMBER "${manifest}" features ${number})
  list(APPEND FEATURES ${feature})
endforeach()

set(PORT_FOLDER "${PORT}")
set(PORT asiofile)
set(CURRENT_PACKAGES_DIR "${PACKAGES}")
set(build "${PACKAGES}-build")

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_check_features)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_FEATURE_OPTIONS" "FEATURES")
  set(options "")
  while(arg_FEATURES)
    list(POP_FRONT arg_FEATURES feature option)
    if(NOT feature IN_LIST FEATURES)
      message(FATAL_ERROR "vcpkg.json does not have the feature ${feature}")
    endif()
    list(APPEND options -D${option}=ON)
  endwhile()
  set(${arg_OUT_FEATURE_OPTIONS} "${options}" PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  run("${CMAKE_COMMAND}" -S "${arg_SOURCE_PATH}" -B "${build}" -DCMAKE_UNITY_BUILD=ON
      "-DCMAKE_INSTALL_PREFIX=${PACKAGES}" -DCMAKE_INSTALL_LIBDIR=lib ${arg_OPTIONS})
endfunction()

function(vcpkg_cmake_install)
  run("${CMAKE_COMMAND}" --build "${build}" --parallel 2)
  run("${CMAKE_COMMAND}" --install "${build}")
endfunction()

function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
  if(NOT EXISTS "${PACKAGES}/${arg_CONFIG_PATH}/asiofileConfig.cmake")
    message(FATAL_ERROR "there is no CMake package in ${arg_CONFIG_PATH}")
  endif()
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_copy_tools)
  cmake_parse_arguments(PARSE_ARGV 0 arg "AUTO_CLEAN" "" "TOOL_NAMES")
  foreach(tool IN LISTS arg_TOOL_NAMES)
    run("${PACKAGES}/bin/${tool}" --version)
  endforeach()
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  if(NOT EXISTS "${arg_FILE_LIST}")
    message(FATAL_ERROR "there is no ${arg_FILE_LIST}")
  endif()
endfunction()

include("${PORT_FOLDER}/portfile.cmake")
foreach(file IN ITEMS include/asiofile/asiofile.hpp share/asiofile/usage)
  if(NOT EXISTS "${PACKAGES}/${file}")
    message(FATAL_ERROR "the port does not install ${file}")
  endif()
endforeach()

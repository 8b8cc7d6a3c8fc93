# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# cmake -DPROJECT=FOLDER -P licence.cmake: every source file names its licence and who has the
# copyright.

set(folders
    cmake
    demo
    example
    include
    packaging
    scripts
    src
    test
    tools)
set(patterns "")
foreach(folder IN LISTS folders)
  foreach(kind IN ITEMS "*.hpp" "*.cpp" "*.c" "*.sh" "*.cmake" "*.in" "*.py" "*.pml" "CMakeLists.txt")
    list(APPEND patterns "${PROJECT}/${folder}/${kind}")
  endforeach()
endforeach()
file(GLOB_RECURSE sources ${patterns})
list(FILTER sources EXCLUDE REGEX "[.]pc[.]in$")
list(LENGTH sources count)
if(count LESS 500)
  message(FATAL_ERROR "where are the source files? ${count} found")
endif()

set(without "")
foreach(source IN LISTS sources)
  file(STRINGS "${source}" lines REGEX "SPDX-(FileCopyrightText: .+|License-Identifier: BSL-1[.]0)")
  list(LENGTH lines found)
  if(NOT found EQUAL 2 AND NOT source MATCHES "/licence[.]cmake$")
    list(APPEND without "${source}")
  endif()
endforeach()
if(without)
  list(JOIN without "\n  " without)
  message(FATAL_ERROR "No copyright or licence (SPDX) in:\n  ${without}")
endif()
message(STATUS "${count} files name their licence")

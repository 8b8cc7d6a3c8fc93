# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# cmake -DSTAGES=<src/operations/stage.hpp> -DDOCUMENT=<doc/architecture.md> -P stage_table.cmake: that the
# table of an operation's stages is the same in both, and has the stages that there are.

cmake_minimum_required(VERSION 3.20)

# The words of each line, without what frames the table there.
function(read_table file regex result)
  file(STRINGS "${file}" lines REGEX "${regex}")
  set(table "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^// |[|`]" " " line "${line}")
    string(REGEX REPLACE " +" " " line "${line}")
    string(REPLACE " ," "," line "${line}")
    string(STRIP "${line}" line)
    list(APPEND table "${line}")
  endforeach()
  set(${result} "${table}" PARENT_SCOPE)
endfunction()

file(READ "${STAGES}" code)
string(REGEX MATCH "enum class operation_stage[^{]*{([^}]*)}" enumeration "${code}")
string(REGEX MATCHALL "[a-z_]+" stages "${CMAKE_MATCH_1}")
if(NOT stages)
  message(FATAL_ERROR "${STAGES} has no stages")
endif()
list(JOIN stages "|" any)
read_table("${STAGES}" "^// (${any}) " in_code)
read_table("${DOCUMENT}" "^\\| `(${any})` \\|" in_document)

set(named "")
foreach(line IN LISTS in_code)
  string(REGEX REPLACE " .*" "" stage "${line}")
  list(APPEND named "${stage}")
endforeach()
if(NOT named STREQUAL stages)
  message(FATAL_ERROR "${STAGES}: the table has ${named}, there are ${stages}")
endif()
if(NOT in_code STREQUAL in_document)
  list(JOIN in_code "\n" in_code)
  list(JOIN in_document "\n" in_document)
  message(FATAL_ERROR "${STAGES}:\n${in_code}\n${DOCUMENT}:\n${in_document}")
endif()

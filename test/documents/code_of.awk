# awk -f code_of.awk -v kind=functions|program|includes -v output=FILE DOCUMENT: writes the C++ code of a
# document's blocks (```cpp) to a source file, with #line, so that errors name the document.
#
# kind=includes takes the first block alone, as a header: which the guides assume.
#
# A block with `int main(` in it is a program by itself: kind=program takes these, and nothing else. kind=functions
# takes the others, their includes first and the rest in an anonymous namespace: what the test that includes it does not
# use is an error then (-Wunused-function).

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

/^```cpp/ {
  inside = 1
  code = "#line " (FNR + 1) " \"" FILENAME "\"\n"
  is_program = 0
  next
}

/^```/ && inside {
  inside = 0
  if (kind == "includes") {
    printf "#pragma once\n%s", code > output
    exit
  }
  if (is_program == (kind == "program")) body = body code
  next
}

inside {
  if (/int main\(/) is_program = 1
  if (kind == "functions" && /^#include/) {
    includes = includes $0 "\n"
    code = code "\n"
  } else {
    code = code $0 "\n"
  }
}

END {
  if (kind == "includes") exit
  if (kind == "functions") printf "%snamespace {\n%s}\n", includes, body > output
  else printf "%s", body > output
}

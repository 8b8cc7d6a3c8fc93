# shellcheck shell=bash
# Reads what a test run leaves: CTest's JUnit report, and those of the Boost.Test programs.

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

# shellcheck disable=SC2016 # awk's own $
# For awk: attribute(NAME) is the value of an attribute on the current line of XML.
xml_functions='
  function attribute(name,   value) {
    if (!match($0, " " name "=\"[^\"]*\"")) return ""
    value = substr($0, RSTART, RLENGTH)
    sub("^ " name "=\"", "", value)
    sub("\"$", "", value)
    return plain(value)
  }
  function plain(text) {
    gsub("&lt;", "<", text); gsub("&gt;", ">", text); gsub("&quot;", "\"", text)
    gsub("&apos;", "\047", text); gsub("&amp;", "\\&", text)
    return text
  }
'

# count_tests JUNIT_FILE: reads CTest's report and prints "passed NAME", "failed NAME REASON" and
# "skipped NAME REASON" lines. A test that could not be run at all (its program is missing, what it
# builds on failed) is a failed one: only a test that ends with 77 is skipped.
count_tests() {
  awk "$xml_functions"'
    /<testcase / { name = attribute("name"); status = attribute("status"); why = ""; said = "" }
    /<(skipped|failure) / { why = attribute("message") }
    /skipped: / && said == "" {
      said = $0; sub(".*skipped: ", "", said); sub("</system-out>.*", "", said); said = plain(said)
    }
    /<\/testcase>/ {
      if (status == "run") print "passed", name
      else if (why ~ /SKIP_RETURN_CODE/) print "skipped", name, (said == "" ? "without a reason" : said)
      else print "failed", name, why
    }
  ' "$1"
}

# count_cases REPORT_FILE...: the Boost.Test cases that ran, those that failed, and the reason of each
# that did not run, as "cases N", "failed TEST CASE" and "skipped TEST CASE REASON". A case is skipped
# by a precondition, or by itself with the message "SKIPPED: REASON" (test/support/skip.hpp).
count_cases() {
  awk "$xml_functions"'
    FNR == 1 { test = FILENAME; sub(".*/", "", test); sub("[.]xml$", "", test) }
    /<testcase / {
      name = attribute("classname")
      name = (name == "" ? "" : name "/") attribute("name")
      skipped = 0; failed = 0; said = ""
    }
    /<skipped/ { skipped = 1 }
    /- message: SKIPPED: / { skipped = 1; said = $0; sub(".*- message: SKIPPED: ", "", said) }
    /<(failure|error) / && !failed { failed = 1; print "failed", test, name }
    skipped && /- reason: / {
      said = $0; sub(".*- reason: \047", "", said); sub("\047(\\]\\]>.*)?$", "", said)
    }
    /<\/testcase>/ {
      if (skipped) print "skipped", test, name, said
      else cases++
    }
    END { print "cases", cases + 0 }
  ' "$@"
}

# first_errors LOG: the first twenty lines of CTest's log that report errors.
first_errors() {
  grep -E ': (fatal )?error: |ThreadSanitizer|AddressSanitizer|LeakSanitizer|runtime error: |terminate called|watchdog' \
    "$1" | head -n 20 | sed 's/^/    /' || true
}

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How a worker ends if something fails: immediately and from any thread, because contenders notice
// errors in callbacks of C libraries, through which no exception may pass.

#include <string>

namespace benchmark {

// Prints the message on standard error, after the worker's name, and ends the process with exit
// code 1.
[[noreturn]] void fail(const std::string& what);

// Adds the text of an errno value.
[[noreturn]] void fail(const std::string& what, int error);

// What `fail` puts before the message.
void set_name_for_failures(const std::string& name);

}  // namespace benchmark

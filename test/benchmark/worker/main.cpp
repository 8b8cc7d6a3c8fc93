// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A worker: measures one contender at one task (see task.hpp), prints the result as one line of
// JSON, and ends. With a process for each measurement, what one contender leaves behind (memory,
// threads, kernel workers) does not affect the others, and getrusage counts each separately.

#include "contender.hpp"
#include "context_per_thread.hpp"
#include "fail.hpp"
#include "file_descriptor.hpp"
#include "measurement.hpp"
#include "task.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>

namespace benchmark {

namespace {

std::unique_ptr<contender> make_runner(const task& what) {
  if (what.context_per_thread) return std::make_unique<context_per_thread>(what);
  auto made = make_contender(what);
  if (!made) fail("no such contender: " + what.contender);
  return made;
}

// Dirty pages of buffered writes would disturb the next measurement.
void write_back(const task& what) {
  const file_descriptor file(what);
  if (::fdatasync(file.get()) != 0) fail("fdatasync " + what.path, errno);
}

void work(const task& what) {
  const auto runner = make_runner(what);
  const measurement result = measure(*runner, what);
  if (what.kind == transfer::write) {
    runner->check_written();
    write_back(what);
  }
  std::printf("{\"operations_per_second\":%.6e,\"cpu_nanoseconds_per_operation\":%.6e}\n",
              result.operations_per_second, result.cpu_nanoseconds_per_operation);
}

}  // namespace

}  // namespace benchmark

int main(int argc, char** argv) {
  const benchmark::task what = benchmark::parse_arguments(argc, argv);
  benchmark::set_name_for_failures(what.contender + ' ' + what.engine);
  try {
    benchmark::work(what);
  } catch (const std::exception& error) {
    benchmark::fail(error.what());
  }
  return 0;
}

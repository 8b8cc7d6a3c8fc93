// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The functions of open files that block.

#include "scene.hpp"

namespace allocation_test {

namespace {

template <typename Call>
tested_operation of_file(std::string_view name, Call call) {
  return calls_on(name, [](scene& in) { return &in.file(); },
                  [call](scene& in, asiofile::random_access_file* file) {
                    error_code ec;
                    call(in, *file, ec);
                    return ec;
                  });
}

template <typename Call>
tested_operation of_stream(std::string_view name, Call call) {
  return calls_on(name, [](scene& in) { return &in.stream(); },
                  [call](scene& in, asiofile::stream_file* file) {
                    error_code ec;
                    call(in, *file, ec);
                    return ec;
                  });
}

}  // namespace

std::vector<tested_operation> synchronous_functions() {
  return {
      of_file("read_some_at",
              [](scene& in, auto& file, auto& ec) { file.read_some_at(0, in.buffer(), ec); }),
      of_file("write_some_at",
              [](scene& in, auto& file, auto& ec) { file.write_some_at(0, in.buffer(), ec); }),
      of_file("size", [](scene&, auto& file, auto& ec) { file.size(ec); }),
      of_file("alignment",
              [](scene&, auto& file, auto& ec) { static_cast<void>(file.alignment(ec)); }),
      of_file("status", [](scene&, auto& file, auto& ec) { static_cast<void>(file.status(ec)); }),
      of_file("allocate", [](scene&, auto& file, auto& ec) { file.allocate(0, 8192, ec); }),
      of_file("advise",
              [](scene&, auto& file, auto& ec) {
                file.advise(0, 0, asiofile::file_advice::random, ec);
              }),
      of_file("resize", [](scene&, auto& file, auto& ec) { file.resize(8192, ec); }),
      of_file("sync_all", [](scene&, auto& file, auto& ec) { file.sync_all(ec); }),
      of_file("sync_data", [](scene&, auto& file, auto& ec) { file.sync_data(ec); }),
      of_file("set_priority",
              [](scene&, auto& file, auto& ec) {
                file.set_priority({asiofile::io_priority::scheduling_class::best_effort, 4}, ec);
              }),
      of_file("cancel", [](scene&, auto& file, auto& ec) { file.cancel(ec); }),
      of_stream("read_some",
                [](scene& in, auto& file, auto& ec) { file.read_some(in.buffer(), ec); }),
      of_stream("write_some",
                [](scene& in, auto& file, auto& ec) { file.write_some(in.buffer(), ec); }),
      of_stream("seek", [](scene&, auto& file, auto& ec) {
        file.seek(1, asiofile::file_base::seek_set, ec);
      })};
}

}  // namespace allocation_test

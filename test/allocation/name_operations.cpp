// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The free functions: whole files, names, directories.

#include "scene.hpp"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace allocation_test {

namespace {

// A name that is free before the operation.
std::string free_name(scene& in) {
  auto name = in.path("made");
  std::filesystem::remove_all(name);
  return name;
}

// A file that exists before the operation.
std::string used_name(scene& in) {
  auto name = in.path("used");
  test_support::write_file(name, "before");
  return name;
}

std::string link_name(scene& in) {
  auto name = free_name(in);
  std::filesystem::create_symlink("data", name);
  return name;
}

asiofile::copy_options overwriting(scene&) {
  asiofile::copy_options options;
  options.existing = asiofile::copy_options::existing_target::replace;
  options.sync = true;
  options.progress = [](std::uint64_t, std::uint64_t) {};
  return options;
}

std::vector<tested_operation> whole_files() {
  return {
      starts("async_read_file",
             [](scene& in) {
               asiofile::async_read_file(in.context(), in.data_path(), in.handler());
             }),
      starts("async_read_file with a limit",
             [](scene& in) {
               asiofile::async_read_file(in.context(), in.data_path(), 1 << 20, in.handler());
             }),
      starts("async_read_file of what tells no size",
             [](scene& in) {
               asiofile::async_read_file(in.context(), "/proc/self/maps", in.handler());
             }),
      starts_on("async_write_file", used_name,
                [](scene& in, const auto& name) {
                  asiofile::async_write_file(in.context(), name, in.buffer(), in.handler());
                }),
      starts_on("async_append_file", used_name,
                [](scene& in, const auto& name) {
                  asiofile::async_append_file(in.context(), name, in.buffer(), in.handler());
                }),
      starts_on("async_replace_file", used_name,
                [](scene& in, const auto& name) {
                  asiofile::async_replace_file(in.context(), name, in.buffer(), in.handler());
                }),
      starts_on("async_replace_file of none", free_name,
                [](scene& in, const auto& name) {
                  asiofile::async_replace_file(in.context(), name, in.buffer(), in.handler());
                }),
      starts_on("async_copy_file", free_name,
                [](scene& in, const auto& name) {
                  asiofile::async_copy_file(in.context(), in.data_path(), name, in.handler());
                }),
      starts_on("async_copy_file over another",
                [](scene& in) { return std::pair(used_name(in), overwriting(in)); },
                [](scene& in, const auto& with) {
                  asiofile::async_copy_file(in.context(), in.data_path(), with.first, with.second,
                                            in.handler());
                }),
      starts_on("async_copy_file of what tells no size", free_name,
                [](scene& in, const auto& name) {
                  asiofile::async_copy_file(in.context(), "/proc/self/maps", name, in.handler());
                })};
}

std::vector<tested_operation> names() {
  return {
      starts("async_status of a path",
             [](scene& in) { asiofile::async_status(in.context(), in.data_path(), in.handler()); }),
      starts_on("async_rename", used_name,
                [](scene& in, const auto& name) {
                  asiofile::async_rename(in.context(), name, in.path("made"), in.handler());
                }),
      starts_on("async_remove", used_name,
                [](scene& in, const auto& name) {
                  asiofile::async_remove(in.context(), name, in.handler());
                }),
      starts_on("async_create_directory", free_name,
                [](scene& in, const auto& name) {
                  asiofile::async_create_directory(in.context(), name, in.handler());
                }),
      starts_on("async_create_directories", free_name,
                [](scene& in, const auto& name) {
                  asiofile::async_create_directories(in.context(), name + "/below", in.handler());
                }),
      starts_on("async_link", free_name,
                [](scene& in, const auto& name) {
                  asiofile::async_link(in.context(), in.data_path(), name, in.handler());
                }),
      starts_on("async_symlink", free_name,
                [](scene& in, const auto& name) {
                  asiofile::async_symlink(in.context(), "data", name, in.handler());
                }),
      starts_on("async_read_symlink", link_name,
                [](scene& in, const auto& name) {
                  asiofile::async_read_symlink(in.context(), name, in.handler());
                }),
      starts("async_sync_directory",
             [](scene& in) {
               asiofile::async_sync_directory(in.context(), in.path("."), in.handler());
             }),
      starts("async_create_temporary",
             [](scene& in) {
               asiofile::async_create_temporary(
                   in.context(), in.path("."), "temporary-",
                   [handler = in.handler()](const error_code& ec, const std::string& name) {
                     if (!ec) ::unlink(name.c_str());
                     handler(ec);
                   });
             })};
}

using reader_ptr = std::shared_ptr<asiofile::directory_reader>;

std::vector<tested_operation> directories() {
  const auto new_reader = [](scene& in) {
    return std::make_shared<asiofile::directory_reader>(in.context());
  };
  const auto open_reader = [new_reader](scene& in) {
    auto reader = new_reader(in);
    reader->async_open(in.path("."), in.other_handler());
    in.context().run();
    in.context().restart();
    return reader;
  };
  return {starts_on("directory_reader::async_open", new_reader,
                    [](scene& in, const auto& reader) {
                      reader->close();
                      reader->async_open(in.path("."), in.handler());
                    }),
          // A reader that has failed continues to fail: what it has read of the directory is lost.
          starts_on("directory_reader::async_next",
                    [open_reader](scene& in) {
                      return std::make_shared<std::array<reader_ptr, 2>>(
                          std::array{open_reader(in), open_reader(in)});
                    },
                    [](scene& in, const auto& readers) {
                      std::swap((*readers)[0], (*readers)[1]);
                      (*readers)[0]->async_next(in.handler());
                    }),
          starts_on("directory_reader::async_rewind", open_reader,
                    [](scene& in, const auto& reader) { reader->async_rewind(in.handler()); })};
}

}  // namespace

std::vector<tested_operation> name_operations() {
  auto all = whole_files();
  for (auto& each : names()) all.push_back(std::move(each));
  for (auto& each : directories()) all.push_back(std::move(each));
  return all;
}

}  // namespace allocation_test

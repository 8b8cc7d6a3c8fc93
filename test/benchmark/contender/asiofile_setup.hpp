// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The common parts of asiofile's contenders: the context with the chosen engine, and the file.

#include "../worker/fail.hpp"
#include "../worker/file_descriptor.hpp"
#include "../worker/slot.hpp"
#include "../worker/task.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/io_context.hpp>

namespace benchmark {

inline asiofile::service_options options_for(const task& what) {
  const auto engine = asiofile::parse_backend(what.engine);
  if (!engine) fail("no engine " + what.engine);
  asiofile::service_options options;
  options.backend = *engine;
  options.strict = true;
  options.thread_count = what.pool_threads;
  return options;
}

template <typename Executor>
class asiofile_setup {
 public:
  using file_type = asiofile::basic_random_access_file<Executor>;

  explicit asiofile_setup(const task& what)
      : context_(static_cast<int>(what.threads)), file_(make_file(context_, what)) {}

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] file_type& file() noexcept { return file_; }

 private:
  static file_type make_file(boost::asio::io_context& context, const task& what) {
    boost::asio::make_service<asiofile::file_service>(context, options_for(what));
    return file_type(context.get_executor(), file_descriptor(what).release());
  }

  boost::asio::io_context context_;
  file_type file_;
};

}  // namespace benchmark

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A write and its sync for each record, chained, on one stream_file of asiofile, by coroutines.

#include "appenders.hpp"
#include "factories.hpp"

namespace benchmark::storage {

namespace {

class chains final : public contender {
 public:
  explicit chains(const task& what)
      : what_(what), context_(1), records_(what), file_(make_file(context_, what)) {}

  void run(std::uint64_t operations) override {
    run_appenders(context_, what_, records_, operations, [this](boost::asio::const_buffer record) {
      return file_.async_write_and_sync_data(record, use_awaitable);
    });
  }

  void check_written() override { records_.check_written(what_.path); }

 private:
  using file_type = asiofile::basic_stream_file<executor>;

  static file_type make_file(boost::asio::io_context& context, const task& what) {
    boost::asio::make_service<asiofile::file_service>(context, options_for(what));
    return file_type(context.get_executor(), file_descriptor(what).release());
  }

  task what_;
  boost::asio::io_context context_;
  record_set records_;
  file_type file_;
};

}  // namespace

std::unique_ptr<contender> make_chains(const task& what) { return std::make_unique<chains>(what); }

}  // namespace benchmark::storage

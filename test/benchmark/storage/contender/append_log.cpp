// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// asiofile's append_log, by coroutines.

#include "appenders.hpp"
#include "factories.hpp"

namespace benchmark::storage {

namespace {

class append_log final : public contender {
 public:
  explicit append_log(const task& what)
      : what_(what),
        setup_(what),
        records_(what),
        log_(std::move(setup_.file()), from_beginning()) {}

  void run(std::uint64_t operations) override {
    run_appenders(setup_.context(), what_, records_, operations,
                  [this](boost::asio::const_buffer record) {
                    return log_.async_append(record, use_awaitable);
                  });
  }

  void check_written() override { records_.check_written(what_.path); }

 private:
  static asiofile::append_log_options from_beginning() {
    asiofile::append_log_options options;
    options.offset = 0;
    return options;
  }

  task what_;
  asiofile_setup<executor> setup_;
  record_set records_;
  asiofile::basic_append_log<executor> log_;
};

}  // namespace

std::unique_ptr<contender> make_append_log(const task& what) {
  return std::make_unique<append_log>(what);
}

}  // namespace benchmark::storage

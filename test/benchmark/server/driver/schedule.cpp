// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "schedule.hpp"

#include "../../driver/progress.hpp"
#include "cold_load.hpp"
#include "http_client.hpp"
#include "served_files.hpp"
#include "server_process.hpp"
#include "wrk.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace benchmark::server {

namespace {

namespace asio = boost::asio;

asio::awaitable<void> ask_for_each(const served_files& files, std::uint16_t port) {
  http_client client(co_await asio::this_coro::executor);
  co_await client.connect(port);
  for (const std::string& target : files.targets()) {
    if (co_await client.get(target) != files.content())
      throw std::runtime_error("another content for " + target);
  }
}

// Requests every file once and checks each byte; afterwards the server's caches are filled.
void check(const served_files& files, std::uint16_t port) {
  asio::io_context context(1);
  std::exception_ptr failure;
  asio::co_spawn(context, ask_for_each(files, port),
                 [&](std::exception_ptr thrown) { failure = thrown; });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

class measurement {
 public:
  measurement(const plan& all, const settings& chosen, const workload& what)
      : all_(all),
        chosen_(chosen),
        what_(what),
        root_((is_cold() ? chosen.slow_directory : chosen.directory) / "served"),
        files_(root_, "files", what.file_bytes, what.files) {
    files_.bring_into_cache();
    if (is_cold())
      cold_ = std::make_unique<served_files>(root_, "cold", all.cold_file_bytes, all.cold_files);
  }

  [[nodiscard]] sample of(contender who) const {
    if (cold_) cold_->drop_from_cache();
    const server_process server(who, chosen_, all_.threads, root_, chosen_.directory / "nginx");
    check(files_, server.port());
    if (cold_) return run_cold_load(all_, files_, *cold_, server.port());

    const double before = server.cpu_seconds();
    sample measured =
        run_wrk(chosen_, all_, files_.targets(), server.port(), chosen_.directory / "wrk");
    if (measured.requests == 0) throw std::runtime_error("no request was answered");
    measured.cpu_microseconds_per_request =
        (server.cpu_seconds() - before) * 1e6 / static_cast<double>(measured.requests);
    return measured;
  }

 private:
  [[nodiscard]] bool is_cold() const noexcept {
    return what_.load == load_kind::cached_beside_cold;
  }

  const plan& all_;
  const settings& chosen_;
  const workload& what_;
  std::filesystem::path root_;
  served_files files_;
  std::unique_ptr<served_files> cold_;
};

void run_round(workload& what, const measurement& measuring, std::size_t round, progress_bar& bar) {
  for (std::size_t turn = 0; turn != what.entrants.size(); ++turn) {
    entrant& who = what.entrants[(round + turn) % what.entrants.size()];
    const std::string title = what.name + ", " + std::string(name_of(who.who));
    try {
      who.samples.push_back(measuring.of(who.who));
    } catch (const std::exception& error) {
      throw std::runtime_error(title + ": " + error.what());
    }
    bar.advance(title);
  }
}

}  // namespace

void run_plan(plan& all, const settings& chosen,
              const std::function<void(const workload&)>& measured) {
  progress_bar bar(count_measurements(all));
  for (workload& each : all.workloads) {
    {
      const measurement measuring(all, chosen, each);
      for (std::size_t round = 0; round != all.rounds; ++round)
        run_round(each, measuring, round, bar);
    }
    measured(each);
  }
}

}  // namespace benchmark::server

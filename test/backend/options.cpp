// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The options of a program, the errors for invalid ones, and how it finds out which backend runs.

#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using asiofile::backend;
using asiofile::file_base;
using asiofile::file_service;
using asiofile::random_access_file;
using asiofile::service_options;
using test_support::error_code;
using test_support::run_transfer;
using test_support::transfer;

namespace {

const error_code success;

// Sets ASIOFILE_BACKEND while it lives; nothing: unsets it.
class backend_variable {
 public:
  explicit backend_variable(const std::optional<std::string>& value) {
    if (const char* const before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~backend_variable() { set(before_); }
  backend_variable(const backend_variable&) = delete;
  backend_variable& operator=(const backend_variable&) = delete;

 private:
  static constexpr const char* name = "ASIOFILE_BACKEND";

  static void set(const std::optional<std::string>& value) {
    if (value)
      ::setenv(name, value->c_str(), 1);
    else
      ::unsetenv(name);
  }

  std::optional<std::string> before_;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

const asiofile::backend_report& report_of(const std::vector<asiofile::backend_report>& reports,
                                          backend wanted) {
  const auto found = std::find_if(reports.begin(), reports.end(), [&](const auto& report) {
    return report.backend == wanted;
  });
  BOOST_REQUIRE((found != reports.end()));
  return *found;
}

bool is_available(backend which) { return report_of(asiofile::probe(), which).available; }

backend first_available() {
  for (const backend each : {backend::io_uring, backend::libaio}) {
    if (is_available(each)) return each;
  }
  return backend::threads;
}

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(30)};

  // Checks that options are refused, with a message that names the invalid one.
  void check_refused(const service_options& options, const std::string& name) {
    asio::io_context context;
    try {
      asio::make_service<file_service>(context, options);
      BOOST_ERROR("make_service did not throw for " << name);
    } catch (const boost::system::system_error& thrown) {
      BOOST_TEST((thrown.code() == boost::system::errc::invalid_argument));
      BOOST_TEST(contains(thrown.what(), name), thrown.what());
    }
    // Nothing is left that would affect valid ones.
    BOOST_TEST(!asio::has_service<file_service>(context));
    asio::make_service<file_service>(context, service_options());
    check_works(context);
  }

  void check_taken(const service_options& options) {
    asio::io_context context;
    auto& service = asio::make_service<file_service>(context, options);
    BOOST_TEST(service.options().max_in_flight == options.max_in_flight);
    BOOST_TEST(service.options().thread_count == options.thread_count);
    BOOST_TEST(service.options().ring_size == options.ring_size);
    BOOST_TEST((service.options().backend == options.backend));
    BOOST_TEST((&asio::use_service<file_service>(context) == &service));
    check_works(context);
  }

  // Writes and reads with more operations than small limits let through at a time.
  void check_works(asio::io_context& context) {
    constexpr std::size_t count = 20;
    random_access_file file(context, directory.path("file"),
                            file_base::read_write | file_base::create | file_base::truncate);
    const std::string content = test_support::pattern(13, 0, count * 100);
    std::size_t done = 0;
    const auto expect_100 = [&](error_code ec, std::size_t n) {
      BOOST_TEST(transfer(ec, n) == transfer(success, 100));
      ++done;
    };
    for (std::size_t i = 0; i != count; ++i)
      file.async_write_some_at(i * 100, asio::buffer(&content[i * 100], 100), expect_100);
    context.restart();
    context.run();
    std::string memory(count * 100, '.');
    for (std::size_t i = 0; i != count; ++i)
      file.async_read_some_at(i * 100, asio::buffer(&memory[i * 100], 100), expect_100);
    context.restart();
    context.run();
    BOOST_TEST(done == 2 * count);
    BOOST_TEST((memory == content));
  }

  // The backend that runs with this option and this value of the variable, and the service's
  // explanation.
  struct choice {
    backend active;
    std::string why;
  };

  choice choose(backend option, const std::optional<std::string>& variable) {
    const backend_variable scope(variable);
    asio::io_context context;
    service_options options;
    options.backend = option;
    auto& service = asio::make_service<file_service>(context, options);
    choice made{service.active_backend(), service.why()};
    check_works(context);
    BOOST_TEST((service.active_backend() == made.active));
    BOOST_TEST((service.options().backend == option));
    BOOST_TEST(!made.why.empty());
    BOOST_TEST(contains(made.why, asiofile::to_string(made.active)), made.why);
    BOOST_TEST((made.active != backend::automatic));
    return made;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(options, fixture)

// --- Ranges ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused_by_name) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  for (const std::size_t value : {std::size_t{0}, std::size_t{65'537}, most}) {
    service_options wrong;
    wrong.max_in_flight = value;
    BOOST_TEST_CONTEXT("value " << value) check_refused(wrong, "max_in_flight");
  }
  for (const std::size_t value : {std::size_t{0}, std::size_t{129}, most}) {
    service_options wrong;
    wrong.thread_count = value;
    BOOST_TEST_CONTEXT("value " << value) check_refused(wrong, "thread_count");
  }
  for (const std::size_t value :
       {std::size_t{0}, std::size_t{1}, std::size_t{32'769}, most - 1, most}) {
    service_options wrong;
    wrong.ring_size = value;
    BOOST_TEST_CONTEXT("value " << value) check_refused(wrong, "ring_size");
  }
  for (const int value : {-2, SIGKILL, SIGSTOP, SIGRTMAX + 1}) {
    service_options wrong;
    wrong.interrupt_signal = value;
    BOOST_TEST_CONTEXT("value " << value) check_refused(wrong, "interrupt_signal");
  }
  service_options wrong;
  wrong.backend = static_cast<backend>(1'000);
  check_refused(wrong, "backend");
}

BOOST_AUTO_TEST_CASE(options_within_their_bounds_are_taken) {
  check_taken(service_options());
  for (const std::size_t value : {std::size_t{1}, std::size_t{2}, std::size_t{65'536}}) {
    service_options good;
    good.max_in_flight = value;
    BOOST_TEST_CONTEXT("max_in_flight " << value) check_taken(good);
  }
  for (const std::size_t value : {std::size_t{1}, std::size_t{128}}) {
    service_options good;
    good.thread_count = value;
    BOOST_TEST_CONTEXT("thread_count " << value) check_taken(good);
  }
  for (const std::size_t value :
       {std::size_t{2}, std::size_t{3}, std::size_t{100}, std::size_t{32'768}}) {
    service_options good;
    good.ring_size = value;
    BOOST_TEST_CONTEXT("ring_size " << value) check_taken(good);
  }
  for (const int value : {-1, SIGUSR2, SIGRTMAX}) {
    service_options good;
    good.interrupt_signal = value;
    BOOST_TEST_CONTEXT("interrupt_signal " << value) check_taken(good);
  }
  service_options least;
  least.max_in_flight = 1;
  least.thread_count = 1;
  least.ring_size = 2;
  check_taken(least);
}

BOOST_AUTO_TEST_CASE(the_defaults_are_the_documented_ones) {
  const service_options defaults;
  BOOST_TEST((defaults.backend == backend::automatic));
  BOOST_TEST(defaults.max_in_flight == 512U);
  BOOST_TEST(defaults.thread_count == 4U);
  BOOST_TEST(defaults.ring_size == 256U);
  BOOST_TEST(defaults.interrupt_signal == 0);
  asio::io_context context;
  const random_access_file file(context);
  const auto& made = asio::use_service<file_service>(context).options();
  BOOST_TEST((made.backend == defaults.backend));
  BOOST_TEST(made.max_in_flight == defaults.max_in_flight);
  BOOST_TEST(made.thread_count == defaults.thread_count);
  BOOST_TEST(made.ring_size == defaults.ring_size);
}

BOOST_AUTO_TEST_CASE(a_context_has_one_service) {
  asio::io_context context;
  asio::make_service<file_service>(context, service_options());
  BOOST_CHECK_THROW(asio::make_service<file_service>(context, service_options()),
                    asio::service_already_exists);
  check_works(context);
  asio::io_context used_by_a_file;
  const random_access_file file(used_by_a_file);
  BOOST_CHECK_THROW(asio::make_service<file_service>(used_by_a_file, service_options()),
                    asio::service_already_exists);
}

// --- Which backend runs ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_environment_decides_where_the_options_do_not) {
  BOOST_TEST((choose(backend::automatic, "threads").active == backend::threads));
  BOOST_TEST((choose(backend::automatic, "thread").active == backend::threads));
  BOOST_TEST((choose(backend::automatic, "python").active == backend::threads));
  if (is_available(backend::io_uring)) {
    BOOST_TEST((choose(backend::automatic, "io_uring").active == backend::io_uring));
    BOOST_TEST((choose(backend::automatic, "uring").active == backend::io_uring));
  }
}

BOOST_AUTO_TEST_CASE(options_weigh_more_than_the_environment) {
  BOOST_TEST((choose(backend::threads, "io_uring").active == backend::threads));
  BOOST_TEST((choose(backend::threads, "nonsense").active == backend::threads));
  BOOST_TEST((choose(backend::threads, std::nullopt).active == backend::threads));
  if (is_available(backend::io_uring)) {
    BOOST_TEST((choose(backend::io_uring, "threads").active == backend::io_uring));
    BOOST_TEST((choose(backend::io_uring, std::nullopt).active == backend::io_uring));
  }
}

BOOST_AUTO_TEST_CASE(where_nothing_decides_the_first_that_works_runs) {
  const backend expected = first_available();
  BOOST_TEST((choose(backend::automatic, std::nullopt).active == expected));
  BOOST_TEST((choose(backend::automatic, "").active == expected));
  BOOST_TEST((choose(backend::automatic, "automatic").active == expected));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_no_backend_is_reported_and_does_no_harm) {
  const backend expected = first_available();
  const choice made = choose(backend::automatic, "nonsense");
  BOOST_TEST((made.active == expected));
  BOOST_TEST(contains(made.why, "nonsense"), made.why);
}

BOOST_AUTO_TEST_CASE(a_backend_that_does_not_work_is_replaced_and_reported) {
  for (const backend wanted : {backend::io_uring, backend::libaio}) {
    if (is_available(wanted)) continue;
    const std::string_view name = asiofile::to_string(wanted);
    const choice by_option = choose(wanted, std::nullopt);
    BOOST_TEST((by_option.active != wanted));
    BOOST_TEST(contains(by_option.why, name), by_option.why);
    const choice by_variable = choose(backend::automatic, std::string(name));
    BOOST_TEST((by_variable.active != wanted));
    BOOST_TEST(contains(by_variable.why, name), by_variable.why);
  }
}

BOOST_AUTO_TEST_CASE(the_reason_names_what_decided) {
  BOOST_TEST(contains(choose(backend::automatic, "threads").why, "ASIOFILE_BACKEND"));
  BOOST_TEST(!contains(choose(backend::threads, std::nullopt).why, "ASIOFILE_BACKEND"));
}

BOOST_AUTO_TEST_CASE(services_with_different_backends_work_side_by_side) {
  std::vector<backend> all = {backend::threads};
  if (is_available(backend::io_uring)) all.push_back(backend::io_uring);
  asio::io_context contexts[4];
  for (std::size_t i = 0; i != 4; ++i) {
    service_options chosen;
    chosen.backend = all[i % all.size()];
    asio::make_service<file_service>(contexts[i], chosen);
  }
  for (std::size_t i = 0; i != 4; ++i) {
    auto& service = asio::use_service<file_service>(contexts[i]);
    BOOST_TEST((service.active_backend() == all[i % all.size()]));
    check_works(contexts[i]);
  }
}

// --- Probing ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_probe_reports_on_every_backend_in_order_of_preference) {
  const auto reports = asiofile::probe();
  BOOST_REQUIRE(reports.size() == 3U);
  BOOST_TEST((reports[0].backend == backend::io_uring));
  BOOST_TEST((reports[1].backend == backend::libaio));
  BOOST_TEST((reports[2].backend == backend::threads));
  BOOST_TEST(reports[2].available);
  for (const auto& report : reports) {
    BOOST_TEST_CONTEXT(asiofile::to_string(report.backend)) {
      if (report.available) {
        BOOST_TEST(report.failing_call.empty());
        BOOST_TEST(report.error == success);
      } else {
        BOOST_TEST(!report.explanation.empty());
        // Either a call failed, or the backend is not in this build.
        BOOST_TEST(report.failing_call.empty() == !report.error);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_probe_leaves_nothing_behind_and_agrees_with_the_next) {
  const auto first = asiofile::probe();
  const auto descriptors = test_support::open_descriptors();
  for (int i = 0; i != 20; ++i) {
    const auto next = asiofile::probe();
    BOOST_REQUIRE(next.size() == first.size());
    for (std::size_t k = 0; k != first.size(); ++k)
      BOOST_TEST(next[k].available == first[k].available);
  }
  BOOST_TEST(test_support::open_descriptors() == descriptors, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_service_can_be_asked_before_any_file_is_opened) {
  asio::io_context context;
  auto& service = asio::use_service<file_service>(context);
  const std::string why = service.why();
  BOOST_TEST(!why.empty());
  const backend active = service.active_backend();
  BOOST_TEST(contains(why, asiofile::to_string(active)), why);
  BOOST_TEST(service.why() == why);
  // Asking does not count as work.
  context.run();
  check_works(context);
  BOOST_TEST((service.active_backend() == active));
}

BOOST_AUTO_TEST_SUITE_END()

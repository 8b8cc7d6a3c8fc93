// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Which backend is selected, by which source, and the messages on what was skipped.

#include "file_contents.hpp"
#include "selection/default_backend_file.hpp"
#include "selection/selection.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using asiofile::backend;
using asiofile::backend_report;
using namespace asiofile::detail;

namespace {

using backends = std::vector<backend>;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A machine on which only some backends work; the others fail with an error each.
class fake_machine {
 public:
  explicit fake_machine(std::set<backend> working, bool built = true)
      : working_(std::move(working)), built_(built) {}

  selection select(const selection_sources& sources, bool strict = false) {
    tried.clear();
    return select_backend(sources, strict, [this](backend which) { return try_out(which); });
  }

  backends tried;

  static int error_of(backend which) {
    return which == backend::io_uring ? EPERM : which == backend::libaio ? ENOSYS : EAGAIN;
  }

 private:
  backend_report try_out(backend which) {
    tried.push_back(which);
    backend_report report;
    report.backend = which;
    report.available = working_.contains(which);
    if (!report.available && built_) {
      report.failing_call = "a_call";
      report.error.assign(error_of(which), boost::system::system_category());
    }
    report.explanation = "an explanation";
    return report;
  }

  std::set<backend> working_;
  bool built_;
};

fake_machine where_all_work() {
  return fake_machine({backend::io_uring, backend::libaio, backend::threads});
}

selection_sources sources(backend option, std::optional<std::string> variable,
                          std::string_view file) {
  selection_sources made;
  made.option = option;
  made.variable = std::move(variable);
  made.file_path = "/a/file";
  made.file = [content = parse_default_backend(file)] { return content; };
  return made;
}

backends parsed(std::string_view text) { return parse_default_backend(text).backends; }
std::size_t problems(std::string_view text) { return parse_default_backend(text).problems.size(); }

constexpr auto automatic = backend::automatic;
constexpr auto none = std::nullopt;

}  // namespace

// ---- the file

BOOST_AUTO_TEST_SUITE(default_backend)

BOOST_AUTO_TEST_CASE(names_are_read_one_in_a_line) {
  BOOST_TEST((parsed("threads\n") == backends{backend::threads}));
  BOOST_TEST((parsed("threads") == backends{backend::threads}));
  BOOST_TEST((parsed("libaio\nio_uring\n") == backends{backend::libaio, backend::io_uring}));
  BOOST_TEST((parsed("linux\nuring\npython\n") ==
              backends{backend::libaio, backend::io_uring, backend::threads}));
  BOOST_TEST(problems("linux\nuring\npython\n") == 0U);
}

BOOST_AUTO_TEST_CASE(comments_blank_lines_and_blanks_say_nothing) {
  constexpr std::string_view text =
      "# the backend of this system\n\n   \t \n\r\n  libaio  # O_DIRECT is what we "
      "do\r\n#threads\n";
  BOOST_TEST((parsed(text) == backends{backend::libaio}));
  BOOST_TEST(problems(text) == 0U);
  BOOST_TEST(parsed("").empty());
  BOOST_TEST(parsed("\n\n#\n# threads").empty());
  BOOST_TEST(problems("\n\n#\n# threads") == 0U);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_a_problem_and_the_others_count) {
  const auto content = parse_default_backend("nonsense\nthreads\nIO_URING\nio_uring libaio\n");
  BOOST_TEST((content.backends == backends{backend::threads}));
  BOOST_REQUIRE(content.problems.size() == 3U);
  BOOST_TEST(contains(content.problems[0], "line 1"));
  BOOST_TEST(contains(content.problems[0], "'nonsense'"));
  BOOST_TEST(contains(content.problems[1], "line 3"));
  BOOST_TEST(contains(content.problems[2], "line 4"));
}

BOOST_AUTO_TEST_CASE(each_backend_counts_once_and_nothing_after_automatic) {
  BOOST_TEST((parsed("threads\nthread\nlibaio\nthreads\n") ==
              backends{backend::threads, backend::libaio}));
  BOOST_TEST((parsed("threads\nautomatic\nlibaio\nnonsense\n") ==
              backends{backend::threads, automatic}));
  BOOST_TEST(problems("threads\nautomatic\nlibaio\nnonsense\n") == 0U);
}

BOOST_AUTO_TEST_CASE(whatever_it_holds_little_is_said_of_it_and_in_ascii) {
  std::string binary(100'000, '\0');
  for (std::size_t i = 0; i != binary.size(); ++i) binary[i] = static_cast<char>(i * 31 + i / 97);
  std::string lines;
  for (int i = 0; i != 10'000; ++i) lines += "nonsense\n";
  for (const std::string& text : {binary, lines, std::string(70'000, 'x'), std::string(9, '\0')}) {
    const auto content = parse_default_backend(text);
    BOOST_TEST(content.backends.empty());
    BOOST_TEST(content.problems.size() >= 1U);
    BOOST_TEST(content.problems.size() <= 6U);
    for (const std::string& problem : content.problems) {
      BOOST_TEST(problem.size() < 400U);
      BOOST_TEST(std::ranges::all_of(problem, [](char c) { return c >= ' ' && c < 0x7f; }));
    }
  }
  BOOST_TEST(contains(parse_default_backend(lines).problems.back(), "9995 more"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_missing_says_nothing) {
  const test_support::temporary_directory directory;
  for (const std::string& path :
       {directory.path("missing"), directory.path("missing/below"), std::string("/dev/null"),
        std::string("/dev/null/below")}) {
    const auto content = read_default_backend(path);
    BOOST_TEST(content.backends.empty(), path);
    BOOST_TEST(content.problems.empty(), path);
  }
}

BOOST_AUTO_TEST_CASE(a_file_is_read) {
  const test_support::temporary_directory directory;
  test_support::write_file(directory.path("file"), "# one\nthreads\n");
  BOOST_TEST((read_default_backend(directory.path("file")).backends == backends{backend::threads}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_a_problem_and_nobody_waits_for_it) {
  const test_support::temporary_directory directory;
  BOOST_REQUIRE(::mkfifo(directory.path("fifo").c_str(), 0600) == 0);
  std::filesystem::create_symlink("loop", directory.path("loop"));
  for (const std::string& path : {directory.root(), directory.path("fifo"), directory.path("loop"),
                                  std::string("/dev/zero"), std::string("\0threads", 8)}) {
    const auto content = read_default_backend(path);
    BOOST_TEST(content.backends.empty(), path);
    BOOST_TEST(!content.problems.empty(), path);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_read_is_a_problem) {
  const test_support::temporary_directory directory;
  test_support::write_file(directory.path("file"), "threads\n");
  BOOST_REQUIRE(::chmod(directory.path("file").c_str(), 0) == 0);
  // Root may read everything.
  constexpr uid_t nobody = 65534;
  const bool is_root = ::geteuid() == 0;
  BOOST_REQUIRE((!is_root || ::seteuid(nobody) == 0));
  const auto found = read_default_backend(directory.path("file"));
  BOOST_REQUIRE((!is_root || ::seteuid(0) == 0));
  BOOST_TEST(!found.problems.empty());
}

BOOST_AUTO_TEST_CASE(of_a_huge_file_only_the_start_counts) {
  const test_support::temporary_directory directory;
  std::string text = "libaio\n";
  // The name at the end of what is read is truncated to another backend's name.
  text.append(default_backend_bytes_max - text.size() - 7, '#');
  text += "\nthread";
  BOOST_TEST(text.size() == default_backend_bytes_max);
  test_support::write_file(directory.path("file"), text);
  const auto whole = read_default_backend(directory.path("file"));
  BOOST_TEST((whole.backends == backends{backend::libaio, backend::threads}));
  BOOST_TEST(whole.problems.empty());

  test_support::write_file(directory.path("file"), text + "_of_mine\nio_uring\n");
  const auto start = read_default_backend(directory.path("file"));
  BOOST_TEST((start.backends == backends{backend::libaio}));
  BOOST_REQUIRE(start.problems.size() == 1U);
  BOOST_TEST(contains(start.problems[0], "larger than 65536 bytes"));
}

BOOST_AUTO_TEST_CASE(its_place_is_the_options_or_the_environments_or_the_builds) {
  const char* const name = "ASIOFILE_DEFAULT_BACKEND_FILE";
  const char* const before = std::getenv(name);
  const std::string saved = before != nullptr ? before : "";
  ::setenv(name, "/by/environment", 1);
  BOOST_TEST(default_backend_path("/by/option") == "/by/option");
  BOOST_TEST(default_backend_path("") == "/by/environment");
  ::setenv(name, "", 1);
  BOOST_TEST(default_backend_path("").ends_with("/asiofile/default_backend"));
  ::unsetenv(name);
  BOOST_TEST(default_backend_path("").ends_with("/asiofile/default_backend"));
  BOOST_TEST(default_backend_path("/by/option") == "/by/option");
  if (before != nullptr) ::setenv(name, saved.c_str(), 1);
}

BOOST_AUTO_TEST_SUITE_END()

// ---- who decides

BOOST_AUTO_TEST_SUITE(selecting)

BOOST_AUTO_TEST_CASE(where_nobody_asks_the_usual_order_counts) {
  BOOST_TEST((where_all_work().select(sources(automatic, none, "")).backend == backend::io_uring));
  fake_machine without_ring({backend::libaio, backend::threads});
  BOOST_TEST((without_ring.select(sources(automatic, none, "")).backend == backend::libaio));
  fake_machine old({backend::threads});
  BOOST_TEST((old.select(sources(automatic, none, "")).backend == backend::threads));
  BOOST_TEST((old.tried == backends{backend::io_uring, backend::libaio, backend::threads}));
}

BOOST_AUTO_TEST_CASE(options_before_environment_before_file_before_order) {
  auto machine = where_all_work();
  auto made = machine.select(sources(backend::libaio, "threads", "io_uring"));
  BOOST_TEST((made.backend == backend::libaio));
  BOOST_TEST(contains(made.reason, "service_options::backend"));
  BOOST_TEST((machine.tried == backends{backend::libaio}));
  made = machine.select(sources(automatic, "threads", "libaio"));
  BOOST_TEST((made.backend == backend::threads));
  BOOST_TEST(contains(made.reason, "ASIOFILE_BACKEND"));
  made = machine.select(sources(automatic, none, "libaio"));
  BOOST_TEST((made.backend == backend::libaio));
  BOOST_TEST(contains(made.reason, "/a/file"));
  BOOST_TEST(made.is_as_asked);
  BOOST_TEST(made.notes.empty());
}

BOOST_AUTO_TEST_CASE(the_file_is_not_asked_where_another_decides) {
  auto asked = sources(backend::threads, none, "");
  asked.file = []() -> default_backend_content { throw std::runtime_error("it was read"); };
  BOOST_TEST((where_all_work().select(asked).backend == backend::threads));
  asked.option = automatic;
  asked.variable = "libaio";
  BOOST_TEST((where_all_work().select(asked).backend == backend::libaio));
}

BOOST_AUTO_TEST_CASE(automatic_in_the_environment_overrides_the_file) {
  const auto made = where_all_work().select(sources(automatic, "automatic", "threads"));
  BOOST_TEST((made.backend == backend::io_uring));
  BOOST_TEST(contains(made.reason, "ASIOFILE_BACKEND"));
}

BOOST_AUTO_TEST_CASE(the_first_name_in_the_file_that_works_wins) {
  fake_machine machine({backend::libaio, backend::threads});
  const auto made = machine.select(sources(automatic, none, "io_uring\nthreads\nlibaio"));
  BOOST_TEST((made.backend == backend::threads));
  BOOST_TEST(!made.is_as_asked);
  BOOST_REQUIRE(made.notes.size() == 1U);
  BOOST_TEST(contains(made.notes[0], "io_uring"));
}

BOOST_AUTO_TEST_CASE(an_unknown_name_in_the_environment_is_noted_and_the_next_decides) {
  const auto by_file = where_all_work().select(sources(automatic, "nonsense\n\x80", "threads"));
  BOOST_TEST((by_file.backend == backend::threads));
  BOOST_REQUIRE(by_file.notes.size() == 1U);
  BOOST_TEST(contains(by_file.notes[0], "'nonsense\\x0a\\x80'"));
  const auto by_order = where_all_work().select(sources(automatic, "nonsense", ""));
  BOOST_TEST((by_order.backend == backend::io_uring));
  BOOST_TEST(!by_order.is_as_asked);
}

BOOST_AUTO_TEST_CASE(what_does_not_work_is_noted_and_the_next_decides) {
  fake_machine machine({backend::libaio, backend::threads});
  const auto by_variable = machine.select(sources(backend::io_uring, "threads", ""));
  BOOST_TEST((by_variable.backend == backend::threads));
  BOOST_REQUIRE(by_variable.notes.size() == 1U);
  BOOST_TEST(contains(by_variable.notes[0], "service_options::backend asks for io_uring"));
  const auto by_order = machine.select(sources(backend::io_uring, none, ""));
  BOOST_TEST((by_order.backend == backend::libaio));
  fake_machine ring_only({backend::io_uring});
  const auto other_way = ring_only.select(sources(backend::threads, none, ""));
  BOOST_TEST((other_way.backend == backend::io_uring));
  BOOST_TEST(other_way.error == 0);
}

BOOST_AUTO_TEST_CASE(each_backend_is_tried_once) {
  fake_machine machine({});
  const auto made = machine.select(sources(backend::libaio, "libaio", "threads\nlibaio"));
  BOOST_TEST((machine.tried == backends{backend::libaio, backend::threads, backend::io_uring}));
  BOOST_TEST((made.backend == automatic));
  BOOST_TEST(made.error == EAGAIN);
}

BOOST_AUTO_TEST_CASE(where_nothing_works_the_error_is_that_of_the_threads) {
  fake_machine machine({});
  for (const backend asked : {automatic, backend::io_uring, backend::libaio, backend::threads}) {
    const auto made = machine.select(sources(asked, none, ""));
    BOOST_TEST((made.backend == automatic));
    BOOST_TEST(made.error == EAGAIN);
    BOOST_TEST(describe(made).starts_with("none: "));
    BOOST_TEST(contains(describe(made), "available: none"));
  }
}

BOOST_AUTO_TEST_CASE(mistakes_in_the_file_are_noted_and_no_more) {
  for (const bool strict : {false, true}) {
    const auto made = where_all_work().select(sources(automatic, none, "nonsense\n\x01\n"), strict);
    BOOST_TEST((made.backend == backend::io_uring));
    BOOST_TEST(made.error == 0);
    BOOST_TEST(made.notes.size() == 2U);
    BOOST_TEST(contains(made.notes[0], "/a/file"));
  }
}

// ---- strict

BOOST_AUTO_TEST_CASE(strict_takes_what_works) {
  auto machine = where_all_work();
  BOOST_TEST((machine.select(sources(backend::libaio, none, ""), true).backend ==
              backend::libaio));
  BOOST_TEST((machine.select(sources(automatic, "threads", ""), true).backend == backend::threads));
  BOOST_TEST((machine.select(sources(automatic, none, "threads"), true).backend ==
              backend::threads));
  BOOST_TEST((machine.select(sources(automatic, none, ""), true).backend == backend::io_uring));
  fake_machine old({backend::threads});
  BOOST_TEST((old.select(sources(automatic, none, ""), true).backend == backend::threads));
  BOOST_TEST((old.select(sources(automatic, "automatic", ""), true).backend == backend::threads));
  BOOST_TEST((old.select(sources(automatic, none, "io_uring\nthreads"), true).backend ==
              backend::threads));
}

BOOST_AUTO_TEST_CASE(strict_reports_the_error_of_what_does_not_work) {
  fake_machine machine({backend::threads});
  const auto by_option = machine.select(sources(backend::io_uring, "threads", "threads"), true);
  BOOST_TEST((by_option.backend == automatic));
  BOOST_TEST(by_option.error == EPERM);
  BOOST_TEST(contains(by_option.reason, "strict"));
  BOOST_TEST((machine.tried == backends{backend::io_uring}));
  const auto by_variable = machine.select(sources(automatic, "libaio", "threads"), true);
  BOOST_TEST(by_variable.error == ENOSYS);
  const auto by_file = machine.select(sources(automatic, none, "libaio\nio_uring"), true);
  BOOST_TEST(by_file.error == ENOSYS);
  BOOST_TEST(by_file.notes.size() == 2U);
}

BOOST_AUTO_TEST_CASE(strict_takes_an_unknown_name_for_an_invalid_argument) {
  const auto made = where_all_work().select(sources(automatic, "nonsense", "threads"), true);
  BOOST_TEST((made.backend == automatic));
  BOOST_TEST(made.error == EINVAL);
  BOOST_TEST(contains(describe(made), "'nonsense'"));
  // If the options decide, the environment is not read.
  BOOST_TEST((where_all_work().select(sources(backend::threads, "nonsense", ""), true).backend ==
              backend::threads));
}

BOOST_AUTO_TEST_CASE(strict_takes_what_was_left_out_of_the_build_for_not_supported) {
  fake_machine machine({backend::threads}, false);
  BOOST_TEST(machine.select(sources(backend::io_uring, none, ""), true).error == EOPNOTSUPP);
  BOOST_TEST(machine.select(sources(automatic, "libaio", ""), true).error == EOPNOTSUPP);
}

// ---- telling

BOOST_AUTO_TEST_CASE(a_newer_report_replaces_the_one_that_was_decided_by) {
  selection made = where_all_work().select(sources(automatic, none, ""));
  backend_report newer;
  newer.backend = backend::io_uring;
  newer.available = true;
  newer.explanation = "a smaller ring";
  update(made, newer);
  BOOST_TEST(made.reports.size() == 1U);
  BOOST_TEST(contains(describe(made), "  io_uring: available: a smaller ring\n"), describe(made));
  newer.backend = backend::libaio;
  update(made, newer);
  BOOST_TEST(contains(describe(made), "  libaio: available: a smaller ring\n"), describe(made));
}

BOOST_AUTO_TEST_CASE(a_description_tells_all) {
  fake_machine machine({backend::threads});
  const std::string text = describe(machine.select(sources(automatic, "linux", "")));
  BOOST_TEST(text.starts_with("threads: the first that works here\n"), text);
  BOOST_TEST(contains(text, "note: ASIOFILE_BACKEND asks for libaio, which does not work here"),
             text);
  BOOST_TEST(contains(text, "  io_uring: not available: a_call: "), text);
  BOOST_TEST(contains(text, "  libaio: not available: a_call: "), text);
  BOOST_TEST(contains(text, "  threads: available: an explanation\n"), text);
  BOOST_TEST(text.ends_with("available: threads\n"), text);
}

BOOST_AUTO_TEST_CASE(what_was_not_tried_is_told_as_that) {
  const std::string text =
      describe(where_all_work().select(sources(backend::threads, none, "")));
  BOOST_TEST(text.starts_with("threads: asked for by service_options::backend\n"), text);
  BOOST_TEST(contains(text, "  io_uring: not tried\n"), text);
  BOOST_TEST(contains(text, "  libaio: not tried\n"), text);
}

BOOST_AUTO_TEST_SUITE_END()

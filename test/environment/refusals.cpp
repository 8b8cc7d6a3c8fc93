// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Restrictions by a sandbox, a limit or a missing privilege: files are copied correctly
// nevertheless, nothing throws, and the library and asiofile-probe name the cause.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "sanitizers.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using asiofile::backend;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::service_options;
using boost::system::error_code;
using test_support::child_process;
using test_support::child_require;
using test_support::temporary_directory;
using namespace std::chrono_literals;

namespace {

constexpr std::array all_backends{backend::io_uring, backend::libaio, backend::threads};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// ---- situations

// A backend that does not work in a situation, and what its report must say.
struct refusal {
  backend which;
  std::string failing_call;
  // 0: any.
  int error;
  std::string cause;
};

struct situation {
  std::string name;
  std::function<void()> enter;
  std::vector<refusal> refusals;
  // Why the situation cannot be created here; empty if it can.
  std::string impossible_because;

  [[nodiscard]] const refusal* refusal_of(backend which) const {
    const auto found = std::ranges::find(refusals, which, &refusal::which);
    return found == refusals.end() ? nullptr : &*found;
  }
  friend std::ostream& operator<<(std::ostream& out, const situation& shown) {
    return out << shown.name;
  }
};

// A backend that this machine lacks in any case has another reason.
bool is_offered(backend which) {
  for (const auto& report : asiofile::probe()) {
    if (report.backend == which) return report.available;
  }
  return false;
}

const char* name_of(int error) {
  switch (error) {
    case ENOSYS: return "ENOSYS";
    case EPERM: return "EPERM";
    default: return "EACCES";
  }
}

void add_refused_calls(std::vector<situation>& all, int error) {
  const auto add = [&](const std::string& what, std::vector<int> calls,
                       std::vector<refusal> refusals) {
    all.push_back({what + " gives " + name_of(error),
                   [=] { test_support::refuse_calls(calls, error); }, std::move(refusals),
                   test_support::no_seccomp_reason()});
  };
  const auto uring = [&](const char* call, int seen) {
    return refusal{backend::io_uring, call, seen, "seccomp"};
  };
  const auto libaio = [&](const char* call) {
    return refusal{backend::libaio, call, error, "seccomp"};
  };
  add("io_uring_setup", {SYS_io_uring_setup}, {uring("io_uring_setup", error)});
  add("io_uring_enter", {SYS_io_uring_enter}, {uring("io_uring_enter", error)});
  add("io_uring_register", {SYS_io_uring_register}, {uring("io_uring_register", 0)});
  add("io_setup", {SYS_io_setup}, {libaio("io_setup")});
  add("io_submit", {SYS_io_submit}, {libaio("io_submit")});
  add("io_uring_setup and io_setup", {SYS_io_uring_setup, SYS_io_setup},
      {uring("io_uring_setup", error), libaio("io_setup")});
  add("io_uring_enter and io_submit", {SYS_io_uring_enter, SYS_io_submit},
      {uring("io_uring_enter", error), libaio("io_submit")});
}

std::vector<situation> make_situations() {
  std::vector<situation> all;
  for (const int error : {ENOSYS, EPERM, EACCES}) add_refused_calls(all, error);
  all.push_back({"fs.aio-max-nr is used up",
                 [] { test_support::exhaust_aio(); },
                 {{backend::libaio, "io_setup", EAGAIN, "fs.aio-max-nr"}},
                 {}});
  all.push_back({"RLIMIT_MEMLOCK is 0 for a user without privileges",
                 [] {
                   test_support::set_limit(RLIMIT_MEMLOCK, 0);
                   test_support::become_nobody();
                 },
                 {{backend::io_uring, "io_uring_setup", ENOMEM, "RLIMIT_MEMLOCK"}},
                 test_support::not_root_reason()});
  const std::vector<refusal> no_threads{
      {backend::threads, "pthread_create", EAGAIN, "limit of processes"},
      {backend::libaio, "pthread_create", EAGAIN, "limit of processes"}};
  all.push_back({"clone gives EAGAIN", [] { test_support::refuse_threads(); }, no_threads,
                 test_support::no_seccomp_reason()});
  all.push_back({"RLIMIT_NPROC is reached",
                 [] {
                   test_support::set_limit(RLIMIT_NPROC, 1);
                   test_support::become_nobody();
                 },
                 no_threads, test_support::not_root_reason()});
  return all;
}

const std::vector<situation>& situations() {
  static const std::vector<situation> all = make_situations();
  return all;
}

// Nothing works.
void refuse_everything() {
  test_support::refuse_calls({SYS_io_uring_setup, SYS_io_setup}, EPERM);
  test_support::refuse_threads();
}

// ---- copying

// Copies a file with several operations in flight, on one service.
class copier {
 public:
  copier(asio::io_context& context, const std::string& from, const std::string& to,
         file_base::flags also = {})
      : source_(context), target_(context) {
    error_code ec;
    source_.open(from, file_base::read_only | also, ec);
    child_require(!ec, "open " + from + ": " + ec.message());
    target_.open(to, file_base::write_only | file_base::create | file_base::truncate | also, ec);
    child_require(!ec, "open " + to + ": " + ec.message());
    size_ = source_.size(ec);
    child_require(!ec, "size: " + ec.message());
  }

  void start() {
    for (slot& each : slots_) next(each);
  }

  // Called each time that a block is done.
  std::function<void(std::size_t)> block_done;

  void check() const {
    child_require(failure_.empty(), failure_);
    child_require(done_ == (size_ + block - 1) / block,
                  std::to_string(done_) + " blocks were copied");
  }

  // Aligned, so that O_DIRECT is possible.
  static constexpr std::size_t block = 4096;

 private:
  struct alignas(block) slot {
    std::array<char, block> memory;
  };

  void next(slot& used) {
    const std::uint64_t offset = next_offset_;
    if (offset >= size_) return;
    next_offset_ += block;
    source_.async_read_some_at(
        offset, asio::buffer(used.memory), [this, &used, offset](error_code ec, std::size_t n) {
          if (ec || n != std::min<std::uint64_t>(block, size_ - offset))
            return fail("read at " + std::to_string(offset) + ": " + ec.message());
          target_.async_write_some_at(
              offset, asio::buffer(used.memory, n),
              [this, &used, offset, n](error_code write_ec, std::size_t written) {
                if (write_ec || written != n)
                  return fail("write at " + std::to_string(offset) + ": " + write_ec.message());
                ++done_;
                if (block_done) block_done(done_);
                next(used);
              });
        });
  }

  void fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
  }

  random_access_file source_;
  random_access_file target_;
  std::uint64_t size_ = 0;
  std::uint64_t next_offset_ = 0;
  std::size_t done_ = 0;
  std::string failure_;
  std::vector<slot> slots_{8};
};

constexpr std::size_t copied_bytes = 64 * copier::block;
constexpr std::uint32_t copied_file = 7;

service_options with_backend(backend wanted) {
  service_options options;
  options.backend = wanted;
  return options;
}

// A folder that any user may write to, and that the test's children work in.
class open_directory {
 public:
  open_directory() {
    child_require(::chmod(directory_.root().c_str(), 0777) == 0, "chmod");
    test_support::make_pattern_file(directory_.path("source"), copied_file, copied_bytes);
    child_require(::chmod(directory_.path("source").c_str(), 0644) == 0, "chmod");
  }
  void enter() const {
    child_require(::chdir(directory_.root().c_str()) == 0, "chdir");
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    return test_support::read_file(directory_.path(name));
  }
  [[nodiscard]] bool is_copy(const std::string& name) const {
    return read(name) == test_support::pattern(copied_file, 0, copied_bytes);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_.path(name); }

 private:
  temporary_directory directory_;
};

// ---- programs

// The result of a program that a child executed after `before`.
struct program_result {
  child_process::outcome ended;
  std::string output;
};

program_result run_program(const open_directory& directory, const std::string& path,
                           std::vector<std::string> arguments,
                           const std::function<void()>& before) {
  // Opened here, because the child may become a user who cannot access the path.
  const int program = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  BOOST_REQUIRE_MESSAGE(program != -1, "there is no program " << path);
  const int output =
      ::open(directory.path("output").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  BOOST_REQUIRE(output != -1);
  arguments.insert(arguments.begin(), path);
  child_process child([&] {
    directory.enter();
    child_require(::dup2(output, 1) == 1 && ::dup2(output, 2) == 2, "dup2");
    before();
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    ::fexecve(program, pointers.data(), environ);
    child_require(false, "fexecve: " + std::string(std::strerror(errno)));
  });
  program_result result;
  result.ended = child.wait(60s);
  ::close(program);
  ::close(output);
  result.output = directory.read("output");
  return result;
}

// The path of a program of the build, which CTest passes; empty if it does not.
std::string program_named_by(const char* variable) {
  // A sanitizer makes system calls of its own, threads among them, when a program starts and ends.
  if (test_support::under_sanitizer) return {};
  const char* const path = std::getenv(variable);
  return path != nullptr && ::access(path, X_OK) == 0 ? path : std::string();
}

constexpr const char* no_program_reason =
    "the program was not built, or is built with a sanitizer, which needs what is refused";

// Only what a test sets decides.
struct clean_environment {
  clean_environment() {
    ::unsetenv("ASIOFILE_BACKEND");
    ::setenv("ASIOFILE_DEFAULT_BACKEND_FILE", "/dev/null", 1);
  }
};

const auto each_situation = boost::unit_test::data::make(situations());

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refusals, clean_environment)

BOOST_DATA_TEST_CASE(a_file_is_copied_right_whichever_backend_is_asked_for, each_situation) {
  if (!sample.impossible_because.empty()) return test_support::skip(sample.impossible_because);
  const open_directory directory;
  for (const backend asked :
       {backend::automatic, backend::io_uring, backend::libaio, backend::threads}) {
    BOOST_TEST_CONTEXT("asked for " << asiofile::to_string(asked)) {
      child_process child([&] {
        directory.enter();
        sample.enter();
        asio::io_context context;
        auto& service =
            asio::make_service<asiofile::file_service>(context, with_backend(asked));
        copier copy(context, "source", "copy");
        copy.start();
        context.run();
        copy.check();
        const std::string why = service.why();
        const backend active = service.active_backend();
        child_require(sample.refusal_of(active) == nullptr, "a refused backend runs: " + why);
        const refusal* const refused = sample.refusal_of(asked);
        if (refused == nullptr) return;
        child_require(contains(why, refused->cause), why);
        child_require(contains(why, asiofile::to_string(asked)), why);
      });
      const auto ended = child.wait();
      BOOST_TEST(ended.succeeded(), ended);
      BOOST_TEST(directory.is_copy("copy"));
    }
  }
}

BOOST_DATA_TEST_CASE(strict_gives_one_clear_error_instead, each_situation) {
  if (!sample.impossible_because.empty()) return test_support::skip(sample.impossible_because);
  const open_directory directory;
  for (const refusal& refused : sample.refusals) {
    if (!is_offered(refused.which)) continue;
    child_process child([&] {
      directory.enter();
      sample.enter();
      asio::io_context context;
      service_options options = with_backend(refused.which);
      options.strict = true;
      auto& service = asio::make_service<asiofile::file_service>(context, options);
      random_access_file file(context);
      error_code ec;
      file.open("source", file_base::read_only, ec);
      child_require(ec.failed(), "it opened");
      child_require(refused.error == 0 ||
                        ec == error_code(refused.error, boost::system::system_category()),
                    ec.message());
      std::optional<error_code> reported;
      file.async_open("source", file_base::read_only, [&](error_code e) { reported = e; });
      context.run();
      child_require(reported == ec, "async_open reports another error");
      child_require(service.active_backend() == backend::automatic, "something runs");
      child_require(contains(service.why(), refused.cause), service.why());
      child_require(contains(service.why(), "strict"), service.why());
    });
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), asiofile::to_string(refused.which) << ": " << ended);
  }
}

BOOST_DATA_TEST_CASE(a_probe_names_the_call_and_the_cause, each_situation) {
  if (!sample.impossible_because.empty()) return test_support::skip(sample.impossible_because);
  std::vector<backend> lacking;
  for (const backend each : all_backends) {
    if (!is_offered(each)) lacking.push_back(each);
  }
  child_process child([&] {
    sample.enter();
    for (const auto& report : asiofile::probe()) {
      if (std::ranges::find(lacking, report.backend) != lacking.end()) continue;
      const std::string said = std::string(asiofile::to_string(report.backend)) + ": " +
                               report.failing_call + ": " + report.error.message() + ": " +
                               report.explanation;
      const refusal* const refused = sample.refusal_of(report.backend);
      child_require(report.available == (refused == nullptr), said);
      if (refused == nullptr) continue;
      child_require(report.failing_call.starts_with(refused->failing_call), said);
      child_require(refused->error == 0 || report.error.value() == refused->error, said);
      child_require(contains(report.explanation, refused->cause), said);
    }
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_DATA_TEST_CASE(asiofile_probe_names_the_cause, each_situation) {
  if (!sample.impossible_because.empty()) return test_support::skip(sample.impossible_because);
  const std::string program = program_named_by("ASIOFILE_PROBE_PROGRAM");
  if (program.empty()) return test_support::skip(no_program_reason);
  const open_directory directory;
  const bool best_works =
      is_offered(backend::io_uring) && sample.refusal_of(backend::io_uring) == nullptr;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, std::vector<std::string>{"--json"}}) {
    const auto result = run_program(directory, program, arguments, sample.enter);
    BOOST_TEST(result.ended.signal == 0);
    BOOST_TEST(result.ended.exit_code == (best_works ? 0 : 1), result.ended << result.output);
    for (const refusal& refused : sample.refusals) {
      if (!is_offered(refused.which)) continue;
      BOOST_TEST(contains(result.output, refused.failing_call), result.output);
      BOOST_TEST(contains(result.output, refused.cause), result.output);
    }
  }
}

BOOST_DATA_TEST_CASE(the_demo_copies_right, each_situation) {
  if (!sample.impossible_because.empty()) return test_support::skip(sample.impossible_because);
  const std::string program = program_named_by("ASIOFILE_DEMO_PROGRAM");
  if (program.empty()) return test_support::skip(no_program_reason);
  const open_directory directory;
  const auto result = run_program(directory, program, {"source"}, sample.enter);
  BOOST_TEST(result.ended.succeeded(), result.ended << '\n' << result.output);
  BOOST_TEST(contains(result.output, "ok"), result.output);
}

// ---- nothing works

BOOST_AUTO_TEST_CASE(where_every_backend_is_refused_opening_reports_one_clear_error) {
  if (const auto reason = test_support::no_seccomp_reason(); !reason.empty())
    return test_support::skip(reason);
  const open_directory directory;
  for (const backend asked :
       {backend::automatic, backend::io_uring, backend::libaio, backend::threads}) {
    child_process child([&] {
      directory.enter();
      refuse_everything();
      asio::io_context context;
      auto& service = asio::make_service<asiofile::file_service>(context, with_backend(asked));
      random_access_file file(context);
      const error_code expected(EAGAIN, boost::system::system_category());
      // The same each time.
      for (int i = 0; i != 3; ++i) {
        error_code ec;
        file.open("source", file_base::read_only, ec);
        child_require(ec == expected, "open: " + ec.message());
        child_require(!file.is_open(), "it is open");
        std::optional<error_code> reported;
        file.async_open("source", file_base::read_only, [&](error_code e) { reported = e; });
        context.restart();
        context.run();
        child_require(reported == expected, "async_open reports something else");
        const int fd = ::open("source", O_RDONLY);
        file.assign(fd, ec);
        child_require(ec == expected, "assign: " + ec.message());
        ::close(fd);
      }
      child_require(service.active_backend() == backend::automatic, "something runs");
      const std::string why = service.why();
      for (const char* const part :
           {"none: ", "io_uring_setup", "pthread_create", "seccomp", "available: none"})
        child_require(contains(why, part), why);
      try {
        file.open("source", file_base::read_only);
        child_require(false, "the throwing open does not throw");
      } catch (const boost::system::system_error& thrown) {
        child_require(thrown.code() == expected, thrown.what());
      }
    });
    const auto ended = child.wait();
    BOOST_TEST(ended.succeeded(), asiofile::to_string(asked) << ": " << ended);
  }
}

BOOST_AUTO_TEST_CASE(asiofile_probe_tells_that_nothing_works) {
  if (const auto reason = test_support::no_seccomp_reason(); !reason.empty())
    return test_support::skip(reason);
  const std::string program = program_named_by("ASIOFILE_PROBE_PROGRAM");
  if (program.empty()) return test_support::skip(no_program_reason);
  const open_directory directory;
  const auto people = run_program(directory, program, {}, refuse_everything);
  BOOST_TEST(people.ended.exit_code == 2, people.ended << people.output);
  BOOST_TEST(contains(people.output, "no backend works here"), people.output);
  const auto json = run_program(directory, program, {"--json"}, refuse_everything);
  BOOST_TEST(json.ended.exit_code == 2);
  BOOST_TEST(contains(json.output, "\"chosen\":null"), json.output);
}

BOOST_AUTO_TEST_CASE(a_backend_that_was_refused_at_first_is_found_when_the_next_file_is_opened) {
  if (const auto reason = test_support::not_root_reason(); !reason.empty())
    return test_support::skip(reason);
  const open_directory directory;
  child_process child([&] {
    directory.enter();
    // A soft limit, which the child may raise again.
    const rlimit none{1, 1000};
    child_require(::setrlimit(RLIMIT_NPROC, &none) == 0, "setrlimit");
    test_support::become_nobody();
    asio::io_context context;
    service_options options = with_backend(backend::threads);
    options.strict = true;
    auto& service = asio::make_service<asiofile::file_service>(context, options);
    random_access_file file(context);
    error_code ec;
    file.open("source", file_base::read_only, ec);
    child_require(ec.value() == EAGAIN, "open: " + ec.message());
    const rlimit enough{1000, 1000};
    child_require(::setrlimit(RLIMIT_NPROC, &enough) == 0, "setrlimit");
    file.open("source", file_base::read_only, ec);
    child_require(!ec, "open: " + ec.message());
    child_require(service.active_backend() == backend::threads, service.why());
  });
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
}

BOOST_AUTO_TEST_SUITE_END()

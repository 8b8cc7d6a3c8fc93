// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The example kv_store, killed or hit by a power cut at random moments, repeatedly with the same
// store: it opens each time, and contains all commands up to some point, which is not before the
// last one that it has acknowledged. Nothing else, no partial command, nothing out of order.
//
// The power cut is the file system's own simulation, as in power_cut.cpp: what counts is what was
// acknowledged before it began.
//
//   environment_tests --run_test=key_value_store -- 200 this many kills and cuts, instead of 40

#include "child_process.hpp"
#include "cut_power.hpp"
#include "file_contents.hpp"
#include "in_private_mounts.hpp"
#include "private_mounts.hpp"
#include "shared_value.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace test_support;

namespace {

using pairs = std::map<std::string, std::string>;

std::string kv_store_program() {
  const char* const set = std::getenv("ASIOFILE_KV_STORE_PROGRAM");
  return set == nullptr ? "" : set;
}

int rounds() {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  return suite.argc > 1 ? std::max(std::atoi(suite.argv[1]), 1) : 40;
}

// In a child: becomes the program.
[[noreturn]] void run_kv_store(const std::vector<std::string>& arguments, const std::string& input,
                               const std::string& output, const std::string& errors) {
  constexpr int new_one = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  const int in = ::open(input.c_str(), O_RDONLY | O_CLOEXEC);
  const int out = ::open(output.c_str(), new_one, 0600);
  const int error = ::open(errors.c_str(), new_one, 0600);
  if (in == -1 || out == -1 || error == -1 || ::dup2(in, STDIN_FILENO) == -1 ||
      ::dup2(out, STDOUT_FILENO) == -1 || ::dup2(error, STDERR_FILENO) == -1)
    ::_exit(126);
  std::string program = kv_store_program();
  std::vector<std::string> copies = arguments;
  std::vector<char*> pointers = {program.data()};
  for (std::string& each : copies) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  ::_exit(127);
}

// Lines as `load` reads them: a key with a value, to be put, or without, to be deleted.
std::vector<std::string> make_lines(std::mt19937& random) {
  std::vector<std::string> lines(6000);
  for (std::string& line : lines) {
    line = "key" + std::to_string(random() % 150);
    if (random() % 3 != 0)
      line += ' ' + std::string(1 + random() % 400, static_cast<char>('a' + random() % 26));
  }
  return lines;
}

void follow(const std::string& line, pairs& to) {
  const std::size_t space = line.find(' ');
  if (space == line.npos) to.erase(line);
  else to.insert_or_assign(line.substr(0, space), line.substr(space + 1));
}

class killed_store {
 public:
  killed_store(std::string type, const temporary_directory& directory)
      : type_(std::move(type)), directory_(directory), random_(7) {}

  obstacle mount() { return mount_image(type_, directory_.path("image"), mounted_, device_); }

  void kill_once() {
    const std::vector<std::string> lines = begin_lines();
    {
      const child_process loading([this] { load(); });
      let_load();
    }
    compare(lines, acknowledged(lines));
  }

  void cut_once() {
    const std::vector<std::string> lines = begin_lines();
    child_process loading([this] { load(); });
    let_load();
    const std::size_t count = acknowledged(lines);
    cut_power(mounted_);
    const auto ended = loading.wait(std::chrono::seconds(60));
    child_require(!ended.timed_out && ended.signal == 0, "the store did not end by itself");
    child_require(::umount2(mounted_.c_str(), 0) == 0, "umount");
    const obstacle found = mount_new(type_.c_str(), device_.path(), mounted_);
    child_require(found.empty(), found);
    compare(lines, count);
  }

  [[nodiscard]] std::size_t acknowledged_in_all() const noexcept { return acknowledged_; }

 private:
  std::vector<std::string> begin_lines() {
    ++round_;
    std::vector<std::string> lines = make_lines(random_);
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    write_file(input_, text);
    write_file(output_, "");
    return lines;
  }

  // In a child. A snapshot whenever the log has reached a small size: many in a round.
  [[noreturn]] void load() const {
    run_kv_store({store_, "load", "30000"}, input_, output_, errors_);
  }

  // For some, does not wait until they acknowledge anything: they may still be opening the store.
  void let_load() {
    if (random_() % 4 != 0) wait_until([&] { return !read_file(output_).empty(); });
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 60'000));
  }

  // How many of the lines were acknowledged. That happens in order.
  std::size_t acknowledged(const std::vector<std::string>& lines) {
    const std::string said = read_file(output_);
    std::istringstream in(said.substr(0, said.rfind('\n') + 1));
    std::size_t count = 0;
    for (std::string line; std::getline(in, line); ++count)
      child_require(count < lines.size() && line == lines[count], where() + "said " + line);
    acknowledged_ += count;
    return count;
  }

  // Opens it; what it contains is the state from then on.
  void compare(const std::vector<std::string>& lines, std::size_t least) {
    const std::string listed = directory_.path("listed");
    // On a busy machine a sync may take many seconds.
    const auto ended = child_process([&] {
                         run_kv_store({store_, "list"}, "/dev/null", listed, errors_);
                       }).wait(std::chrono::seconds(60));
    std::ostringstream how;
    how << ended << ": " << read_file(errors_);
    child_require(ended.succeeded(), where() + "it does not open: " + how.str());
    pairs found;
    std::istringstream in(read_file(listed));
    for (std::string line; std::getline(in, line);) follow(line, found);
    std::size_t done = 0;
    for (; done != least; ++done) follow(lines[done], pairs_);
    while (pairs_ != found && done != lines.size()) follow(lines[done++], pairs_);
    child_require(pairs_ == found, where() + "it is nowhere between what it acknowledged, " +
                                       std::to_string(least) + " lines, and what it was told");
  }

  [[nodiscard]] std::string where() const {
    return type_ + ", round " + std::to_string(round_) + ": ";
  }

  const std::string type_;
  const temporary_directory& directory_;
  const std::string mounted_ = directory_.path("mounted");
  // The store makes both directories.
  const std::string store_ = mounted_ + "/new/store";
  const std::string input_ = directory_.path("lines");
  const std::string output_ = directory_.path("acknowledged");
  const std::string errors_ = directory_.path("errors");
  loop_device device_;
  std::mt19937 random_;
  pairs pairs_;
  std::size_t round_ = 0;
  std::size_t acknowledged_ = 0;
};

obstacle kill_and_cut_again_and_again(const std::string& type, const temporary_directory& directory,
                                      std::size_t& acknowledged) {
  killed_store store(type, directory);
  if (obstacle found = store.mount(); !found.empty()) return found;
  for (int i = 0; i != rounds(); ++i) {
    store.kill_once();
    store.cut_once();
  }
  acknowledged = store.acknowledged_in_all();
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_value_store)

BOOST_DATA_TEST_CASE(killed_and_cut_off_has_what_it_acknowledged,
                     boost::unit_test::data::make({"ext4", "xfs"})) {
  if (kv_store_program().empty()) return skip("the example kv_store is not built");
  const std::chrono::seconds limit(100 + 3 * rounds());
  const watchdog watching(limit + std::chrono::seconds(30));
  const temporary_directory directory;
  const std::string type = sample;
  const shared_value<std::size_t> acknowledged;
  const bool has_run = in_private_mounts(
      directory, [&] { return kill_and_cut_again_and_again(type, directory, *acknowledged); },
      limit);
  if (!has_run) return;
  BOOST_TEST(*acknowledged > static_cast<std::size_t>(rounds()));
  BOOST_TEST_MESSAGE(type << ": " << *acknowledged << " lines were acknowledged before " << rounds()
                          << " kills and " << rounds() << " cuts");
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Services that are shut down while threads continue to use readers and writers on them: starting
// calls, cancelling them, destroying the objects and making new ones.

#include "counted_handler.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t rounds = normally_or_sanitized(150, 25);

// `shutdown` is what a context's destructor calls first; here it comes with threads at work.
class context_to_shut_down : public asio::io_context {
 public:
  using asio::io_context::shutdown;
};

// What one thread uses.
class used_objects {
 public:
  used_objects(asio::io_context& context, const temporary_directory& directory,
               const std::string& pipe_path)
      : file_(context, directory.path("data"), asiofile::file_base::read_write),
        pipe_(context, pipe_path, asiofile::file_base::read_write),
        names_(context),
        path_(directory.root()) {
    remake();
  }

  void use(std::mt19937& random, fates& all) {
    switch (random() % 12) {
      case 0: return chunks_->async_next(counted_handler(all));
      case 1: return lines_->async_next(counted_handler(all));
      case 2: return lines_->async_next_string(counted_handler(all));
      case 3: return pipe_lines_->async_next(counted_handler(all));
      case 4: return writer_->async_write(asio::buffer(text_), counted_handler(all));
      case 5: return writer_->async_flush(counted_handler(all));
      case 6: return names_.async_open(path_, counted_handler(all));
      case 7: return names_.async_next(counted_handler(all));
      case 8: return names_.close();
      case 9: return file_.cancel();
      case 10: return pipe_.cancel();
      default: return remake();
    }
  }

 private:
  void remake() {
    asiofile::line_reader_options lines;
    lines.buffer_bytes = 16;
    asiofile::chunk_reader_options chunks;
    chunks.chunk_bytes = 1024;
    asiofile::file_writer_options writes;
    writes.buffer_bytes = 256;
    lines_.emplace(file_, lines);
    pipe_lines_.emplace(pipe_, lines);
    chunks_.emplace(file_, chunks);
    writer_.emplace(file_, writes);
  }

  random_access_file file_;
  random_access_file pipe_;
  std::optional<asiofile::line_reader> lines_;
  std::optional<asiofile::line_reader> pipe_lines_;
  std::optional<asiofile::chunk_reader> chunks_;
  std::optional<asiofile::file_writer> writer_;
  asiofile::directory_reader names_;
  const std::string path_;
  const std::string text_ = std::string(700, 'w');
};

void use_until(const std::atomic<bool>& is_over, used_objects& used, fates& all, unsigned seed) {
  std::mt19937 random(seed);
  while (!is_over) {
    try {
      used.use(random, all);
    } catch (const boost::system::system_error&) {
      // The file is closed.
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readers_at_shutdown)

BOOST_AUTO_TEST_CASE(each_handler_is_run_or_destroyed_once_and_nothing_hangs) {
  const watchdog limit(120s);
  const temporary_directory directory;
  const fifo pipe(directory.path("fifo"));
  std::string text;
  for (int i = 0; i != 5000; ++i) text += "line " + std::to_string(i) + '\n';
  write_file(directory.path("data"), text);
  std::mt19937 random(7);
  const std::size_t descriptors = open_descriptor_count();
  for (std::size_t i = 0; i != rounds; ++i) {
    fates all;
    auto context = std::make_unique<context_to_shut_down>();
    std::vector<std::unique_ptr<used_objects>> used;
    {
      const auto work = asio::make_work_guard(*context);
      running_threads runner(*context, 1 + random() % 2);
      std::atomic<bool> is_over = false;
      std::vector<std::thread> users;
      for (int each = 0; each != 2; ++each)
        used.push_back(std::make_unique<used_objects>(*context, directory, pipe.path()));
      for (auto& each : used)
        users.emplace_back([&, &objects = *each, seed = static_cast<unsigned>(random())] {
          use_until(is_over, objects, all, seed);
        });
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
      context->stop();
      runner.join();
      context->shutdown();
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
      is_over = true;
      for (auto& each : users) each.join();
    }
    if (random() % 2 == 0) {
      used.clear();
      context.reset();
    } else {
      context.reset();
      used.clear();
    }
    BOOST_TEST_REQUIRE(all.run + all.destroyed == all.made);
  }
  BOOST_TEST(open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A program that uses the library in typical ways: compiled with one configuration of Boost.Asio
// after the other (run.sh), against a library that was built without any. The backend is that of
// ASIOFILE_BACKEND. Returns 0 if every operation had the expected result.

#include <asiofile/asiofile.hpp>

#include <boost/asio.hpp>

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#if defined(BOOST_ASIO_NO_EXCEPTIONS) || defined(BOOST_NO_EXCEPTIONS)
// Without exceptions, the program defines what happens to them.
#include <boost/assert/source_location.hpp>
namespace boost {
void throw_exception(const std::exception& thrown) {
  std::fprintf(stderr, "thrown: %s\n", thrown.what());
  std::abort();
}
void throw_exception(const std::exception& thrown, const boost::source_location&) {
  throw_exception(thrown);
}
}  // namespace boost
#define HAS_EXCEPTIONS 0
#else
#define HAS_EXCEPTIONS 1
#endif

namespace asio = boost::asio;
using asiofile::file_base;
using boost::system::error_code;

namespace {

int failures = 0;
int handlers = 0;

void check(bool holds, const char* what) {
  if (holds) return;
  std::printf("does not hold: %s\n", what);
  ++failures;
}

std::string path_of(const char* name) {
  const char* const folder = std::getenv("TMPDIR");
  return std::string(folder != nullptr ? folder : "/tmp") + "/configurations-" +
         std::to_string(::getpid()) + '-' + name;
}

// Runs until nothing is left to do; how many handlers are to have been called.
void run(asio::io_context& context, int count, const char* what) {
  handlers = 0;
  context.restart();
  context.run_for(std::chrono::seconds(10));
  check(handlers == count, what);
}

constexpr auto read_write = file_base::read_write | file_base::create | file_base::truncate;

void use_random_access(asio::io_context& context) {
  asiofile::random_access_file file(context);
  file.async_open(path_of("random"), read_write, [](error_code ec) {
    ++handlers;
    check(!ec, "async_open succeeds");
  });
  run(context, 1, "async_open has called its handler");
  const std::string text(100'000, 'x');
  file.async_write_some_at(0, asio::buffer(text), [&](error_code ec, std::size_t bytes) {
    ++handlers;
    check(!ec && bytes == text.size(), "a write is whole");
  });
  run(context, 1, "async_write_some_at has called its handler");
  std::vector<std::array<char, 1000>> memory(50);
  for (std::size_t i = 0; i != memory.size(); ++i) {
    const auto whole = [&, i](error_code ec, std::size_t bytes) {
      ++handlers;
      check(!ec && bytes == 1000 && memory[i][999] == 'x', "fifty reads at a time are whole");
    };
    file.async_read_some_at(i * 1000, asio::buffer(memory[i]), whole);
  }
  file.async_size([&](error_code ec, std::uint64_t size) {
    ++handlers;
    check(!ec && size == text.size(), "the size is what was written");
  });
  run(context, 51, "all reads have called their handlers");
  file.async_read_some_at(text.size(), asio::buffer(memory[0]), [](error_code ec, std::size_t) {
    ++handlers;
    check(ec == asio::error::eof, "the end of the file is asio::error::eof");
  });
  const auto chained = [](error_code ec, asiofile::write_and_sync_result) {
    ++handlers;
    check(!ec, "a chain succeeds");
  };
  file.async_write_and_sync_data_at(7, asio::buffer(text, 10), chained);
  run(context, 2, "the end and a chain have called their handlers");
  file.async_resize(5, [](error_code ec) {
    ++handlers;
    check(!ec, "async_resize succeeds");
  });
  run(context, 1, "async_resize has called its handler");
  file.async_sync_all([](error_code ec) {
    ++handlers;
    check(!ec, "async_sync_all succeeds");
  });
  file.async_status([](error_code ec, const asiofile::file_status& status) {
    ++handlers;
    check(!ec && status.size == 5, "the status has the size");
  });
  run(context, 2, "a sync and a status have called their handlers");
  file.async_close([](error_code ec) {
    ++handlers;
    check(!ec, "async_close succeeds");
  });
  run(context, 1, "async_close has called its handler");
  error_code ec;
  static_cast<void>(file.size(ec));
  check(ec == asio::error::bad_descriptor, "a closed file is asio::error::bad_descriptor");
  ::unlink(path_of("random").c_str());
}

// A read of a FIFO waits until it is cancelled, by its slot and by the file.
void cancel(asio::io_context& context) {
  int ends[2];
  if (::pipe(ends) != 0) return check(false, "there is a pipe");
  asiofile::stream_file file(context);
  error_code ec;
  file.assign(ends[0], ec);
  char memory[10];
  asio::cancellation_signal signal;
  const auto aborted = [](error_code ended, std::size_t) {
    ++handlers;
    check(ended == asio::error::operation_aborted, "what is cancelled is operation_aborted");
  };
  file.async_read_some(asio::buffer(memory), asio::bind_cancellation_slot(signal.slot(), aborted));
  file.async_read_some(asio::buffer(memory), aborted);
  asio::steady_timer timer(context, std::chrono::milliseconds(20));
  timer.async_wait([&](error_code) {
    ++handlers;
    signal.emit(asio::cancellation_type::total);
    file.cancel(ec);
  });
  run(context, 3, "what was cancelled has called its handler");
  ::close(ends[1]);
}

void use_streams(asio::io_context& context) {
  asiofile::stream_file file(context);
  error_code ec;
  file.open(path_of("stream"), read_write, ec);
  check(!ec, "open succeeds");
  const std::string text = "one\ntwo\nthree";
  asio::async_write(file, asio::buffer(text), [&](error_code ended, std::size_t bytes) {
    ++handlers;
    check(!ended && bytes == text.size(), "asio::async_write writes a stream file");
  });
  run(context, 1, "asio::async_write has called its handler");
  file.seek(0, file_base::seek_set, ec);
  std::string back(text.size(), '\0');
  asio::async_read(file, asio::buffer(back), [&](error_code ended, std::size_t) {
    ++handlers;
    check(!ended && back == text, "asio::async_read reads it again");
  });
  run(context, 1, "asio::async_read has called its handler");
  asiofile::random_access_file lines(context);
  lines.open(path_of("stream"), file_base::read_only, ec);
  asiofile::line_reader reader(lines);
  reader.async_next_string([](error_code ended, const std::optional<std::string>& line) {
    ++handlers;
    check(!ended && line == "one", "a line is read");
  });
  run(context, 1, "a line reader has called its handler");
}

void use_names(asio::io_context& context) {
  const auto executor = context.get_executor();
  const std::string content(5'000, 'c');
  const auto replaced = [](error_code ec) {
    ++handlers;
    check(!ec, "async_replace_file succeeds");
  };
  asiofile::async_replace_file(executor, path_of("stream"), asio::buffer(content), replaced);
  run(context, 1, "async_replace_file has called its handler");
  const auto copied = [](error_code ec, std::uint64_t) {
    ++handlers;
    check(!ec, "async_copy_file succeeds");
  };
  asiofile::async_copy_file(executor, path_of("stream"), path_of("copy"), copied);
  run(context, 1, "async_copy_file has called its handler");
  asiofile::async_read_file(executor, path_of("copy"), [&](error_code ec, const std::string& read) {
    ++handlers;
    check(!ec && read == content, "async_read_file gives what was copied");
  });
  run(context, 1, "async_read_file has called its handler");
  for (const char* const name : {"stream", "copy"}) {
    asiofile::async_remove(executor, path_of(name), [](error_code ec) {
      ++handlers;
      check(!ec, "async_remove succeeds");
    });
  }
  run(context, 2, "async_remove has called its handlers");
}

// A handler runs on the executor that it is bound to, with executors unrelated to the file's.
void use_strands(asio::io_context& context) {
  asiofile::random_access_file file(asio::make_strand(context));
  error_code ec;
  file.open("/proc/self/exe", file_base::read_only, ec);
  check(!ec, "open on a strand succeeds");
  char memory[100];
  const auto strand = asio::make_strand(context);
  file.async_read_some_at(0, asio::buffer(memory),
                          asio::bind_executor(strand, [&](error_code ended, std::size_t) {
                            ++handlers;
                            check(!ended && strand.running_in_this_thread(),
                                  "a handler runs on its strand");
                          }));
  file.async_read_some_at(0, asio::buffer(memory, 0),
                          asio::bind_executor(strand, [&](error_code ended, std::size_t) {
                            ++handlers;
                            check(!ended && strand.running_in_this_thread(),
                                  "an operation that completes immediately runs on its strand");
                          }));
  run(context, 2, "handlers on a strand have been called");
}

#if HAS_EXCEPTIONS
asio::awaitable<void> read_in_coroutine() {
  asiofile::random_access_file file(co_await asio::this_coro::executor);
  co_await file.async_open("/proc/self/exe", file_base::read_only, asio::use_awaitable);
  char memory[100];
  const std::size_t bytes =
      co_await file.async_read_some_at(0, asio::buffer(memory), asio::use_awaitable);
  check(bytes == 100, "a coroutine reads");
  bool is_thrown = false;
  try {
    co_await file.async_open("/proc/self/exe", file_base::read_only, asio::use_awaitable);
  } catch (const boost::system::system_error& thrown) {
    is_thrown = thrown.code() == asio::error::already_open;
  }
  check(is_thrown, "an error is thrown in a coroutine");
  ++handlers;
}

void use_coroutines(asio::io_context& context) {
  asio::co_spawn(context, read_in_coroutine(), asio::detached);
  run(context, 1, "a coroutine has come to its end");
}
#endif

#if !defined(BOOST_ASIO_DISABLE_THREADS) && HAS_EXCEPTIONS
void use_futures() {
  asio::thread_pool pool(2);
  asiofile::random_access_file file(pool.get_executor());
  file.async_open("/proc/self/exe", file_base::read_only, asio::use_future).get();
  char memory[100];
  check(file.async_read_some_at(0, asio::buffer(memory), asio::use_future).get() == 100,
        "a future is given what is read");
  pool.join();
}
#endif

}  // namespace

int main() {
  ::alarm(60);
  {
    asio::io_context context;
    use_random_access(context);
    cancel(context);
    use_streams(context);
    use_names(context);
    use_strands(context);
#if HAS_EXCEPTIONS
    use_coroutines(context);
#endif
    // Destroyed with something in flight.
    asiofile::random_access_file file(context, "/proc/self/exe", file_base::read_only);
    static char memory[100];
    file.async_read_some_at(0, asio::buffer(memory), [](error_code, std::size_t) {});
  }
#if !defined(BOOST_ASIO_DISABLE_THREADS) && HAS_EXCEPTIONS
  use_futures();
#endif
  if (failures == 0) std::puts("ok");
  return failures == 0 ? 0 : 1;
}

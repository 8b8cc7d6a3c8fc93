// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "server_process.hpp"

#include "nginx_configuration.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace benchmark::server {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

tcp::endpoint on_loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

std::uint16_t find_free_port() {
  asio::io_context context;
  return tcp::acceptor(context, on_loopback(0)).local_endpoint().port();
}

std::vector<std::string> command_line(contender who, const settings& chosen, unsigned threads,
                                      const std::filesystem::path& root,
                                      const std::filesystem::path& work, std::uint16_t port) {
  const auto server = [&](const std::string& program) {
    return std::vector<std::string>{program,
                                    "--address",
                                    "127.0.0.1",
                                    "--port",
                                    std::to_string(port),
                                    "--threads",
                                    std::to_string(threads),
                                    "--quiet",
                                    root.string()};
  };
  switch (who) {
    case contender::asiofile: return server(chosen.asiofile_server);
    case contender::beast_file_body:
      return server((std::filesystem::read_symlink("/proc/self/exe").parent_path() /
                     "asiofile-benchmark-file-body")
                        .string());
    case contender::nginx_sendfile:
    case contender::nginx_sendfile_off:
    case contender::nginx_open_file_cache: break;
  }
  const auto configuration = write_nginx_configuration(who, threads, root, work, port);
  return {chosen.nginx, "-e", "stderr", "-p", work.string(), "-c", configuration.string()};
}

struct process_times {
  ::pid_t parent = 0;
  double seconds = 0;
};

// Nothing: there is no such process.
std::optional<process_times> times_of(const std::filesystem::path& process) {
  std::ifstream in(process / "stat");
  std::string text;
  std::getline(in, text, '\0');
  // proc_pid_stat(5): the second field is a name in brackets, which may hold anything.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  process_times times;
  double user_ticks = 0;
  double system_ticks = 0;
  fields >> skipped >> times.parent;
  for (int field = 5; field != 14; ++field) fields >> skipped;
  fields >> user_ticks >> system_ticks;
  times.seconds = (user_ticks + system_ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return times;
}

bool is_process(const std::filesystem::path& entry) {
  return entry.filename().string().find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

server_process::server_process(contender who, const settings& chosen, unsigned threads,
                               const std::filesystem::path& root, const std::filesystem::path& work)
    : port_(find_free_port()),
      process_(command_line(who, chosen, threads, root, work, port_), STDERR_FILENO) {
  wait_until_it_accepts();
}

server_process::~server_process() {
  process_.send_signal(SIGTERM);
  // If it still runs, the destructor of the process kills it.
  (void)process_.ends_within(milliseconds(5000));
}

double server_process::cpu_seconds() const {
  const auto own = times_of("/proc/" + std::to_string(process_.id()));
  if (!own) throw std::runtime_error("the server has ended");
  double sum = own->seconds;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (!is_process(entry.path())) continue;
    const auto times = times_of(entry.path());
    if (times && times->parent == process_.id()) sum += times->seconds;
  }
  return sum;
}

void server_process::wait_until_it_accepts() {
  asio::io_context context;
  for (int tries = 0; tries != 1000; ++tries) {
    boost::system::error_code ec;
    tcp::socket socket(context);
    // The system may also give a free port to clients: while no server listens, a connection from
    // the port to itself succeeds, and prevents the server from using it.
    if (!socket.connect(on_loopback(port_), ec) &&
        socket.local_endpoint() != socket.remote_endpoint())
      return;
    socket.close(ec);
    if (process_.ends_within(milliseconds(10))) throw std::runtime_error("the server has ended");
  }
  throw std::runtime_error("the server does not accept connections");
}

}  // namespace benchmark::server

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "nginx_configuration.hpp"

#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>

namespace benchmark::server {

namespace {

std::string quoted(const std::filesystem::path& path) {
  std::string text = "\"";
  for (const char each : path.string()) {
    if (each == '"' || each == '\\' || each == '$')
      throw std::runtime_error("nginx cannot be told of the folder " + path.string());
    text += each;
  }
  return text + '"';
}

}  // namespace

std::filesystem::path write_nginx_configuration(contender who, unsigned threads,
                                                const std::filesystem::path& root,
                                                const std::filesystem::path& work,
                                                std::uint16_t port) {
  std::filesystem::create_directories(work);
  const std::filesystem::path path = work / "nginx.conf";
  std::ofstream out(path);
  // If root starts nginx, its workers drop root's privileges, and cannot read root's files then.
  if (::geteuid() == 0) out << "user root;\n";
  out << "daemon off;\n"
      << "worker_processes " << threads << ";\n"
      << "pid " << quoted(work / "nginx.pid") << ";\n"
      << "error_log stderr error;\n"
      << "events { worker_connections 1024; }\n"
      << "http {\n"
      << "  access_log off;\n"
      << "  default_type application/octet-stream;\n"
      << "  keepalive_requests 1000000000;\n"
      << "  sendfile " << (who == contender::nginx_sendfile_off ? "off" : "on") << ";\n"
      << "  tcp_nopush on;\n";
  if (who == contender::nginx_open_file_cache) out << "  open_file_cache max=1000;\n";
  for (const char* const each : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    out << "  " << each << "_temp_path " << quoted(work / each) << ";\n";
  out << "  server {\n"
      << "    listen 127.0.0.1:" << port << " reuseport;\n"
      << "    root " << quoted(root) << ";\n"
      << "  }\n"
      << "}\n"
      << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path.string());
  return path;
}

}  // namespace benchmark::server

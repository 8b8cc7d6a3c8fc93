// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "peer_progress.hpp"

#if defined(__linux__)
// The C library's tcp_info ends before the counts. Both headers in one unit do not compile.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

namespace http_file_server {

#if defined(__linux__)
std::optional<std::uint64_t> acknowledged_bytes(int socket) {
  tcp_info found = {};
  socklen_t size = sizeof found;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &found, &size) != 0) return std::nullopt;
  return found.tcpi_bytes_acked;
}
#else
std::optional<std::uint64_t> acknowledged_bytes(int) { return std::nullopt; }
#endif

}  // namespace http_file_server

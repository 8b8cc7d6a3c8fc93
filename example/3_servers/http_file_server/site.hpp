// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The objects that the connections of one event loop share.

#include "access_log.hpp"
#include "buffer_pool.hpp"
#include "coarse_clock.hpp"
#include "open_file_cache.hpp"
#include "options.hpp"
#include "types.hpp"

#include <atomic>
#include <cstddef>

namespace http_file_server {

// The objects that all event loops share. Outlives them.
struct server_state {
  options chosen;
  // Null: none. Set before the event loops run.
  access_log* log = nullptr;
  std::atomic<std::size_t> connection_count{0};
};

// The kernel sends large parts of files on threads of the service. A thread that sends uncached
// data waits for the disk: with few threads, some downloads from a slow disk would occupy all of
// them, and all others would wait. Threads are started when the others are busy.
[[nodiscard]] inline asiofile::service_options make_service_options() {
  asiofile::service_options made;
  made.thread_count = 32;
  return made;
}

struct site {
  site(asio::io_context& on_context, server_state& of_all)
      : context(on_context),
        all(of_all),
        service(asio::make_service<asiofile::file_service>(on_context, make_service_options())),
        root(on_context.get_executor(), of_all.chosen.directory),
        files(on_context.get_executor(), root, clock, of_all.chosen.cached_files_max,
              of_all.chosen.cache_age) {}

  [[nodiscard]] const options& chosen() const { return all.chosen; }

  asio::io_context& context;
  server_state& all;
  asiofile::file_service& service;
  coarse_clock clock;
  // Open: whatever the directory is called later, it is the one that is served.
  directory root;
  open_file_cache files;
  buffer_pool buffers;
  // Requests in progress are completed; no others are accepted.
  bool is_stopping = false;
};

}  // namespace http_file_server

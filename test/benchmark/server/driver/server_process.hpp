// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A contender that serves a folder on a port of the loopback interface.

#include "../../driver/child_process.hpp"
#include "plan.hpp"
#include "settings.hpp"

#include <cstdint>
#include <filesystem>

namespace benchmark::server {

class server_process {
 public:
  // Starts it, and waits until it accepts connections. `work`: a folder for its own files, which is
  // made. Throws.
  server_process(contender who, const settings& chosen, unsigned threads,
                 const std::filesystem::path& root, const std::filesystem::path& work);

  // Stops it, by force if it does not end within some seconds.
  ~server_process();
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  // User and system time of the process and its children so far, in seconds. Throws if it has
  // ended.
  [[nodiscard]] double cpu_seconds() const;

 private:
  void wait_until_it_accepts();

  std::uint16_t port_;
  child_process process_;
};

}  // namespace benchmark::server

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include <asiofile/backend.hpp>

namespace asiofile {

std::string_view to_string(backend value) noexcept {
  switch (value) {
    case backend::automatic: return "automatic";
    case backend::io_uring: return "io_uring";
    case backend::libaio: return "libaio";
    case backend::threads: return "threads";
    case backend::simulation: return "simulation";
  }
  return "unknown";
}

std::optional<backend> parse_backend(std::string_view name) noexcept {
  if (name == "automatic") return backend::automatic;
  if (name == "io_uring" || name == "uring") return backend::io_uring;
  if (name == "libaio" || name == "linux") return backend::libaio;
  if (name == "threads" || name == "thread" || name == "python") return backend::threads;
  return std::nullopt;
}

}  // namespace asiofile

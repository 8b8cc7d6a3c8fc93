// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The interface that a service uses instead of the kernel if `service_options::simulation` is set.
// It is implemented by `asiofile::testing`, a separate library.

#include "system/system_calls.hpp"

#include <asiofile/config.hpp>

#include <memory>

namespace asiofile::detail {

class engine;
class notifier;

// All functions are safe to call from any thread.
class ASIOFILE_DECL simulation {
 public:
  simulation() = default;
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;
  virtual ~simulation();

  // The system calls of a service's files. Keeps alive what it needs.
  [[nodiscard]] virtual system_calls_ptr calls() = 0;

  // The descriptor of the directory in which paths begin. It is never closed.
  [[nodiscard]] virtual int root() const noexcept = 0;

  // The engine that runs all operations of a service. `completed` outlives it.
  virtual std::unique_ptr<engine> make_engine(notifier& completed) = 0;
};

}  // namespace asiofile::detail

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Which backend a service is to use: options before environment before file before the usual order.
// Decides, and leaves trying to others.

#include "selection/default_backend_file.hpp"

#include <asiofile/probe.hpp>
#include <asiofile/service_options.hpp>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace asiofile::detail {

// The order in which backends are tried if none is chosen.
inline constexpr std::array usual_order{backend::io_uring, backend::libaio, backend::threads};

// What may decide.
struct selection_sources {
  backend option = backend::automatic;
  // ASIOFILE_BACKEND; nothing where it is not set.
  std::optional<std::string> variable;
  // Asked only where neither of the above has decided.
  std::string file_path;
  std::function<default_backend_content()> file;
};

selection_sources sources_of(const service_options& options);

struct selection {
  // `automatic` where there is none; then `error` is an errno value.
  asiofile::backend backend = backend::automatic;
  int error = 0;
  // It runs because somebody asked for it, in the first place.
  bool is_as_asked = false;
  std::string reason = "nothing was set up";
  // What was passed over.
  std::vector<std::string> notes;
  // On each backend that was tried.
  std::vector<backend_report> reports;
};

// Tries a backend, and tells how that went.
using backend_trial = std::function<backend_report(backend)>;

// Tries backends in the order that the sources ask for, and then in the usual one, until one
// works. Each is tried once at most. `strict`: only what the first source that asks asks for.
selection select_backend(const selection_sources& sources, bool strict,
                         const backend_trial& try_out);

// A report that is newer than the one on the same backend that was decided by.
void update(selection& made, backend_report newer);

// For people: the first line tells what runs, the last one what is available.
std::string describe(const selection& made);

}  // namespace asiofile::detail

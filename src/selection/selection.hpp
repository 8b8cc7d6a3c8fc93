// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Decides which backend a service uses: options take precedence over the environment, that over the
// file, and that over the usual order. Backends are tried by a function that the caller gives.

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

// The sources of the decision.
struct selection_sources {
  backend option = backend::automatic;
  // ASIOFILE_BACKEND; nothing if it is not set.
  std::optional<std::string> variable;
  // Read only if none of the above has decided.
  std::string file_path;
  std::function<default_backend_content()> file;
};

selection_sources sources_of(const service_options& options);

struct selection {
  // `automatic` if there is none; then `error` is an errno value.
  asiofile::backend backend = backend::automatic;
  int error = 0;
  // It is the backend that was asked for first.
  bool is_as_asked = false;
  std::string reason = "nothing was set up";
  // Messages on what was skipped.
  std::vector<std::string> notes;
  // On each backend that was tried.
  std::vector<backend_report> reports;
};

// Tries a backend, and reports the result.
using backend_trial = std::function<backend_report(backend)>;

// Tries backends in the order that the sources ask for, and then in the usual one, until one
// works. Each is tried at most once. `strict`: only those that the first source with a preference
// names.
selection select_backend(const selection_sources& sources, bool strict,
                         const backend_trial& try_out);

// Replaces the report on a backend that the decision was based on by a newer one.
void update(selection& made, backend_report newer);

// A description for people: the first line says what runs, the last one what is available.
std::string describe(const selection& made);

}  // namespace asiofile::detail

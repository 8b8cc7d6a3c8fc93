// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The demo's output.

#include "command_line.hpp"
#include "copy.hpp"
#include "digest.hpp"

#include <asiofile/backend.hpp>
#include <asiofile/probe.hpp>

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace demo {

// One engine that this machine offers: a result for each round, or why there is none.
struct engine_run {
  asiofile::backend engine = asiofile::backend::automatic;
  std::vector<copy_result> results;
  // Not empty: a copy failed, and the engine made no more.
  std::string problem;
};

void print_header(std::ostream& out, const settings& chosen, std::size_t rounds,
                  const std::filesystem::path& source, const file_digest& digest);

// Medians of each engine's rounds.
void print_table(std::ostream& out, const std::vector<engine_run>& runs, std::size_t depth);

// Notes on rows of the table in which the measured work is not the engine's own.
void print_notes(std::ostream& out, const std::vector<engine_run>& runs);

// Why the copy failed, or why there is no such engine here; nothing if there was no failure.
void print_failures(std::ostream& out, const std::vector<engine_run>& runs);
void print_unavailable(std::ostream& out, const std::vector<asiofile::backend_report>& reports);

}  // namespace demo

#pragma once

// What the demo prints.

#include "command_line.hpp"
#include "copy.hpp"
#include "digest.hpp"

#include <asiofile/backend.hpp>
#include <asiofile/probe.hpp>

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace demo {

// One engine that this machine offers: a result, or why there is none.
struct engine_run {
  asiofile::backend engine = asiofile::backend::automatic;
  std::optional<copy_result> result;
  std::string problem;
};

void print_header(std::ostream& out, const settings& chosen, const std::filesystem::path& source,
                  const file_digest& digest);

void print_table(std::ostream& out, const std::vector<engine_run>& runs, std::size_t depth);

// What a row of the table does not say: whose work was measured, where that is not the engine's.
void print_notes(std::ostream& out, const std::vector<engine_run>& runs);

// Why the copy failed, or why there is no such engine here: nothing where all is well.
void print_failures(std::ostream& out, const std::vector<engine_run>& runs);
void print_unavailable(std::ostream& out, const std::vector<asiofile::backend_report>& reports);

}  // namespace demo

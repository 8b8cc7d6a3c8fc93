#pragma once

// Which backend a service is to use: options before environment before file before the usual order.

#include <asiofile/probe.hpp>
#include <asiofile/service_options.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asiofile::detail {

// The order in which backends are tried where nobody asks for one.
inline constexpr std::array usual_order{backend::io_uring, backend::libaio, backend::threads};

// Of a `default_backend` file, not more is read.
inline constexpr std::size_t default_backend_bytes_max = 64 * 1024;

// What a `default_backend` file says.
struct default_backend_content {
  // In the order of the lines, each once. Nothing follows `automatic`.
  std::vector<backend> backends;
  // What is wrong with it, for people.
  std::vector<std::string> problems;
};

// Reads the text of such a file. Everything is allowed in it; a line that is neither empty, nor a
// comment, nor a backend's name is a problem.
default_backend_content parse_default_backend(std::string_view text);

// Reads such a file. One that does not exist says nothing and is no problem.
default_backend_content read_default_backend(const std::string& path);

// Where it is: by option, by environment, or at the place that the library was built with.
std::string default_backend_path(const std::string& option);

// A text from elsewhere, for a message: in quotes, in ASCII, and not long.
std::string quoted(std::string_view text);

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

// Sets a backend up, and tells how that went.
using backend_trial = std::function<backend_report(backend)>;

// Tries backends in the order that the sources ask for, and then in the usual one, until one
// works. Each is tried once at most. `strict`: only what the first source that asks asks for.
selection select_backend(const selection_sources& sources, bool strict,
                         const backend_trial& try_out);

// For people: the first line tells what runs, the last one what is available.
std::string describe(const selection& made);

}  // namespace asiofile::detail

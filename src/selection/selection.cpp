#include "selection/selection.hpp"

#include "system/owned_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#if !defined(ASIOFILE_DEFAULT_BACKEND_FILE)
#define ASIOFILE_DEFAULT_BACKEND_FILE "/etc/asiofile/default_backend"
#endif

namespace asiofile::detail {

namespace {

constexpr std::size_t quoted_characters_max = 60;
constexpr std::size_t problems_max = 5;

// A variable of the environment; null where it is not set or empty. A program that runs with
// another user's privileges must not read, and quote, a file which that user's caller names.
const char* variable(const char* name) noexcept {
#if defined(__linux__) || defined(__GLIBC__)
  const char* const value = ::secure_getenv(name);
#else
  const char* const value = ::issetugid() != 0 ? nullptr : std::getenv(name);
#endif
  return value == nullptr || *value == '\0' ? nullptr : value;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\v\f";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Reads up to one byte more than is allowed. Returns an errno value.
int read_start(int fd, std::string& text) {
  text.resize(default_backend_bytes_max + 1);
  std::size_t size = 0;
  while (size != text.size()) {
    const ssize_t count = ::read(fd, text.data() + size, text.size() - size);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) return errno;
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return 0;
}

std::string message_of(int error) { return std::generic_category().message(error); }

// An errno value for what kept a backend from working.
int error_of(const backend_report& report) noexcept {
  return report.error ? report.error.value() : EOPNOTSUPP;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string result = "'";
  for (const char each : text.substr(0, quoted_characters_max)) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte >= 0x20 && byte < 0x7f) {
      result += each;
      continue;
    }
    result += "\\x";
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result + (text.size() > quoted_characters_max ? "'..." : "'");
}

default_backend_content parse_default_backend(std::string_view text) {
  default_backend_content content;
  std::size_t unknown = 0;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view name = trimmed(line.substr(0, line.find('#')));
    if (name.empty()) continue;
    const std::optional<backend> named = parse_backend(name);
    if (!named) {
      if (++unknown <= problems_max)
        content.problems.push_back("line " + std::to_string(line_number) + ": " + in_quotes(name) +
                                   " is no backend");
      continue;
    }
    if (std::ranges::find(content.backends, *named) == content.backends.end())
      content.backends.push_back(*named);
    if (*named == backend::automatic) break;
  }
  if (unknown > problems_max)
    content.problems.push_back(std::to_string(unknown - problems_max) + " more lines like these");
  return content;
}

default_backend_content read_default_backend(const std::string& path) {
  const auto unreadable = [](std::string why) {
    return default_backend_content{{}, {std::move(why)}};
  };
  if (has_zero_byte(path)) return unreadable("the path has a zero byte in it");
  // Whatever the path names, opening it must not wait.
  const owned_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() == -1 && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (file.get() == -1) return unreadable("it cannot be opened: " + message_of(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) == -1)
    return unreadable("it cannot be read: " + message_of(errno));
  // /dev/null is a way to say that there is none.
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode))
    return unreadable(S_ISDIR(status.st_mode) ? "it is a directory" : "it is not a regular file");

  std::string text;
  if (const int error = read_start(file.get(), text))
    return unreadable("it cannot be read: " + message_of(error));
  const bool is_cut = text.size() > default_backend_bytes_max;
  // Half a name could be another one.
  if (is_cut) text.resize(text.rfind('\n') + 1);
  default_backend_content content = parse_default_backend(text);
  if (is_cut)
    content.problems.push_back("it is larger than " + std::to_string(default_backend_bytes_max) +
                               " bytes, and the rest was not read");
  return content;
}

std::string default_backend_path(const std::string& option) {
  if (!option.empty()) return option;
  const char* const named = variable("ASIOFILE_DEFAULT_BACKEND_FILE");
  return named != nullptr ? named : ASIOFILE_DEFAULT_BACKEND_FILE;
}

selection_sources sources_of(const service_options& options) {
  selection_sources sources;
  sources.option = options.backend;
  if (const char* const named = variable("ASIOFILE_BACKEND")) sources.variable = named;
  sources.file_path = default_backend_path(options.default_backend_file);
  sources.file = [path = sources.file_path] { return read_default_backend(path); };
  return sources;
}

// ---- selecting

namespace {

class selector {
 public:
  selector(bool strict, const backend_trial& try_out) : strict_(strict), try_out_(try_out) {}

  // Each of these returns whether that ends the search.
  bool ask_option(backend option) {
    if (option == backend::automatic) return false;
    return ask({option}, "service_options::backend");
  }

  bool ask_variable(const std::optional<std::string>& value) {
    if (!value) return false;
    const std::optional<backend> named = parse_backend(*value);
    if (!named) {
      made_.notes.push_back("ASIOFILE_BACKEND is " + in_quotes(*value) +
                            ", which is no backend (io_uring, libaio, threads, automatic)");
      is_passed_over_ = true;
      if (!strict_) return false;
      return refuse(EINVAL);
    }
    return ask({*named}, "ASIOFILE_BACKEND");
  }

  bool ask_file(const std::string& path, const std::function<default_backend_content()>& read) {
    const default_backend_content content = read();
    for (const std::string& problem : content.problems)
      made_.notes.push_back("the file " + in_quotes(path) + ": " + problem);
    return !content.backends.empty() && ask(content.backends, "the file " + in_quotes(path));
  }

  // Ends the search.
  selection finish() && {
    if (is_over_) return std::move(made_);
    for (const backend each : usual_order) {
      if (!works(each)) continue;
      made_.reason = "the first that works here" + order_origin_;
      return std::move(made_);
    }
    // The threads were the last resort, whoever else was asked before.
    made_.error = error_of(report_on(backend::threads));
    made_.reason = "no backend works here";
    return std::move(made_);
  }

 private:
  bool ask(const std::vector<backend>& wanted, const std::string& source) {
    for (const backend each : wanted) {
      if (each == backend::automatic) {
        order_origin_ = ", which is what " + source + " asks for";
        return true;
      }
      if (works(each)) {
        made_.reason = "asked for by " + source;
        made_.is_as_asked = !is_passed_over_;
        return is_over_ = true;
      }
      is_passed_over_ = true;
      made_.notes.push_back(source + " asks for " + std::string(to_string(each)) +
                            ", which does not work here");
    }
    return strict_ && refuse(error_of(report_on(wanted.front())));
  }

  bool refuse(int error) {
    made_.error = error;
    made_.reason = "service_options::strict allows no other than what was asked for";
    return is_over_ = true;
  }

  bool works(backend candidate) {
    const backend_report& report = report_on(candidate);
    if (report.available) made_.backend = candidate;
    return report.available;
  }

  const backend_report& report_on(backend candidate) {
    const auto known = std::ranges::find(made_.reports, candidate, &backend_report::backend);
    if (known != made_.reports.end()) return *known;
    made_.reports.push_back(try_out_(candidate));
    return made_.reports.back();
  }

  const bool strict_;
  const backend_trial& try_out_;
  selection made_;
  bool is_over_ = false;
  bool is_passed_over_ = false;
  std::string order_origin_;
};

}  // namespace

selection select_backend(const selection_sources& sources, bool strict,
                         const backend_trial& try_out) {
  selector search(strict, try_out);
  static_cast<void>(search.ask_option(sources.option) || search.ask_variable(sources.variable) ||
                    search.ask_file(sources.file_path, sources.file));
  return std::move(search).finish();
}

// ---- telling

namespace {

std::string line_of(const backend_report& report) {
  std::string line = "  " + std::string(to_string(report.backend));
  line += report.available ? ": available: " : ": not available: ";
  if (!report.failing_call.empty())
    line += report.failing_call + ": " + report.error.message() + ": ";
  return line + report.explanation + '\n';
}

}  // namespace

std::string describe(const selection& made) {
  const std::string runs = made.backend == backend::automatic
                               ? "none"
                               : std::string(to_string(made.backend));
  std::string text = runs + ": " + made.reason + '\n';
  for (const std::string& note : made.notes) text += "note: " + note + '\n';
  std::string available;
  for (const backend each : usual_order) {
    const auto report = std::ranges::find(made.reports, each, &backend_report::backend);
    if (report == made.reports.end()) {
      text += "  " + std::string(to_string(each)) + ": not tried\n";
      continue;
    }
    text += line_of(*report);
    if (!report->available) continue;
    available += available.empty() ? " " : ", ";
    available += to_string(each);
  }
  return text + "available:" + (available.empty() ? " none" : available) + '\n';
}

}  // namespace asiofile::detail

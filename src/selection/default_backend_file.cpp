// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "selection/default_backend_file.hpp"

#include "system/owned_fd.hpp"
#include "system/posix_calls.hpp"

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

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\v\f";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Reads at most one byte more than is allowed. Returns an errno value.
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

}  // namespace

// Otherwise a program with another user's privileges would read, and quote, a file that its caller
// names.
const char* environment_variable(const char* name) noexcept {
#if defined(__linux__)
  const char* const value = ::secure_getenv(name);
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || \
    defined(__DragonFly__)
  const char* const value = ::issetugid() != 0 ? nullptr : std::getenv(name);
#else
  // POSIX functions alone do not show privileges that were dropped since the program began.
  const bool has_privileges = ::getuid() != ::geteuid() || ::getgid() != ::getegid();
  const char* const value = has_privileges ? nullptr : std::getenv(name);
#endif
  return value == nullptr || *value == '\0' ? nullptr : value;
}

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
  // A truncated name could be another backend's.
  if (is_cut) text.resize(text.rfind('\n') + 1);
  default_backend_content content = parse_default_backend(text);
  if (is_cut)
    content.problems.push_back("it is larger than " + std::to_string(default_backend_bytes_max) +
                               " bytes, and the rest was not read");
  return content;
}

std::string default_backend_path(const std::string& option) {
  if (!option.empty()) return option;
  const char* const named = environment_variable("ASIOFILE_DEFAULT_BACKEND_FILE");
  return named != nullptr ? named : ASIOFILE_DEFAULT_BACKEND_FILE;
}

}  // namespace asiofile::detail

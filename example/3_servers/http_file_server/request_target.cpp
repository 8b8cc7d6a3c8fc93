// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "request_target.hpp"

#include <algorithm>
#include <cstddef>

namespace http_file_server {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// For an absolute URL, as in requests to proxies, what follows the host.
std::string_view without_authority(std::string_view target) {
  constexpr std::string_view scheme = "http://";
  const auto is_same_letter = [](char a, char b) { return (a | 0x20) == b || a == b; };
  if (target.size() < scheme.size() ||
      !std::equal(scheme.begin(), scheme.end(), target.begin(),
                  [&](char expected, char c) { return is_same_letter(c, expected); }))
    return target;
  target.remove_prefix(scheme.size());
  const std::size_t slash = target.find_first_of("/?");
  if (slash == std::string_view::npos || target[slash] == '?') return "/";
  return target.substr(slash);
}

bool append_decoded(std::string& text, std::string_view escaped) {
  for (std::size_t i = 0; i != escaped.size(); ++i) {
    char c = escaped[i];
    if (c == '%') {
      if (escaped.size() - i < 3) return false;
      const int high = hex_value(escaped[i + 1]);
      const int low = hex_value(escaped[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return false;
    text += c;
  }
  return true;
}

// Removes the last name of a path that ends in a slash.
bool go_up(std::string& path) {
  if (path.empty()) return false;
  const std::size_t before = path.find_last_of('/', path.size() - 2);
  path.resize(before == std::string::npos ? 0 : before + 1);
  return true;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

bool decode_target(std::string_view target, std::string& path) {
  path.clear();
  target = without_authority(target);
  target = target.substr(0, target.find('?'));
  if (!target.starts_with('/')) return false;
  // Names that need no change, as nearly all do.
  if (target.find('%') == std::string_view::npos && target.find("/.") == std::string_view::npos &&
      target.find("//") == std::string_view::npos) {
    path = target.substr(1);
    return true;
  }
  std::string decoded;
  if (!append_decoded(decoded, target)) return false;
  std::string_view left = decoded;
  while (!left.empty()) {
    left.remove_prefix(1);
    const std::string_view name = left.substr(0, left.find('/'));
    left.remove_prefix(name.size());
    if (name == "..") {
      if (!go_up(path)) return false;
    } else if (!name.empty() && name != ".") {
      path += name;
      if (!left.empty()) path += '/';
    }
  }
  return true;
}

void append_percent_encoded(std::string& text, std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : path) {
    if (is_plain(c)) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += digits[byte / 16];
    text += digits[byte % 16];
  }
}

void append_html_escaped(std::string& text, std::string_view raw) {
  for (const char c : raw) {
    switch (c) {
      case '&': text += "&amp;"; break;
      case '<': text += "&lt;"; break;
      case '>': text += "&gt;"; break;
      case '"': text += "&quot;"; break;
      case '\'': text += "&#39;"; break;
      default: text += c;
    }
  }
}

}  // namespace http_file_server

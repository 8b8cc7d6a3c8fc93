// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "listing.hpp"

#include "request_target.hpp"

#include <algorithm>

namespace http_file_server {

namespace {

bool is_directory(const asiofile::directory_entry& entry) {
  return entry.type == asiofile::file_type::directory;
}

void append_entry(std::string& page, const asiofile::directory_entry& entry) {
  const std::string_view end = is_directory(entry) ? "/" : "";
  // "./": a name with a colon would be taken for a URL's scheme.
  page += "<li><a href=\"./";
  append_percent_encoded(page, entry.name);
  page += end;
  page += "\">";
  append_html_escaped(page, entry.name);
  page += end;
  page += "</a></li>\n";
}

}  // namespace

std::string make_listing(std::string_view path, std::vector<asiofile::directory_entry> entries,
                         bool is_complete) {
  // Directories first.
  std::ranges::sort(entries, [](const auto& a, const auto& b) {
    if (is_directory(a) != is_directory(b)) return is_directory(a);
    return a.name < b.name;
  });
  std::string title = "Index of /";
  append_html_escaped(title, path);
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
      title + "</title>\n</head>\n<body>\n<h1>" + title + "</h1>\n<ul>\n";
  if (!path.empty()) page += "<li><a href=\"../\">../</a></li>\n";
  for (const auto& entry : entries) append_entry(page, entry);
  page += "</ul>\n";
  if (!is_complete) page += "<p>There are more names than are listed.</p>\n";
  page += "</body>\n</html>\n";
  return page;
}

}  // namespace http_file_server

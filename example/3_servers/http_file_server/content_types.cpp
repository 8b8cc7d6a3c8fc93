// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "content_types.hpp"

#include "field_lists.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace http_file_server {

namespace {

using namespace std::string_view_literals;

constexpr std::array types = {
    std::pair{"html"sv, "text/html; charset=utf-8"sv},
    std::pair{"htm"sv, "text/html; charset=utf-8"sv},
    std::pair{"css"sv, "text/css; charset=utf-8"sv},
    std::pair{"js"sv, "text/javascript; charset=utf-8"sv},
    std::pair{"mjs"sv, "text/javascript; charset=utf-8"sv},
    std::pair{"json"sv, "application/json"sv},
    std::pair{"map"sv, "application/json"sv},
    std::pair{"txt"sv, "text/plain; charset=utf-8"sv},
    std::pair{"log"sv, "text/plain; charset=utf-8"sv},
    std::pair{"md"sv, "text/markdown; charset=utf-8"sv},
    std::pair{"csv"sv, "text/csv; charset=utf-8"sv},
    std::pair{"xml"sv, "application/xml"sv},
    std::pair{"png"sv, "image/png"sv},
    std::pair{"jpg"sv, "image/jpeg"sv},
    std::pair{"jpeg"sv, "image/jpeg"sv},
    std::pair{"gif"sv, "image/gif"sv},
    std::pair{"webp"sv, "image/webp"sv},
    std::pair{"avif"sv, "image/avif"sv},
    std::pair{"svg"sv, "image/svg+xml"sv},
    std::pair{"ico"sv, "image/x-icon"sv},
    std::pair{"mp4"sv, "video/mp4"sv},
    std::pair{"m4v"sv, "video/mp4"sv},
    std::pair{"webm"sv, "video/webm"sv},
    std::pair{"mkv"sv, "video/x-matroska"sv},
    std::pair{"ogv"sv, "video/ogg"sv},
    std::pair{"mp3"sv, "audio/mpeg"sv},
    std::pair{"m4a"sv, "audio/mp4"sv},
    std::pair{"ogg"sv, "audio/ogg"sv},
    std::pair{"opus"sv, "audio/ogg"sv},
    std::pair{"flac"sv, "audio/flac"sv},
    std::pair{"wav"sv, "audio/wav"sv},
    std::pair{"woff"sv, "font/woff"sv},
    std::pair{"woff2"sv, "font/woff2"sv},
    std::pair{"ttf"sv, "font/ttf"sv},
    std::pair{"otf"sv, "font/otf"sv},
    std::pair{"wasm"sv, "application/wasm"sv},
    std::pair{"pdf"sv, "application/pdf"sv},
    std::pair{"zip"sv, "application/zip"sv},
    std::pair{"gz"sv, "application/gzip"sv},
    std::pair{"xz"sv, "application/x-xz"sv},
    std::pair{"zst"sv, "application/zstd"sv},
    std::pair{"tar"sv, "application/x-tar"sv},
};

}  // namespace

std::string_view content_type_of(std::string_view path) {
  constexpr std::string_view any = "application/octet-stream";
  const std::string_view name = path.substr(path.find_last_of('/') + 1);
  const std::size_t dot = name.find_last_of('.');
  if (dot == std::string_view::npos) return any;
  const std::string_view extension = name.substr(dot + 1);
  for (const auto& [known, type] : types) {
    if (is_same_token(known, extension)) return type;
  }
  return any;
}

}  // namespace http_file_server

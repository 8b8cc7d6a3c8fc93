// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "digest.hpp"

#include "interruption.hpp"

#include <boost/system/error_code.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

namespace demo {

namespace {

[[noreturn]] void fail(const char* call, const std::filesystem::path& path) {
  const boost::system::error_code ec(errno, boost::system::system_category());
  throw std::runtime_error(std::string(call) + " " + path.string() + ": " + ec.message());
}

class input_file {
 public:
  explicit input_file(const std::filesystem::path& path)
      : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) fail("open", path_);
  }
  ~input_file() { ::close(fd_); }
  input_file(const input_file&) = delete;
  input_file& operator=(const input_file&) = delete;

  // Returns 0 at the end of the file.
  std::size_t read(std::vector<char>& block) {
    for (;;) {
      const ::ssize_t n = ::read(fd_, block.data(), block.size());
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) fail("read", path_);
      throw_if_interrupted();
    }
  }

 private:
  std::filesystem::path path_;
  int fd_;
};

struct free_state {
  void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
};

}  // namespace

std::string to_string(const file_digest& digest) {
  constexpr const char* hexadecimal = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest.xxh3) {
    text += hexadecimal[byte >> 4];
    text += hexadecimal[byte & 15];
  }
  return text;
}

file_digest digest_of(const std::filesystem::path& path) {
  const std::unique_ptr<XXH3_state_t, free_state> state(XXH3_createState());
  if (!state || XXH3_128bits_reset(state.get()) != XXH_OK) throw std::bad_alloc();

  file_digest digest;
  input_file file(path);
  std::vector<char> block(1 << 20);
  while (const std::size_t n = file.read(block)) {
    throw_if_interrupted();
    if (XXH3_128bits_update(state.get(), block.data(), n) != XXH_OK)
      throw std::runtime_error("XXH3_128bits_update failed");
    digest.bytes += n;
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state.get()));
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), digest.xxh3.begin());
  return digest;
}

}  // namespace demo

#pragma once

// The names in a directory, one after the other.

#include "system/owned_fd.hpp"

#include <asiofile/directory_entry.hpp>

#include <dirent.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asiofile::detail {

class directory_stream {
 public:
  directory_stream() = default;
  directory_stream(const directory_stream&) = delete;
  directory_stream& operator=(const directory_stream&) = delete;
  ~directory_stream();

  // The path begins in the directory `base`. Returns 0 or an errno value, negated.
  std::int64_t open(int base, const char* path) noexcept;
  // 1: there is another name; 0: the end; or an errno value, negated. Throws std::bad_alloc.
  std::int64_t next(directory_entry& entry);
  void rewind() noexcept;
  // In a forked child, when a thread of the parent's may have been using it: closes the descriptor
  // and leaves the rest.
  void give_up() noexcept;

 private:
  std::int64_t next_simulated(directory_entry& entry);

  DIR* stream_ = nullptr;
  // Of a simulation, in place of the stream.
  owned_fd simulated_;
  std::vector<directory_entry> listed_;
  std::size_t next_ = 0;
  bool is_listed_ = false;
};

}  // namespace asiofile::detail

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// One asynchronous operation, as templates see it: a block of memory for the library, and the
// function that ends it. What the library keeps in the block is its own
// (src/operations/operation.hpp).

#include <cstddef>
#include <cstdint>
#include <memory>

namespace asiofile::detail {

enum class operation_kind : std::uint8_t {
  read,
  write,
  sync_all,
  sync_data,
  resize,
  size,
  status,
  allocate,
  advise,
  // A lock of the open file, waited for.
  lock,
  open,
  close,
  // A `job`, on a worker.
  run_job,
  // Waits for operations that the library starts itself; no engine ever has it.
  wait
};

// Of a file that is created, less the process's umask.
inline constexpr std::uint32_t default_permissions = 0666;

// What makes a write durable, as part of the same operation, once all of it is written.
enum class sync_after : std::uint8_t { none, data, all };

// How an operation ended. Errors are errno values, or numbers above those that `make_error` knows;
// 0 for none.
struct operation_result {
  int error = 0;
  // Of a write that a sync follows: what became of either.
  int write_error = 0;
  int sync_error = 0;
  // read, write: how many bytes were transferred. size: the size.
  std::uint64_t value = 0;
};

class operation_storage {
 public:
  // Frees the operation's memory, then invokes its handler with the result. Without a result it
  // destroys the handler.
  using completion_function = void (*)(operation_storage&, const operation_result*);

  explicit operation_storage(completion_function ends) noexcept : end_(ends) {}
  operation_storage(const operation_storage&) = delete;
  operation_storage& operator=(const operation_storage&) = delete;

  // Whatever the handler throws passes through where its executor runs it here.
  void complete(const operation_result& result) { end_(*this, &result); }
  void destroy() { end_(*this, nullptr); }

  // For the library.
  [[nodiscard]] void* memory() noexcept { return memory_; }
  static constexpr std::size_t memory_bytes = 160;

 protected:
  ~operation_storage() = default;

 private:
  completion_function end_;
  alignas(std::uint64_t) std::byte memory_[memory_bytes];
};

// Destroys an operation that was never started, with its handler.
struct operation_destroyer {
  void operator()(operation_storage* unstarted) const noexcept { unstarted->destroy(); }
};

using operation_ptr = std::unique_ptr<operation_storage, operation_destroyer>;

// Names one operation for a cancellation slot. Stays valid after the operation is gone: it then
// names nothing.
struct cancellation_handle {
  static constexpr std::uint32_t none = 0xffff'ffff;
  std::uint32_t index = none;
  std::uint32_t generation = 0;
};

}  // namespace asiofile::detail

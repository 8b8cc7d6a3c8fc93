#pragma once

// A file system that is not the kernel's: what `system_calls.hpp` asks instead where a descriptor
// is one of its own.
//
// Functions do what the system call of a similar name does, and return what it returns, or an
// errno value, negated. Paths are resolved from the directory `base`; absolute ones too begin in
// the simulation. All are safe to call from any thread.

#include <asiofile/detail/operation.hpp>
#include <asiofile/directory_entry.hpp>
#include <asiofile/file_status.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asiofile::detail {

class engine;
class wake_signal;

// Simulated descriptors: from here on, numbers that Linux never gives (fs.nr_open is below).
inline constexpr int simulated_fd_min = 0x4000'0000;
// How many descriptors each simulation has, and how many simulations there are at a time.
inline constexpr int simulated_fds_each = 1 << 20;
inline constexpr int simulations_max = 1023;

constexpr bool is_simulated(int fd) noexcept { return fd >= simulated_fd_min; }

class simulation {
 public:
  simulation() = default;
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;
  virtual ~simulation() = default;

  // What runs the operations of a service.
  virtual std::unique_ptr<engine> make_engine(wake_signal& completed) = 0;

  // The descriptor of the directory in which paths begin. It is never closed.
  [[nodiscard]] virtual int root() const noexcept = 0;

  virtual std::int64_t open(int base, const char* path, int flags, unsigned mode) noexcept = 0;
  virtual std::int64_t close(int fd) noexcept = 0;
  // No offset: at the descriptor's position, which moves.
  using position = std::optional<std::uint64_t>;
  virtual std::int64_t read(int fd, position at, const iovec* buffers,
                            std::size_t count) noexcept = 0;
  virtual std::int64_t write(int fd, position at, const iovec* buffers,
                             std::size_t count) noexcept = 0;
  virtual std::int64_t seek(int fd, std::int64_t offset, int whence) noexcept = 0;
  virtual std::int64_t sync(int fd, operation_kind kind) noexcept = 0;
  virtual std::int64_t resize(int fd, std::uint64_t size) noexcept = 0;
  virtual std::int64_t allocate(int fd, std::uint64_t offset, std::uint64_t length) noexcept = 0;
  // F_GETFL, and whether the descriptor is open at all.
  virtual std::int64_t status_flags(int fd) noexcept = 0;
  virtual std::int64_t status(int fd, file_status& found) noexcept = 0;
  virtual std::int64_t path_status(int base, const char* path, bool follow,
                                   file_status& found) noexcept = 0;
  virtual std::int64_t change_mode(int fd, unsigned mode) noexcept = 0;
  // renameat2(2): `flags` 0, RENAME_NOREPLACE or RENAME_EXCHANGE.
  virtual std::int64_t rename(int from_base, const char* from, int to_base, const char* to,
                              unsigned flags) noexcept = 0;
  virtual std::int64_t remove(int base, const char* path, bool is_directory) noexcept = 0;
  virtual std::int64_t make_directory(int base, const char* path, unsigned mode) noexcept = 0;
  virtual std::int64_t link(int from_base, const char* from, int to_base,
                            const char* to) noexcept = 0;
  virtual std::int64_t make_symlink(const char* target, int base, const char* path) noexcept = 0;
  virtual std::int64_t read_symlink(int base, const char* path, char* into,
                                    std::size_t size) noexcept = 0;
  // All names, without "." and "..".
  virtual std::int64_t list(int fd, std::vector<directory_entry>& entries) noexcept = 0;
  // For names that nobody else has.
  virtual std::uint64_t unlikely_number() noexcept = 0;
};

// Gives a simulation the numbers that its descriptors begin with. Returns the first, or -1 where
// there are too many simulations.
int enlist_simulation(const std::shared_ptr<simulation>& added);
void forget_simulation(int first_fd) noexcept;
// Null where it is gone.
std::shared_ptr<simulation> simulation_of(int fd) noexcept;

}  // namespace asiofile::detail

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The file system of a `testing::file_system`: its files, its descriptors, its clock.

#include "operations/operation.hpp"
#include "system/simulation.hpp"
#include "testing/fault_plan.hpp"
#include "testing/file_node.hpp"
#include "testing/files_lock.hpp"
#include "testing/lock_table.hpp"
#include "testing/name_changes.hpp"
#include "testing/path_walk.hpp"
#include "testing/random.hpp"
#include "testing/simulated_calls.hpp"

#include <asiofile/detail/operation.hpp>
#include <asiofile/directory_entry.hpp>
#include <asiofile/file_status.hpp>
#include <asiofile/testing/file_system_options.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asiofile::testing::detail {

using asiofile::detail::as_transfer;
using asiofile::detail::open_operation;
using asiofile::detail::operation;
using asiofile::detail::operation_kind;
using asiofile::detail::range_operation;
using asiofile::detail::space_change;
using asiofile::detail::transfer_flags;
using std::chrono::nanoseconds;

// Nothing: the delay is left to the seed.
using delay_rule = std::function<std::optional<nanoseconds>(const call&)>;

// Something whose operations a crash ends.
class crashing {
 public:
  virtual void crash() noexcept ASIOFILE_REQUIRES(files_lock) = 0;

 protected:
  ~crashing() = default;
};

class memory_system final : public asiofile::detail::simulation,
                            public std::enable_shared_from_this<memory_system> {
 public:
  static std::shared_ptr<memory_system> create(const file_system_options& options);
  // The last file system that was made on the calling thread and still exists; null if there is
  // none.
  static std::shared_ptr<memory_system> last_made() noexcept;
  explicit memory_system(const file_system_options& options);
  ~memory_system() override;

  // Held while accessing what `files_lock` guards.
  files_mutex mutex;

  const file_system_options options;
  random chance ASIOFILE_GUARDED_BY(files_lock);
  fault_plan faults ASIOFILE_GUARDED_BY(files_lock);
  delay_rule delays ASIOFILE_GUARDED_BY(files_lock);
  nanoseconds now ASIOFILE_GUARDED_BY(files_lock){};

  [[nodiscard]] bool is_down() const noexcept ASIOFILE_REQUIRES(files_lock) { return is_down_; }
  [[nodiscard]] std::uint64_t call_count() const noexcept ASIOFILE_REQUIRES(files_lock) {
    return call_count_;
  }
  // Crashes before the call of this number takes effect.
  void crash_at(std::uint64_t call_number) noexcept ASIOFILE_REQUIRES(files_lock) {
    crash_at_ = call_number;
  }
  void crash() noexcept ASIOFILE_REQUIRES(files_lock);
  void restart() noexcept ASIOFILE_REQUIRES(files_lock) { is_down_ = false; }
  void add(crashing& operations) ASIOFILE_REQUIRES(files_lock) {
    in_flight_.push_back(&operations);
  }
  void remove(crashing& operations) noexcept ASIOFILE_REQUIRES(files_lock) {
    std::erase(in_flight_, &operations);
  }

  void set_capacity(std::uint64_t bytes) noexcept ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] std::uint64_t used_bytes() const noexcept ASIOFILE_REQUIRES(files_lock);
  // Durable, without faults, and without moving the clock. These throw boost::system::system_error.
  void put(const std::string& path, std::string_view content) ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] std::optional<std::string> content(const std::string& path)
      ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] std::vector<std::string> paths() const ASIOFILE_REQUIRES(files_lock);

  void record(std::string event) ASIOFILE_REQUIRES(files_lock);
  std::vector<std::string> history ASIOFILE_GUARDED_BY(files_lock);

  // How long an operation is to take, before it has begun.
  [[nodiscard]] nanoseconds delay_of(const operation& planned) ASIOFILE_REQUIRES(files_lock);
  // Calls that this thread makes between the two do not move the clock; `end_step` tells how long
  // they take.
  void begin_step() noexcept ASIOFILE_REQUIRES(files_lock);
  nanoseconds end_step() noexcept ASIOFILE_REQUIRES(files_lock);
  // A close without a call.
  std::int64_t drop(int fd) noexcept ASIOFILE_REQUIRES(files_lock);
  // Applies what a crash may leave of an operation that it interrupts.
  void apply_in_part(const operation& cut_off) noexcept ASIOFILE_REQUIRES(files_lock);

  std::unique_ptr<asiofile::detail::engine> make_engine(
      asiofile::detail::notifier& completed) override;
  [[nodiscard]] asiofile::detail::system_calls_ptr calls() override;
  [[nodiscard]] int root() const noexcept override { return first_fd; }

  // These do what the system calls of similar names do, and return what those return, or an errno
  // value, negated. Paths are resolved from the directory `base`; absolute ones begin in the
  // simulation, too.

  // Whether the descriptor is one of its own.
  [[nodiscard]] bool has(int fd) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t open(int base, const char* path, int flags, unsigned mode,
                    reach how_far = reach::anywhere) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t close(int fd) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t duplicate(int fd) noexcept ASIOFILE_EXCLUDES(files_lock);
  // No offset: at the descriptor's position, which moves.
  using position = std::optional<std::uint64_t>;
  std::int64_t read(int fd, position at, const iovec* buffers, std::size_t count) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  std::int64_t write(int fd, position at, const iovec* buffers, std::size_t count,
                     transfer_flags flags = 0) noexcept ASIOFILE_EXCLUDES(files_lock);
  // For files that are open with O_DIRECT.
  [[nodiscard]] untorn_write_limits untorn_writes() const noexcept;
  std::int64_t seek(int fd, std::int64_t offset, int whence) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t sync(int fd) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t sync_everything(int fd) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t resize(int fd, std::uint64_t size) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t change_space(int fd, space_change change, std::uint64_t offset,
                            std::uint64_t length) noexcept ASIOFILE_EXCLUDES(files_lock);
  // F_OFD_SETLK.
  std::int64_t set_lock(int fd, int type, std::uint64_t offset, std::uint64_t length) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  // F_GETFL.
  std::int64_t status_flags(int fd) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t status(int fd, file_status& found) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t path_status(int base, const char* path, bool follow, file_status& found) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  std::int64_t change_mode(int fd, unsigned mode) noexcept ASIOFILE_EXCLUDES(files_lock);
  // renameat2(2): `flags` 0, RENAME_NOREPLACE or RENAME_EXCHANGE.
  std::int64_t rename(int from_base, const char* from, int to_base, const char* to,
                      unsigned flags) noexcept ASIOFILE_EXCLUDES(files_lock);
  std::int64_t remove(int base, const char* path, bool is_directory) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  std::int64_t make_directory(int base, const char* path, unsigned mode) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  std::int64_t link(int from_base, const char* from, int to_base, const char* to) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  // For an open file that may have no name (O_TMPFILE).
  std::int64_t link_descriptor(int fd, int to_base, const char* to) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  std::int64_t make_symlink(const char* target, int base, const char* path) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  std::int64_t read_symlink(int base, const char* path, char* into, std::size_t size) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  // All names, without "." and "..".
  std::int64_t list(int fd, std::vector<directory_entry>& entries) noexcept
      ASIOFILE_EXCLUDES(files_lock);
  std::uint64_t unlikely_number() noexcept ASIOFILE_EXCLUDES(files_lock);

 private:
  // Numbers from here on are never used by Linux (fs.nr_open is lower). The first is the root's.
  static constexpr int first_fd = 0x4000'0000;
  static constexpr std::size_t descriptors_max = 1 << 20;

  // One open file description.
  struct opened {
    // Null: it was open when the file system crashed.
    node_ptr node;
    int flags = 0;
    std::string path;
    std::uint64_t position = 0;
    // It was made without a name, and may get one.
    bool is_linkable = false;
    // How many of the file's failed syncs were reported here.
    std::uint64_t failed_syncs_seen = 0;
  };

  // What a call that a rule makes fail does besides returning the error.
  struct no_trace {
    void operator()() const noexcept {}
  };

  // Counts a call, and makes it fail or makes it: `body` returns its result.
  template <typename Body, typename Failure = no_trace>
  std::int64_t make(call what, Body&& body, Failure&& failure = {}) noexcept
      ASIOFILE_REQUIRES(files_lock) {
    std::int64_t result = -EIO;
    try {
      what.number = ++call_count_;
      if (what.number == crash_at_) {
        const std::int64_t done = chance.coin() ? body() : -EIO;
        // Its descriptor is not returned to anybody.
        if (what.kind == call_kind::open && done >= 0) drop(static_cast<int>(done));
        crash();
      } else if (!is_down_) {
        const int error = faults.error_for(what, chance);
        if (error != 0) failure();
        result = error != 0 ? -error : body();
      }
      elapse(what);
      if (options.history) record(describe(what, result));
    } catch (const std::bad_alloc&) {
      result = -ENOMEM;
    }
    return result;
  }

  // For calls that always succeed while the file system is up, and are not counted.
  template <typename Body>
  std::int64_t make_quietly(int fd, Body&& body) noexcept ASIOFILE_EXCLUDES(files_lock) {
    const files_guard lock(mutex);
    opened* const its = find(fd);
    if (its == nullptr) return -EBADF;
    if (!its->node || is_down_) return -EIO;
    try {
      return body(*its);
    } catch (const std::bad_alloc&) {
      return -ENOMEM;
    }
  }

  [[nodiscard]] opened* find(int fd) noexcept ASIOFILE_REQUIRES(files_lock);
  // Null with an errno value, negated, in `error`.
  [[nodiscard]] opened* usable(int fd, std::int64_t& error) noexcept ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] std::string path_of(int fd) noexcept ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] std::string path_in(int base, const char* path) noexcept
      ASIOFILE_REQUIRES(files_lock);
  // Returns a new descriptor, or -EMFILE.
  std::int64_t give_number(std::shared_ptr<opened> made) ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] nanoseconds delay_for(const call& made) ASIOFILE_REQUIRES(files_lock);
  void elapse(const call& made) ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] std::string describe(const call& made, std::int64_t result) const;

  node_ptr make_node(file_type type, unsigned mode) ASIOFILE_REQUIRES(files_lock);
  void fill(const file_node& node, file_status& found) const noexcept;
  std::int64_t find_path(int base, const char* path, last_link last, found_path& found,
                         reach how_far = reach::anywhere) ASIOFILE_REQUIRES(files_lock);
  // For calls that make, change or remove the name itself.
  std::int64_t find_name(int base, const char* path, found_path& found,
                         reach how_far = reach::anywhere) ASIOFILE_REQUIRES(files_lock);
  std::int64_t open_found(const found_path& found, int flags, unsigned mode, opened& made)
      ASIOFILE_REQUIRES(files_lock);
  std::int64_t open_unnamed(const found_path& found, int flags, unsigned mode, opened& made)
      ASIOFILE_REQUIRES(files_lock);
  void add_name(const found_path& at, const node_ptr& node) ASIOFILE_REQUIRES(files_lock);
  std::int64_t add_link(int base, const char* path, const node_ptr& node)
      ASIOFILE_REQUIRES(files_lock);
  std::int64_t check_transfer(const opened& its, operation_kind kind, std::uint64_t offset,
                              const iovec* buffers, std::size_t count) const noexcept
      ASIOFILE_REQUIRES(files_lock);
  std::uint64_t shortened(std::uint64_t length, const opened& its) noexcept
      ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] std::int64_t check_untorn(const opened& its, std::uint64_t offset,
                                          std::uint64_t bytes, std::size_t count) const noexcept
      ASIOFILE_REQUIRES(files_lock);
  std::int64_t write_to(opened& its, position at, const iovec* buffers, std::size_t count,
                        transfer_flags flags) ASIOFILE_REQUIRES(files_lock);
  std::int64_t write_bytes(opened& its, std::uint64_t offset, std::string_view bytes,
                           bool is_untorn = false) ASIOFILE_REQUIRES(files_lock);
  // Reports a failed sync to the descriptor, unless it has been reported there.
  static std::int64_t tell_of_failure(opened& its) noexcept ASIOFILE_REQUIRES(files_lock);
  std::int64_t sync_node(opened& its) ASIOFILE_REQUIRES(files_lock);
  void sync_all_data(file_node& node) ASIOFILE_REQUIRES(files_lock);
  void fail_sync(int fd) noexcept ASIOFILE_REQUIRES(files_lock);
  std::int64_t rename_found(const found_path& from, const found_path& to, unsigned flags)
      ASIOFILE_REQUIRES(files_lock);
  void keep_what_is_durable(const node_ptr& directory) ASIOFILE_REQUIRES(files_lock);
  void keep_a_mode(file_node& node) noexcept ASIOFILE_REQUIRES(files_lock);

  const std::shared_ptr<storage> storage_;
  std::uint64_t next_inode_ ASIOFILE_GUARDED_BY(files_lock) = 1;
  // For breaking cycles at the end: a moved directory may be above another one now, and below it in
  // the durable state.
  std::vector<std::weak_ptr<file_node>> directories_ ASIOFILE_GUARDED_BY(files_lock);
  const node_ptr root_;
  name_changes name_changes_ ASIOFILE_GUARDED_BY(files_lock){*root_, options.names};
  // Duplicates share one.
  std::map<int, std::shared_ptr<opened>> descriptors_ ASIOFILE_GUARDED_BY(files_lock);
  lock_table locks_ ASIOFILE_GUARDED_BY(files_lock);
  simulated_calls calls_{*this};
  std::vector<crashing*> in_flight_ ASIOFILE_GUARDED_BY(files_lock);

  std::uint64_t call_count_ ASIOFILE_GUARDED_BY(files_lock) = 0;
  std::uint64_t crash_at_ ASIOFILE_GUARDED_BY(files_lock) = 0;
  bool is_down_ ASIOFILE_GUARDED_BY(files_lock) = false;
};

}  // namespace asiofile::testing::detail

#pragma once

// The file system of a `testing::file_system`: its files, its descriptors, its clock.

#include "system/simulation.hpp"
#include "testing/fault_plan.hpp"
#include "testing/file_node.hpp"
#include "testing/name_changes.hpp"
#include "testing/path_walk.hpp"
#include "testing/random.hpp"

#include <asiofile/testing/file_system_options.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asiofile::testing::detail {

using asiofile::detail::operation;
using asiofile::detail::operation_kind;
using std::chrono::nanoseconds;

// Nothing: the delay is left to the seed.
using delay_rule = std::function<std::optional<nanoseconds>(const call&)>;

// Operations that a crash ends.
class crashing {
 public:
  virtual void crash() noexcept = 0;

 protected:
  ~crashing() = default;
};

class memory_system final : public asiofile::detail::simulation,
                            public std::enable_shared_from_this<memory_system> {
 public:
  static std::shared_ptr<memory_system> create(const file_system_options& options);
  explicit memory_system(const file_system_options& options);
  ~memory_system() override;

  // Held by whoever uses what follows. Recursive, because an engine holds it while it runs an
  // operation, which makes calls.
  std::recursive_mutex mutex;

  const file_system_options options;
  random chance;
  fault_plan faults;
  delay_rule delays;
  nanoseconds now{};

  [[nodiscard]] bool is_down() const noexcept { return is_down_; }
  [[nodiscard]] std::uint64_t call_count() const noexcept { return call_count_; }
  // Before the call of this number takes effect.
  void crash_at(std::uint64_t call_number) noexcept { crash_at_ = call_number; }
  void crash() noexcept;
  void restart() noexcept { is_down_ = false; }
  void add(crashing& operations) { in_flight_.push_back(&operations); }
  void remove(crashing& operations) noexcept { std::erase(in_flight_, &operations); }

  void set_capacity(std::uint64_t bytes) noexcept;
  [[nodiscard]] std::uint64_t used_bytes() const noexcept;
  // Durable, and past faults and clock. Throw boost::system::system_error.
  void put(const std::string& path, std::string_view content);
  [[nodiscard]] std::optional<std::string> content(const std::string& path);
  [[nodiscard]] std::vector<std::string> paths() const;

  void record(std::string event);
  std::vector<std::string> history;

  // How long an operation is to take, before it has begun.
  [[nodiscard]] nanoseconds delay_of(const operation& planned);
  // Calls made between the two do not move the clock; `end_step` tells how long they take.
  void begin_step() noexcept;
  nanoseconds end_step() noexcept;
  // What a crash may leave of an operation that it has cut off.
  void apply_in_part(const operation& cut_off) noexcept;

  std::unique_ptr<asiofile::detail::engine> make_engine(
      asiofile::detail::wake_signal& completed) override;
  [[nodiscard]] int root() const noexcept override { return first_fd_; }
  std::int64_t open(int base, const char* path, int flags, unsigned mode) noexcept override;
  std::int64_t close(int fd) noexcept override;
  std::int64_t read(int fd, position at, const iovec* buffers, std::size_t count) noexcept override;
  std::int64_t write(int fd, position at, const iovec* buffers,
                     std::size_t count) noexcept override;
  std::int64_t seek(int fd, std::int64_t offset, int whence) noexcept override;
  std::int64_t sync(int fd, operation_kind kind) noexcept override;
  std::int64_t resize(int fd, std::uint64_t size) noexcept override;
  std::int64_t allocate(int fd, std::uint64_t offset, std::uint64_t length) noexcept override;
  std::int64_t status_flags(int fd) noexcept override;
  std::int64_t status(int fd, file_status& found) noexcept override;
  std::int64_t path_status(int base, const char* path, bool follow,
                           file_status& found) noexcept override;
  std::int64_t change_mode(int fd, unsigned mode) noexcept override;
  std::int64_t rename(int from_base, const char* from, int to_base, const char* to,
                      unsigned flags) noexcept override;
  std::int64_t remove(int base, const char* path, bool is_directory) noexcept override;
  std::int64_t make_directory(int base, const char* path, unsigned mode) noexcept override;
  std::int64_t link(int from_base, const char* from, int to_base, const char* to) noexcept override;
  std::int64_t make_symlink(const char* target, int base, const char* path) noexcept override;
  std::int64_t read_symlink(int base, const char* path, char* into,
                            std::size_t size) noexcept override;
  std::int64_t list(int fd, std::vector<directory_entry>& entries) noexcept override;
  std::uint64_t unlikely_number() noexcept override;

 private:
  // One open file description.
  struct opened {
    // Null: it was open when the file system crashed.
    node_ptr node;
    int flags = 0;
    std::string path;
    std::uint64_t position = 0;
    // Of the file's failed syncs, those that were reported here.
    std::uint64_t failed_syncs_seen = 0;
  };

  // Of a call that a rule lets fail, beside its error.
  struct no_trace {
    void operator()() const noexcept {}
  };

  // Counts a call, lets it fail where it shall, and else makes it: `body` returns its result.
  template <typename Body, typename Failure = no_trace>
  std::int64_t make(call what, Body&& body, Failure&& failure = {}) noexcept {
    const std::lock_guard lock(mutex);
    std::int64_t result = -EIO;
    try {
      what.number = ++call_count_;
      if (what.number == crash_at_) {
        const std::int64_t done = chance.coin() ? body() : -EIO;
        // Nobody learns of what it has opened.
        if (what.kind == call_kind::open && done >= 0) close(static_cast<int>(done));
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

  // Of calls that always succeed while the file system is up, and are not counted.
  template <typename Body>
  std::int64_t make_quietly(int fd, Body&& body) noexcept {
    const std::lock_guard lock(mutex);
    opened* const its = find(fd);
    if (its == nullptr) return -EBADF;
    if (!its->node || is_down_) return -EIO;
    try {
      return body(*its);
    } catch (const std::bad_alloc&) {
      return -ENOMEM;
    }
  }

  [[nodiscard]] opened* find(int fd) noexcept;
  // Null with an errno value, negated, in `error`.
  [[nodiscard]] opened* usable(int fd, std::int64_t& error) noexcept;
  [[nodiscard]] std::string path_of(int fd) noexcept;
  [[nodiscard]] std::string path_in(int base, const char* path) noexcept;
  int lowest_free_fd() const noexcept;
  [[nodiscard]] nanoseconds delay_for(const call& made);
  void elapse(const call& made);
  [[nodiscard]] std::string describe(const call& made, std::int64_t result) const;

  node_ptr make_node(file_type type, unsigned mode);
  void fill(const file_node& node, file_status& found) const noexcept;
  std::int64_t find_path(int base, const char* path, last_link last, found_path& found);
  // For those that make, change or remove the name itself.
  std::int64_t find_name(int base, const char* path, found_path& found);
  std::int64_t open_found(const found_path& found, int flags, unsigned mode, opened& made);
  std::int64_t open_unnamed(const found_path& found, int flags, unsigned mode, opened& made);
  void add_name(const found_path& at, const node_ptr& node);
  std::int64_t check_transfer(const opened& its, operation_kind kind, std::uint64_t offset,
                              const iovec* buffers, std::size_t count) const noexcept;
  std::uint64_t shortened(std::uint64_t length, const opened& its) noexcept;
  std::int64_t write_to(opened& its, position at, const iovec* buffers, std::size_t count);
  std::int64_t write_bytes(opened& its, std::uint64_t offset, std::string_view bytes);
  std::int64_t sync_node(opened& its);
  void fail_sync(int fd) noexcept;
  std::int64_t rename_found(const found_path& from, const found_path& to, unsigned flags);
  void keep_what_is_durable(const node_ptr& directory);

  int first_fd_ = -1;
  const std::shared_ptr<storage> storage_;
  std::uint64_t next_inode_ = 1;
  // To undo cycles at the end: a moved directory may be above another one now, and below it in what
  // is durable.
  std::vector<std::weak_ptr<file_node>> directories_;
  const node_ptr root_;
  name_changes name_changes_;
  std::map<int, opened> descriptors_;
  std::vector<crashing*> in_flight_;

  std::uint64_t call_count_ = 0;
  std::uint64_t crash_at_ = 0;
  bool is_down_ = false;
  bool is_in_step_ = false;
  nanoseconds step_delay_{};
};

}  // namespace asiofile::testing::detail

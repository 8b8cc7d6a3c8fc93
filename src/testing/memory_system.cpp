// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The descriptors, the clock and the crashes of a simulated file system. Calls on names are in
// memory_names.cpp, calls on open files in memory_files.cpp.

#include "testing/memory_system.hpp"

#include "operations/completion.hpp"
#include "operations/range_check.hpp"
#include "testing/simulated_engine.hpp"

#include <boost/system/system_error.hpp>

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <set>
#include <utility>

namespace asiofile::testing::detail {

namespace {

using asiofile::detail::check_range;

file_system_options checked(const file_system_options& options) {
  const auto check_share = [](const char* name, double share) {
    check_range(name, share >= 0 && share <= 1 ? 0 : 2, 0, 1);
  };
  check_share("file_system_options::short_transfers", options.short_transfers);
  check_share("file_system_options::ignored_cancellations", options.ignored_cancellations);
  check_range("file_system_options::sector_bytes",
              std::has_single_bit(options.sector_bytes) ? options.sector_bytes : 0, 512, 4096);
  constexpr auto hour = static_cast<std::size_t>(nanoseconds(std::chrono::hours(1)).count());
  const auto least = static_cast<std::size_t>(options.delay_min.count());
  check_range("file_system_options::delay_min", least, 0, hour);
  check_range("file_system_options::delay_max", static_cast<std::size_t>(options.delay_max.count()),
              least, hour);
  return options;
}

std::shared_ptr<storage> make_storage(const file_system_options& options) {
  auto made = std::make_shared<storage>();
  made->sector_bytes = options.sector_bytes;
  made->sectors_max = options.capacity_bytes / options.sector_bytes;
  return made;
}

call_kind kind_of(operation_kind kind) noexcept {
  switch (kind) {
    case operation_kind::read: return call_kind::read;
    case operation_kind::write: return call_kind::write;
    case operation_kind::sync_all:
    case operation_kind::sync_data: return call_kind::sync;
    case operation_kind::resize: return call_kind::resize;
    case operation_kind::allocate: return call_kind::allocate;
    case operation_kind::lock: return call_kind::lock;
    case operation_kind::open: return call_kind::open;
    default: return call_kind::status;
  }
}

// In the order in which they were made on this thread.
thread_local std::vector<std::weak_ptr<memory_system>> made_here;

// The step that this thread is in: other threads' calls move the clock meanwhile.
struct current_step {
  const memory_system* whose = nullptr;
  nanoseconds delay{};
};
thread_local current_step step_here;

}  // namespace

memory_system::memory_system(const file_system_options& chosen)
    : options(checked(chosen)),
      chance(options.seed),
      storage_(make_storage(options)),
      root_(make_node(file_type::directory, 0755)) {
  root_->link_count = 2;
  root_->parent = root_;
}

std::shared_ptr<memory_system> memory_system::last_made() noexcept {
  while (!made_here.empty()) {
    if (auto last = made_here.back().lock()) return last;
    made_here.pop_back();
  }
  return nullptr;
}

std::shared_ptr<memory_system> memory_system::create(const file_system_options& options) {
  auto made = std::make_shared<memory_system>(options);
  const files_guard lock(made->mutex);
  auto root = std::make_shared<opened>();
  root->node = made->root_;
  root->flags = O_RDONLY | O_DIRECTORY;
  root->path.push_back('/');
  made->descriptors_.emplace(first_fd, std::move(root));
  std::erase_if(made_here, [](const auto& each) { return each.expired(); });
  made_here.push_back(made);
  return made;
}

memory_system::~memory_system() {
  for (const auto& each : directories_) {
    if (const node_ptr directory = each.lock()) {
      directory->entries.clear();
      directory->durable_entries.clear();
    }
  }
}

std::unique_ptr<asiofile::detail::engine> memory_system::make_engine(
    asiofile::detail::notifier& completed) {
  return std::make_unique<simulated_engine>(shared_from_this(), completed);
}

asiofile::detail::system_calls_ptr memory_system::calls() { return {shared_from_this(), &calls_}; }

node_ptr memory_system::make_node(file_type type, unsigned mode) {
  constexpr unsigned umask = 022;
  auto made = std::make_shared<file_node>(type, next_inode_++, mode & 07777U & ~umask, storage_);
  made->created = made->modified = now;
  if (made->is_directory()) directories_.push_back(made);
  return made;
}

// ---- descriptors

memory_system::opened* memory_system::find(int fd) noexcept {
  const auto found = descriptors_.find(fd);
  return found == descriptors_.end() ? nullptr : found->second.get();
}

memory_system::opened* memory_system::usable(int fd, std::int64_t& error) noexcept {
  opened* const its = find(fd);
  error = its == nullptr ? -EBADF : its->node ? 0 : -EIO;
  return error == 0 ? its : nullptr;
}

std::int64_t memory_system::give_number(std::shared_ptr<opened> made) {
  if (descriptors_.size() == descriptors_max) return -EMFILE;
  // The lowest free number, as on Linux.
  int fd = first_fd;
  for (const auto& [taken, unused] : descriptors_) {
    if (taken != fd) break;
    ++fd;
  }
  descriptors_.emplace(fd, std::move(made));
  return fd;
}

bool memory_system::has(int fd) noexcept {
  const files_guard lock(mutex);
  return find(fd) != nullptr;
}

std::int64_t memory_system::duplicate(int fd) noexcept {
  const files_guard lock(mutex);
  const auto found = descriptors_.find(fd);
  if (found == descriptors_.end()) return -EBADF;
  try {
    return give_number(found->second);
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

std::int64_t memory_system::close(int fd) noexcept {
  const files_guard lock(mutex);
  return drop(fd);
}

std::int64_t memory_system::drop(int fd) noexcept {
  if (fd == first_fd) return -EBADF;
  return descriptors_.erase(fd) == 1 ? 0 : -EBADF;
}

std::string memory_system::path_of(int fd) noexcept {
  const opened* const its = find(fd);
  return its == nullptr ? std::string() : its->path;
}

std::string memory_system::path_in(int base, const char* path) noexcept {
  return absolute_path(path_of(base), path);
}

std::uint64_t memory_system::unlikely_number() noexcept {
  const files_guard lock(mutex);
  return chance.next();
}

// ---- clock and history

nanoseconds memory_system::delay_for(const call& made) {
  if (delays) {
    if (const std::optional<nanoseconds> ruled = delays(made)) return *ruled;
  }
  const auto range = static_cast<std::uint64_t>((options.delay_max - options.delay_min).count());
  return options.delay_min + nanoseconds(static_cast<std::int64_t>(chance.below(range + 1)));
}

nanoseconds memory_system::delay_of(const operation& planned) {
  call expected;
  expected.kind = kind_of(planned.kind());
  expected.number = call_count_ + 1;
  if (planned.kind() == operation_kind::open) {
    const auto& its = static_cast<const open_operation&>(planned);
    expected.path = its.task == nullptr ? path_in(first_fd, its.path) : path_of(planned.fd);
  } else {
    expected.path = path_of(planned.target == nullptr ? -1 : planned.facts().fd);
  }
  if (planned.is_transfer()) {
    expected.offset = as_transfer(planned).next_offset();
    expected.length = as_transfer(planned).remaining();
  }
  return delay_for(expected);
}

void memory_system::begin_step() noexcept { step_here = {this, {}}; }

nanoseconds memory_system::end_step() noexcept { return std::exchange(step_here, {}).delay; }

void memory_system::elapse(const call& made) {
  (step_here.whose == this ? step_here.delay : now) += delay_for(made);
}

void memory_system::record(std::string event) {
  history.push_back(std::to_string(now.count()) + " ns: " + std::move(event));
}

std::string memory_system::describe(const call& made, std::int64_t result) const {
  std::string text =
      '#' + std::to_string(made.number) + ' ' + std::string(to_string(made.kind)) + ' ' + made.path;
  if (!made.other_path.empty()) text += " -> " + made.other_path;
  if (made.length != 0)
    text += " [" + std::to_string(made.offset) + " + " + std::to_string(made.length) + ']';
  else if (made.kind == call_kind::resize) text += " to " + std::to_string(made.offset);
  if (result < 0)
    return text + " = " +
           boost::system::error_code(static_cast<int>(-result), boost::system::system_category())
               .message();
  // A descriptor's number is not informative.
  return text + " = " + (made.kind == call_kind::open ? "ok" : std::to_string(result));
}

// ---- crash

void memory_system::crash() noexcept {
  if (is_down_) return;
  for (crashing* const each : in_flight_) each->crash();
  is_down_ = true;
  crash_at_ = 0;
  for (auto& [fd, its] : descriptors_) {
    if (fd != first_fd) its->node.reset();
  }
  locks_.clear();
  name_changes_.crash(chance);
  keep_what_is_durable(root_);
  std::erase_if(directories_, [](const auto& each) { return each.expired(); });
  if (options.history) record("crash");
}

void memory_system::keep_what_is_durable(const node_ptr& directory) {
  // Unreachable directories are dropped; their names could form a cycle.
  std::set<const file_node*> reached;
  std::vector<node_ptr> left{directory};
  reached.insert(directory.get());
  while (!left.empty()) {
    const node_ptr next = std::move(left.back());
    left.pop_back();
    next->entries = next->durable_entries;
    next->link_count = 2;
    for (const auto& [name, child] : next->entries) {
      const bool is_new = reached.insert(child.get()).second;
      if (child->is_directory()) {
        child->parent = next;
        ++next->link_count;
        if (is_new) left.push_back(child);
        continue;
      }
      child->link_count = is_new ? 1 : child->link_count + 1;
      if (is_new) child->data.crash(chance);
      if (is_new) keep_a_mode(*child);
    }
    keep_a_mode(*next);
  }
  for (const auto& each : directories_) {
    const node_ptr lost = each.lock();
    if (!lost || reached.contains(lost.get())) continue;
    lost->entries.clear();
    lost->durable_entries.clear();
  }
}

// Keeps one of the modes that may be durable.
void memory_system::keep_a_mode(file_node& node) noexcept {
  if (node.earlier_modes.empty()) return;
  const auto which = static_cast<std::size_t>(chance.below(node.earlier_modes.size() + 1));
  if (which != node.earlier_modes.size()) node.mode = node.earlier_modes[which];
  node.earlier_modes.clear();
}

void memory_system::apply_in_part(const operation& cut_off) noexcept {
  std::int64_t error = 0;
  opened* const its = usable(cut_off.target == nullptr ? -1 : cut_off.facts().fd, error);
  if (its == nullptr || its->node->is_directory() || (its->flags & O_ACCMODE) == O_RDONLY) return;
  if (cut_off.kind() == operation_kind::resize) {
    its->node->data.resize(static_cast<const range_operation&>(cut_off).offset);
    return;
  }
  if (cut_off.kind() != operation_kind::write) return;
  const auto& write = as_transfer(cut_off);
  std::string bytes;
  for (std::size_t i = 0; i != write.buffer_count; ++i)
    bytes.append(static_cast<const char*>(write.buffers[i].iov_base), write.buffers[i].iov_len);
  const bool is_untorn = (write.flags & asiofile::detail::untorn_flag) != 0;
  if (is_untorn) {
    const bool is_taken =
        check_untorn(*its, write.next_offset(), bytes.size(), write.buffer_count) == 0;
    if (!is_taken || its->node->data.room_for(write.next_offset(), bytes.size()) != bytes.size())
      return;
  } else {
    bytes.resize(static_cast<std::size_t>(chance.below(bytes.size() + 1)));
  }
  static_cast<void>(write_bytes(*its, write.next_offset(), bytes, is_untorn));
}

// ---- what a test does past the calls

void memory_system::set_capacity(std::uint64_t bytes) noexcept {
  storage_->sectors_max = bytes / storage_->sector_bytes;
}

std::uint64_t memory_system::used_bytes() const noexcept {
  return storage_->sectors_used * storage_->sector_bytes;
}

std::vector<std::string> memory_system::paths() const {
  std::vector<std::string> all;
  std::vector<std::pair<std::string, node_ptr>> left{{"", root_}};
  while (!left.empty()) {
    const auto [path, node] = std::move(left.back());
    left.pop_back();
    for (const auto& [name, child] : node->entries) {
      all.push_back(path + '/' + name);
      if (child->is_directory()) left.emplace_back(all.back(), child);
    }
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace asiofile::testing::detail

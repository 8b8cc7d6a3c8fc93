// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/readiness.hpp"
#include "system/notifier.hpp"
#include "system/thread_safety.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <new>
#include <thread>
#include <vector>

namespace asiofile::detail {

namespace {

// poll(2) refuses more descriptors than RLIMIT_NOFILE (EINVAL), so they are polled in groups, in
// smaller ones if the limit is lowered. If they do not fit into one group, the groups are polled in
// rotation.
constexpr std::size_t piece_max = 256;
constexpr std::size_t piece_min = 2;
constexpr int round_milliseconds = 10;

class poll_readiness final : public readiness {
 public:
  int open() noexcept override { return wake_.is_open() ? 0 : wake_.open(); }

  int arm(int fd, bool for_reading, bool for_writing) noexcept override {
    struct stat found;
    if (::fstat(fd, &found) == -1) return errno;
    if (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode)) return EPERM;
    const auto events =
        static_cast<short>((for_reading ? POLLIN : 0) | (for_writing ? POLLOUT : 0));
    try {
      const scoped_lock lock(mutex_);
      const auto its = find(fd);
      if (its == armed_.end()) armed_.push_back({fd, events, 0});
      else its->events = events;
    } catch (const std::bad_alloc&) {
      return ENOMEM;
    }
    wake();
    return 0;
  }

  void disarm(int fd) noexcept override {
    const scoped_lock lock(mutex_);
    const auto its = find(fd);
    if (its != armed_.end()) armed_.erase(its);
  }

  std::size_t wait(std::span<ready_event> events) noexcept override {
    std::array<pollfd, piece_max> piece;
    const std::size_t count = take_piece(piece);
    const bool is_all = count > armed_seen_;
    const int timeout = is_all ? -1 : round_begins_ ? round_milliseconds : 0;
    const int ready = ::poll(piece.data(), static_cast<nfds_t>(count), timeout);
    if (ready == -1 && errno == EINVAL && !shrink()) {
      // Not even two may be polled: streams are tried from time to time instead.
      std::this_thread::sleep_for(std::chrono::milliseconds(round_milliseconds));
      piece[1].revents = POLLERR;
    } else if (ready <= 0) {
      return 0;
    }
    if (piece[0].revents != 0) wake_.reset();
    return disarm_ready(std::span(piece).subspan(1, count - 1), events);
  }

  void wake() noexcept override {
    if (wake_.is_open()) wake_.set();
  }

  void abandon() noexcept override { wake_.close(); }

 private:
  std::vector<pollfd>::iterator find(int fd) noexcept ASIOFILE_REQUIRES(mutex_) {
    return std::ranges::find(armed_, fd, &pollfd::fd);
  }

  // Collects the notifier and the next group of descriptors. Returns how many there are in all.
  std::size_t take_piece(std::array<pollfd, piece_max>& piece) noexcept {
    const scoped_lock lock(mutex_);
    piece[0] = {wake_.read_fd(), POLLIN, 0};
    armed_seen_ = armed_.size();
    if (next_ >= armed_seen_) next_ = 0;
    round_begins_ = next_ == 0;
    std::size_t count = 1;
    for (; count < piece_size_ && next_ < armed_seen_; ++next_) piece[count++] = armed_[next_];
    return count;
  }

  bool shrink() noexcept {
    if (piece_size_ == piece_min) return false;
    piece_size_ = std::max(piece_size_ / 2, piece_min);
    return true;
  }

  std::size_t disarm_ready(std::span<const pollfd> polled, std::span<ready_event> events) noexcept {
    const scoped_lock lock(mutex_);
    std::size_t told = 0;
    for (const pollfd& each : polled) {
      if (each.revents == 0 || told == events.size()) continue;
      const auto its = find(each.fd);
      // It was disarmed meanwhile.
      if (its == armed_.end()) continue;
      armed_.erase(its);
      const bool is_over = (each.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
      events[told++] = {each.fd, is_over || (each.revents & POLLIN) != 0,
                        is_over || (each.revents & POLLOUT) != 0};
    }
    return told;
  }

  notifier wake_;
  mutex mutex_;
  std::vector<pollfd> armed_ ASIOFILE_GUARDED_BY(mutex_);
  // Used only by the thread that waits.
  std::size_t next_ = 0;
  std::size_t armed_seen_ = 0;
  std::size_t piece_size_ = piece_max;
  bool round_begins_ = true;
};

}  // namespace

std::unique_ptr<readiness> make_poll_readiness() { return std::make_unique<poll_readiness>(); }
#if !defined(__linux__)
std::unique_ptr<readiness> make_readiness() { return make_poll_readiness(); }
#endif

}  // namespace asiofile::detail

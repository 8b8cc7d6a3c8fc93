// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/file_guard.hpp"
#include "system/owned_fd.hpp"
#include "system/write_signals.hpp"

#include <asiofile/detail/send_file_job.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <string_view>
#include <utility>

namespace asiofile::detail {

namespace {

// Limited, so that others can run in between.
constexpr std::uint64_t step_bytes_max = 1024 * 1024;

// Cached data is sent in a tenth of this. A send that took longer has waited for a disk, and is
// likely to wait again: from then on it must not delay the others.
constexpr std::chrono::milliseconds quick_step_max{5};

class sending_job final : public send_file_job {
 public:
  sending_job(std::shared_ptr<service_core> service, const descriptor_use& file,
              sending_socket socket, int error, std::uint64_t offset, std::uint64_t bytes,
              bool was_slow)
      : service_(std::move(service)),
        file_(file.shared()),
        is_local_(file && file.facts().is_local),
        socket_(std::move(socket)),
        error_(error),
        offset_(offset),
        left_(bytes) {
    round_.was_slow = was_slow;
  }
  // It never ran, and all other users may have closed its file.
  ~sending_job() override {
    if (file_) service_->drop_on_worker(std::move(file_));
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "send_file"; }
  [[nodiscard]] bool is_quick() const noexcept override { return is_local_ && !round_.was_slow; }

 private:
  std::int64_t step() noexcept override {
    using clock = std::chrono::steady_clock;
    const auto begun = clock::now();
    const std::int64_t result = is_stopped() ? -ECANCELED : send_some();
    if (clock::now() - begun > quick_step_max) round_.was_slow = true;
    if (result == more) return more;
    answer(round_);
    // Here, and not in the destructor, which runs on a thread of the context.
    if (socket_ && (result < 0 || round_.end != send_end::full))
      static_cast<void>(socket_->close());
    file_.reset();
    return result;
  }

  std::int64_t send_some() noexcept {
    // Reading, and writing to the socket, needs no further descriptor.
    if (error_ == EMFILE || error_ == ENFILE) return end(send_end::refused);
    if (error_ != 0) return -error_;
    if (left_ == 0) return 0;
    const auto wanted = static_cast<std::size_t>(std::min(left_, step_bytes_max));
    const std::int64_t sent = send(wanted);
    if (sent > 0) {
      const auto bytes = static_cast<std::uint64_t>(sent);
      round_.bytes += bytes;
      offset_ += bytes;
      left_ -= bytes;
      if (left_ == 0) return 0;
      // Otherwise the socket would have taken more, or the file ends there, which the next round
      // finds.
      return bytes < wanted ? end(send_end::full) : more;
    }
    if (sent == 0) return end(send_end::eof);
    if (sent == -EINTR) return more;
    if (sent == -EAGAIN) return end(send_end::full);
    return is_refusal(static_cast<int>(-sent)) ? end(send_end::refused) : sent;
  }

  // If there are no workers, a thread of the context may make the call.
  std::int64_t send(std::size_t bytes) const noexcept {
    const write_signals_blocked while_calling;
    return file_->system().sendfile(socket_->get(), file_->fd(), static_cast<off_t>(offset_),
                                    bytes);
  }

  // The file cannot be mapped into memory or has no offsets, its file system does not support the
  // offset, the socket is none, or there is no such call; EPERM may come from a sandbox that does
  // not know it. Reading shows the actual error.
  static bool is_refusal(int error) noexcept {
    for (const int each : {EINVAL, ESPIPE, EOVERFLOW, ENOSYS, EOPNOTSUPP, ENOTSUP, EPERM}) {
      if (error == each) return true;
    }
    return false;
  }

  std::int64_t end(send_end how) noexcept {
    round_.end = how;
    return 0;
  }

  const std::shared_ptr<service_core> service_;
  std::shared_ptr<descriptor> file_;
  const bool is_local_;
  const sending_socket socket_;
  const int error_;
  std::uint64_t offset_;
  std::uint64_t left_;
  send_round round_;
};

}  // namespace

std::shared_ptr<send_file_job> make_send_file_job(const file_state& file, int socket,
                                                  sending_socket& own, std::uint64_t offset,
                                                  std::uint64_t bytes, bool was_slow) {
  constexpr std::uint64_t offset_max = std::numeric_limits<std::int64_t>::max();
  const descriptor_use used(file);
  int error = !used ? EBADF : offset > offset_max ? EINVAL : 0;
  if (error == 0 && !own) {
    own = std::make_shared<owned_fd>();
    const std::int64_t duplicate = kernel_calls()->duplicate(socket);
    *own = owned_fd(kernel_calls(), duplicate);
    if (duplicate < 0) error = static_cast<int>(-duplicate);
  }
  return std::make_shared<sending_job>(file.core, used, own, error, offset, bytes, was_slow);
}

void drop(const file_state& file, sending_socket&& own) noexcept {
  if (own->is_open()) file.core->drop_on_worker(std::move(own));
}

}  // namespace asiofile::detail

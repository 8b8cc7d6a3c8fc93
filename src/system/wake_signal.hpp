#pragma once

// A file descriptor that any thread (or the kernel) makes readable to wake up a reactor.

namespace asiofile::detail {

class wake_signal {
 public:
  // Throws boost::system::system_error where no descriptor can be had.
  wake_signal();
  ~wake_signal();
  wake_signal(const wake_signal&) = delete;
  wake_signal& operator=(const wake_signal&) = delete;

  // What to wait on for reading.
  [[nodiscard]] int read_fd() const noexcept { return read_fd_; }

  // Makes it readable. Async-signal-safe.
  void raise() noexcept;

  // Makes it unreadable until it is raised again.
  void lower() noexcept;

  // Closes its descriptors; it is only destroyed afterwards.
  void close() noexcept;

  // Waits until it, or the other one if there is one, is raised, `milliseconds` at most. Lowers none.
  void wait(int milliseconds, const wake_signal* other = nullptr) const noexcept;

 private:
  int read_fd_ = -1;
  int write_fd_ = -1;
};

}  // namespace asiofile::detail

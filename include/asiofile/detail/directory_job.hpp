#pragma once

// What a directory reader asks of the compiled library.

#include <asiofile/config.hpp>
#include <asiofile/detail/job.hpp>
#include <asiofile/directory_entry.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace asiofile::detail {

// What one reader has open. Shared with the initiations that it has handed out.
class directory_state;
using directory_state_ptr = std::shared_ptr<directory_state>;

// One opening of a directory.
class open_directory;

ASIOFILE_DECL directory_state_ptr make_directory_state();
[[nodiscard]] ASIOFILE_DECL bool is_open(directory_state& state) noexcept;
// Does not wait for the job that is under way: that is stopped, and closes the directory.
ASIOFILE_DECL void close(directory_state& state) noexcept;

enum class directory_step : std::uint8_t { open, next, rewind };

// One thing done to a reader's directory. From its making to its destruction no other can be.
class ASIOFILE_DECL directory_job : public job {
 public:
  // `path`: for `open`.
  directory_job(directory_state_ptr state, directory_step what, const std::string& path);
  ~directory_job() override;
  [[nodiscard]] bool can_begin_elsewhere() const noexcept override { return true; }

 protected:
  // next: nothing at the end.
  std::optional<std::vector<directory_entry>> batch_;

 private:
  std::int64_t step() noexcept override;
  std::int64_t open_it() noexcept;
  std::int64_t read_batch();
  void rewind_it() noexcept;

  const directory_state_ptr state_;
  const directory_step what_;
  const std::string path_;
  // Null where it could not be had; `refusal_` says why.
  std::shared_ptr<open_directory> directory_;
  std::int64_t refusal_ = 0;
};

class directory_batch_job final : public directory_job {
 public:
  using directory_job::directory_job;
  std::tuple<std::optional<std::vector<directory_entry>>> take_answer() {
    return {std::move(batch_)};
  }
};

template <typename Job>
struct directory_job_factory {
  directory_state_ptr state;
  directory_step what;
  std::string path = {};
  std::shared_ptr<Job> operator()() const { return std::make_shared<Job>(state, what, path); }
};

}  // namespace asiofile::detail

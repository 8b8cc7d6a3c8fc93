// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Lines of the files that have a name, one file after the other. Each look at the files is a job;
// the hub says when to look.

#include "operations/range_check.hpp"
#include "readers/line_buffer.hpp"
#include "readers/own_transfer.hpp"
#include "readers/tail_cursor.hpp"
#include "readers/tail_hub.hpp"
#include "service/service_core.hpp"
#include "system/posix_calls.hpp"

#include <asiofile/detail/job.hpp>
#include <asiofile/detail/tail_source.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asiofile::detail {

namespace {

using std::chrono::milliseconds;

constexpr auto tail_line_bytes_most = static_cast<std::size_t>(
    std::min<std::uint64_t>(std::uint64_t{1} << 40, std::numeric_limits<std::size_t>::max()));
constexpr std::size_t interval_most = std::numeric_limits<std::int32_t>::max();

void check(const std::string& path, const tail_reader_options& options) {
  check_range("tail_reader_options::delimiter: size", options.delimiter.size(), 1, 1 << 20);
  check_range("tail_reader_options::max_line_bytes", options.max_line_bytes, 1, tail_line_bytes_most);
  check_range("tail_reader_options::buffer_bytes", options.buffer_bytes, 1, 1 << 30);
  if (options.poll_interval < milliseconds(1) || options.poll_interval > milliseconds(interval_most))
    refuse_option("tail_reader_options::poll_interval", "is not 1 ms to 24 days");
  if (has_zero_byte(path)) refuse_option("tail_reader: the path", "has a zero byte");
}

// The reader has no file of its own that `background` would know.
background_file file_of(const tail_hub& hub) {
  background_file none;
  none.state = hub.file();
  return none;
}

tail_plan plan_of(const tail_reader_options& options) {
  return {options.delimiter, options.max_line_bytes, options.buffer_bytes, options.poll_interval,
          options.use_notification};
}

// One look. Has exclusive use of the cursor until it has completed.
class tail_look final : public job {
 public:
  tail_look(std::unique_ptr<tail_cursor> its, tail_hub& hub, tail_follower& who,
            const tail_plan& plan, service_core& core) noexcept
      : cursor(std::move(its)),
        transfer(static_cast<job&>(*this), this),
        hub_(hub),
        who_(who),
        plan_(plan),
        core_(core) {}

  std::unique_ptr<tail_cursor> cursor;
  tail_finding found;
  bool has_unfinished = false;
  bool is_due = false;
  own_transfer transfer;

 private:
  [[nodiscard]] std::string_view name() const noexcept override { return "look_at_tail"; }

  std::int64_t step() noexcept override {
    try {
      look();
      // Finds what changed before the watch was set.
      while (is_nothing() && watch() == tail_hub::watching::begun) look();
      return 0;
    } catch (const std::bad_alloc&) {
      return -ENOMEM;
    }
  }

  [[nodiscard]] bool is_nothing() const noexcept {
    return found.what == tail_finding::kind::nothing;
  }

  void look() {
    const std::string path = who_.path();
    cursor->look({.system = system(),
                  .base = base(),
                  .path = path,
                  .blocks = core_.blocks(),
                  .buffer_bytes = plan_.buffer_bytes,
                  .has_unfinished = has_unfinished,
                  .is_due = std::exchange(is_due, false)},
                 found);
  }

  tail_hub::watching watch() {
    const auto how = plan_.uses_notification
                         ? hub_.watch(who_, cursor->file(), cursor->has_name())
                         : tail_hub::watching::impossible;
    std::optional<std::chrono::nanoseconds> pause;
    if (found.is_timed || how == tail_hub::watching::impossible) pause = plan_.poll_interval;
    hub_.wake_after(who_, pause);
    return how;
  }

  // They outlive it, with the source.
  tail_hub& hub_;
  tail_follower& who_;
  const tail_plan& plan_;
  service_core& core_;
};

// What has been read and not delivered. While a reader waits for more there is no text, unless a
// line has begun.
struct tail_text {
  tail_text(const tail_plan& plan, const tail_identity& of, std::uint64_t offset,
            std::uint64_t fingerprint)
      : lines(plan.delimiter, plan.line_bytes_max, offset),
        identity(of),
        head(offset, fingerprint) {}

  // Guarded by the source's mutex while a call waits; otherwise the call's, or nobody's.
  line_buffer lines;
  // The file that the lines are from, and how it begins.
  tail_identity identity;
  tail_head head;
  // The block that holds the data in `lines`, and the one for the next read.
  memory_block in_use;
  memory_block found;
  std::size_t found_bytes = 0;
};

class tail_source : public background, public tail_follower {
 public:
  tail_source(std::shared_ptr<tail_hub> hub, const std::string& path,
              const tail_reader_options& options)
      : background(file_of(*hub)),
        hub_(std::move(hub)),
        plan_(hub_->share(plan_of(options))),
        cursor_(std::make_unique<tail_cursor>(options.checkpoint, options.start)),
        delivered_(options.checkpoint.value_or(tail_checkpoint())) {
    hub_->add(*this, path);
  }

  ~tail_source() {
    hub_->remove(*this);
    close_on_worker(std::move(cursor_));
  }

  bool take(std::string_view& line) noexcept {
    if (is_in_call() || is_closed_) return false;
    // The look of a call that was cancelled may complete meanwhile.
    const scoped_lock lock(mutex_);
    if (!text_ || !text_->lines.take(line)) return false;
    set_delivered();
    return true;
  }

  void put_back() noexcept override { text_->lines.put_back(); }

  [[nodiscard]] tail_checkpoint checkpoint() const noexcept {
    const scoped_lock lock(mutex_);
    return delivered_;
  }
  [[nodiscard]] std::uint64_t too_long_bytes() const noexcept {
    return too_long_bytes_.load(std::memory_order_relaxed);
  }

  void close() {
    is_closed_ = true;
    cancel_any();
  }
  [[nodiscard]] bool is_open() const noexcept { return !is_closed_; }
  void cancel() { cancel_any(); }

 private:
  void prepare(const operation&) override ASIOFILE_REQUIRES(mutex_) { is_worth_a_look_ = true; }

  bool advance(operation& call) override ASIOFILE_REQUIRES(mutex_) {
    if (is_closed_) return end(call, -EBADF);
    while (text_) {
      std::string_view line;
      line_buffer& lines = text_->lines;
      if (lines.take(line)) return give(call, line);
      if (const auto bytes = lines.take_too_long()) return end_too_long(call, *bytes);
      if (text_->found_bytes != 0) {
        if (!add_found()) return end(call, -ENOMEM);
        continue;
      }
      if (ends_line_) {
        std::optional<std::uint64_t> too_long;
        if (lines.take_rest(line, too_long))
          return too_long ? end_too_long(call, *too_long) : give(call, line);
        ends_line_ = false;
      }
      break;
    }
    if (error_ != 0) return end(call, std::exchange(error_, 0));
    keep_rest();
    return false;
  }

  // Adds the data that a look has found. False if there is no memory for it.
  bool add_found() noexcept ASIOFILE_REQUIRES(mutex_) {
    try {
      text_->lines.add(reinterpret_cast<const char*>(text_->found.data()), text_->found_bytes);
    } catch (const std::bad_alloc&) {
      return false;
    }
    text_->in_use = std::move(text_->found);
    read_to_ += std::exchange(text_->found_bytes, 0);
    return true;
  }

  // It may be a long time until the next look.
  void keep_rest() noexcept ASIOFILE_REQUIRES(mutex_) {
    if (!text_ || look_) return;
    if (text_->lines.position() == read_to_) {
      fingerprint_ = text_->head.fingerprint(read_to_);
      text_.reset();
      return;
    }
    if (!text_->in_use) return;
    try {
      text_->lines.keep_rest();
      text_->in_use = memory_block();
    } catch (const std::bad_alloc&) {
      // Then it stays in the block.
    }
  }

  static bool give(operation& call, std::string_view line) noexcept {
    call_answer& answer = answer_of(call);
    answer.is_there = true;
    answer.data = line.data();
    answer.bytes = line.size();
    return end(call, 0);
  }

  bool end_too_long(operation& call, std::uint64_t bytes) noexcept {
    too_long_bytes_.store(bytes, std::memory_order_relaxed);
    return end(call, -EMSGSIZE);
  }

  static bool end(operation& call, std::int64_t result) noexcept {
    call.result = result;
    return true;
  }

  // ---- looks

  void plan(unstarted_transfers& wanted) override ASIOFILE_REQUIRES(mutex_) {
    if (!is_waited_for()) return;
    set_waiting(true);
    if (look_ || is_closed_ || !std::exchange(is_worth_a_look_, false)) return;
    try {
      // In a forked child: see `forget_in_flight`.
      if (!cursor_)
        cursor_ = std::make_unique<tail_cursor>(delivered_, tail_reader_options::place::beginning);
      if (!text_)
        text_ = std::make_unique<tail_text>(*plan_, cursor_->file().identity(), read_to_,
                                            fingerprint_);
      look_ = std::make_unique<tail_look>(std::move(cursor_), *hub_, *this, *plan_, core());
    } catch (const std::bad_alloc&) {
      error_ = -ENOMEM;
      return;
    }
    look_->has_unfinished = text_->lines.position() != read_to_;
    look_->is_due = std::exchange(is_due_, false);
    wanted.add(look_->transfer, shared_from_this());
  }

  void take_back(own_transfer& done, std::int64_t result) override ASIOFILE_REQUIRES(mutex_) {
    const std::unique_ptr<tail_look> over = take_look(done);
    if (!over) return;
    cursor_ = std::move(over->cursor);
    tail_finding& found = over->found;
    if (found.is_new_file) begin_file(found);
    if (result < 0) {
      error_ = result;
      return;
    }
    switch (found.what) {
      case tail_finding::kind::nothing: is_due_ = false; return;
      case tail_finding::kind::data: take_data(found); break;
      case tail_finding::kind::line_end: ends_line_ = true; break;
      case tail_finding::kind::error: error_ = found.error; break;
    }
    is_worth_a_look_ = true;
  }

  void begin_file(const tail_finding& found) noexcept ASIOFILE_REQUIRES(mutex_) {
    text_->identity = found.identity;
    if (found.is_continued) return;
    read_to_ = found.offset;
    text_->lines.restart(read_to_);
    text_->head = tail_head(read_to_, found.fingerprint);
    // Its beginning is a position to resume from, too.
    if (delivered_.inode == 0) set_delivered();
  }

  void take_data(tail_finding& found) noexcept ASIOFILE_REQUIRES(mutex_) {
    text_->head.add({found.block.data(), found.bytes});
    text_->found = std::move(found.block);
    text_->found_bytes = found.bytes;
  }

  // Null for one that a forked child has abandoned.
  std::unique_ptr<tail_look> take_look(const own_transfer& done) noexcept
      ASIOFILE_REQUIRES(mutex_) {
    if (look_ && &look_->transfer == &done) return std::move(look_);
    lost_look_.reset();
    return nullptr;
  }

  void discard(own_transfer& dropped) noexcept override ASIOFILE_REQUIRES(mutex_) {
    if (const auto over = take_look(dropped)) cursor_ = std::move(over->cursor);
  }

  void rest() noexcept override ASIOFILE_REQUIRES(mutex_) { set_waiting(false); }

  void settle() noexcept override {
    std::unique_ptr<tail_cursor> unused;
    {
      const scoped_lock lock(mutex_);
      const bool is_idle = is_waited_for() && !look_;
      if (is_idle != std::exchange(is_counted_, is_idle)) hub_->count_waiting(is_idle ? 1 : -1);
      if (is_closed_) unused = std::move(cursor_);
    }
    close_on_worker(std::move(unused));
    hub_->settle();
  }

  void close_on_worker(std::unique_ptr<tail_cursor> unused) noexcept {
    if (!unused || !unused->file().is_open()) return;
    try {
      core().drop_on_worker(std::shared_ptr<tail_cursor>(std::move(unused)));
    } catch (const std::bad_alloc&) {
      // It is closed here.
    }
  }

  void wake(bool is_due, std::int64_t error) override {
    {
      const scoped_lock lock(mutex_);
      is_worth_a_look_ = true;
      is_due_ = is_due_ || is_due;
      if (error < 0) error_ = error;
    }
    resume();
  }

  void drop() noexcept override { drop_call(); }

  std::shared_ptr<void> keep() noexcept override { return weak_from_this().lock(); }

  // A thread of the parent's may have been in the middle of a look: the child begins at what was
  // delivered.
  void forget_in_flight() noexcept override ASIOFILE_REQUIRES(mutex_) {
    set_waiting(false);
    if (std::exchange(is_counted_, false)) hub_->count_waiting(-1);
    if (!look_) return;
    lost_look_ = std::move(look_);
    read_to_ = text_->lines.position();
    text_->lines.restart(read_to_);
    text_->head = tail_head(read_to_, text_->head.fingerprint(read_to_));
  }

  // ---- what has been delivered

  void call_delivered() noexcept override { note_delivered(); }

  void note_delivered() noexcept {
    const scoped_lock lock(mutex_);
    set_delivered();
  }

  void set_delivered() noexcept ASIOFILE_REQUIRES(mutex_) {
    if (!text_ || text_->identity.inode == 0) return;
    const std::uint64_t offset = text_->lines.position();
    delivered_ = {text_->identity.device, text_->identity.inode,
                  text_->identity.created_nanoseconds, offset, text_->head.fingerprint(offset)};
  }

  // In the padding of the base class. What has no delimiter so far is a line.
  bool ends_line_ ASIOFILE_GUARDED_BY(mutex_) = false;
  bool is_worth_a_look_ ASIOFILE_GUARDED_BY(mutex_) = false;
  bool is_due_ ASIOFILE_GUARDED_BY(mutex_) = false;
  bool is_counted_ ASIOFILE_GUARDED_BY(mutex_) = false;
  std::atomic<bool> is_closed_ = false;

  const std::shared_ptr<tail_hub> hub_;
  const tail_plan_ptr plan_;

  // Null while a look has it.
  std::unique_ptr<tail_cursor> cursor_ ASIOFILE_GUARDED_BY(mutex_);
  std::unique_ptr<tail_look> look_ ASIOFILE_GUARDED_BY(mutex_);
  std::unique_ptr<tail_look> lost_look_ ASIOFILE_GUARDED_BY(mutex_);

  // Not null while there is a look.
  std::unique_ptr<tail_text> text_;
  // Up to where the file is in `lines`; and its fingerprint up to there, while there is no text.
  std::uint64_t read_to_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  std::uint64_t fingerprint_ ASIOFILE_GUARDED_BY(mutex_) = hash_of_nothing;
  tail_checkpoint delivered_ ASIOFILE_GUARDED_BY(mutex_);
  std::int64_t error_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  std::atomic<std::uint64_t> too_long_bytes_ = 0;
};

tail_source& tail_of(background& source) noexcept { return static_cast<tail_source&>(source); }

}  // namespace

background_ptr make_tail_source(const file_state_ptr& file, const std::string& path,
                                const tail_reader_options& options) {
  check(path, options);
  return std::make_shared<fork_safe<tail_source>>(tail_hub_of(file), path, options);
}

bool take_tail_line(background& source, std::string_view& line) noexcept {
  return tail_of(source).take(line);
}

tail_checkpoint checkpoint_of_tail(background& source) noexcept {
  return tail_of(source).checkpoint();
}

std::uint64_t too_long_tail_line_bytes(background& source) noexcept {
  return tail_of(source).too_long_bytes();
}

void cancel_tail(background& source) { tail_of(source).cancel(); }
void close_tail(background& source) { tail_of(source).close(); }
bool is_tail_open(background& source) noexcept { return tail_of(source).is_open(); }

}  // namespace asiofile::detail

// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// libuv's file functions, with its loop and its threads.

#include "../worker/file_descriptor.hpp"
#include "../worker/slot.hpp"
#include "factories.hpp"

#include <uv.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace benchmark {

namespace {

class libuv final : public contender {
 public:
  explicit libuv(const task& what) : durable_(what.durable), file_(what), slots_(what) {
    // Read by libuv when it starts its threads, with the first request.
    ::setenv("UV_THREADPOOL_SIZE", std::to_string(what.pool_threads).c_str(), 1);
    check_call("uv_loop_init", ::uv_loop_init(&loop_));
    requests_.resize(slots_.size());
  }

  ~libuv() override { ::uv_loop_close(&loop_); }

  void run(std::uint64_t operations) override {
    slots_.refill(operations);
    for (std::size_t index = 0; index != slots_.size(); ++index) {
      requests_[index] = {{}, this, &slots_[index]};
      start_next(requests_[index]);
    }
    ::uv_run(&loop_, UV_RUN_DEFAULT);
  }

  void check_written() override { slots_.check_written(file_.get()); }

 private:
  struct request {
    uv_fs_t native{};
    libuv* owner = nullptr;
    slot* place = nullptr;
  };

  static void check_call(const char* call, int result) {
    if (result != 0) fail(call, -result);
  }

  void start_next(request& each) {
    slot& place = *each.place;
    if (!place.next()) return;
    each.native.data = &each;
    const uv_buf_t buffer =
        ::uv_buf_init(reinterpret_cast<char*>(place.buffer()), static_cast<unsigned>(place.size()));
    const auto offset = static_cast<std::int64_t>(place.offset());
    const auto start = place.is_write() ? &::uv_fs_write : &::uv_fs_read;
    check_call("uv_fs_read or uv_fs_write",
               start(&loop_, &each.native, file_.get(), &buffer, 1, offset, &after_transfer));
  }

  static void after_transfer(uv_fs_t* native) {
    request& each = *static_cast<request*>(native->data);
    each.place->check(native->result);
    ::uv_fs_req_cleanup(native);
    libuv& owner = *each.owner;
    if (owner.durable_ != durability::fdatasync) {
      owner.start_next(each);
      return;
    }
    check_call("uv_fs_fdatasync",
               ::uv_fs_fdatasync(&owner.loop_, native, owner.file_.get(), &after_sync));
  }

  static void after_sync(uv_fs_t* native) {
    request& each = *static_cast<request*>(native->data);
    slot::check_sync(native->result);
    ::uv_fs_req_cleanup(native);
    each.owner->start_next(each);
  }

  durability durable_;
  file_descriptor file_;
  slot_set slots_;
  uv_loop_t loop_{};
  std::vector<request> requests_;
};

}  // namespace

std::unique_ptr<contender> make_libuv(const task& what) { return std::make_unique<libuv>(what); }

}  // namespace benchmark

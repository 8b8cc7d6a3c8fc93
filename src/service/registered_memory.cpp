// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/registered_memory.hpp"

#include "engines/registry.hpp"
#include "engines/host_information.hpp"
#include "service/registration.hpp"
#include "service/service_core.hpp"

#include "operations/operation.hpp"
#include <asiofile/detail/registered_memory_access.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <cerrno>
#include <optional>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr std::size_t bytes_per_index_max = std::size_t{1} << 30;

std::size_t whole_pages(std::size_t bytes) noexcept {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

registered_memory::registered_memory(std::shared_ptr<service_core> core, std::size_t count,
                                     std::size_t bytes_each)
    : core_(std::move(core)),
      bytes_each_(bytes_each),
      stride_(whole_pages(bytes_each)),
      slots_per_index_(bytes_per_index_max / stride_),
      slots_(count),
      free_(count) {
  // Registration with the ring must not need memory.
  indices_.reserve(count / slots_per_index_ + 1);
  for (memory_slot& each : slots_) each.memory = this;
}

registered_memory::~registered_memory() {
  remove_from_ring();
  if (start_ != nullptr) ::munmap(start_, slots_.size() * stride_);
}

int registered_memory::set_up() noexcept {
  void* const mapped = ::mmap(nullptr, slots_.size() * stride_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return errno;
  start_ = static_cast<std::byte*>(mapped);
  std::shared_ptr<registry> found;
  const int error = find_registry(*core_, found);
  if (error == ECANCELED) return error;
  ring_ = std::move(found);
  error_ = error != 0 ? error : add_to_ring();
  return 0;
}

// All of it or nothing.
int registered_memory::add_to_ring() noexcept {
  for (std::size_t next = 0; next < slots_.size(); next += slots_per_index_) {
    const std::size_t count = std::min(slots_per_index_, slots_.size() - next);
    const int index = ring_->add_memory(start_ + next * stride_, count * stride_);
    if (index < 0) {
      remove_from_ring();
      return -index;
    }
    indices_.push_back(static_cast<std::uint16_t>(index));
  }
  return 0;
}

void registered_memory::remove_from_ring() noexcept {
  if (ring_) {
    for (const std::uint16_t each : indices_) ring_->remove_memory(each);
  }
  indices_.clear();
  ring_.reset();
}

slot_reference registered_memory::take() noexcept {
  const std::optional<std::size_t> index = free_.take();
  if (!index) return {};
  memory_slot& taken = slots_[*index];
  taken.keeps = shared_from_this();
  taken.uses.store(1, std::memory_order_relaxed);
  return slot_reference(&taken);
}

void registered_memory::give_back(memory_slot& unused) noexcept {
  // This may be the last reference.
  const std::shared_ptr<registered_memory> kept = std::move(unused.keeps);
  free_.put(number_of(unused));
}

std::size_t registered_memory::number_of(const memory_slot& of) const noexcept {
  return static_cast<std::size_t>(&of - slots_.data());
}

std::span<std::byte> registered_memory::bytes_of(const memory_slot& taken) const noexcept {
  return {start_ + number_of(taken) * stride_, bytes_each_};
}

std::uint16_t registered_memory::index_for(const memory_slot& taken) const noexcept {
  // After a fork the ring is the parent's.
  if (!ring_ || indices_.empty() || !ring_->is_in_effect()) return registered_indices::none;
  return indices_[number_of(taken) / slots_per_index_];
}

int registered_memory::registration_error() const noexcept {
  if (error_ != 0) return error_;
  return ring_->is_in_effect() ? 0 : EOPNOTSUPP;
}

std::string registered_memory::why() const {
  const int error = registration_error();
  const std::string plain = "plain memory: ";
  const std::string reason = std::system_category().message(error);
  switch (error) {
    case 0: return "registered with io_uring";
    case EOPNOTSUPP: return plain + "no io_uring of this process's runs it";
    case ENOBUFS: return plain + "the ring's table is full";
    case ENOMEM: {
      const auto limit = read_host_information().lockable_bytes;
      const std::string here =
          limit ? "it is " + std::to_string(*limit) + " bytes here" : "it is unlimited here";
      return plain + reason + ": raise RLIMIT_MEMLOCK, which registered memory counts against "
             "without CAP_IPC_LOCK (" + here + "; ulimit -l; LimitMEMLOCK= in systemd; --ulimit "
             "memlock= for docker and podman)";
    }
    case EINVAL: return plain + reason + ": Linux 5.19 or newer is needed";
    default: return plain + "io_uring_register refuses it: " + reason;
  }
}

void retain(memory_slot& used) noexcept { used.uses.fetch_add(1, std::memory_order_relaxed); }

void release(memory_slot& used) noexcept {
  // Everything that others did with the memory happens before what its next user does.
  if (used.uses.fetch_sub(1, std::memory_order_acq_rel) == 1) used.memory->give_back(used);
}

int make_registered_memory(const std::shared_ptr<service_core>& service, const void* native,
                           std::size_t count, std::size_t bytes_each,
                           registered_memory_ptr& made) {
  made.reset();
  const bool is_in_range = count >= 1 && count <= slot_count_max &&
                           bytes_each >= 1 && bytes_each <= slot_bytes_max;
  if (!is_in_range) return EINVAL;
  service->set_executor(native);
  auto memory = std::make_shared<registered_memory>(service, count, bytes_each);
  if (const int error = memory->set_up()) return error;
  made = std::move(memory);
  return 0;
}

slot_reference take_slot(registered_memory& from) noexcept { return from.take(); }

std::span<std::byte> bytes_of(const slot_reference& taken) noexcept {
  return taken.get()->memory->bytes_of(*taken.get());
}

std::size_t slot_count(const registered_memory& of) noexcept { return of.count(); }
std::size_t slot_bytes(const registered_memory& of) noexcept { return of.bytes_each(); }

int registration_errno(const registered_memory& of) noexcept { return of.registration_error(); }

std::string why(const registered_memory& of) { return of.why(); }

}  // namespace asiofile::detail

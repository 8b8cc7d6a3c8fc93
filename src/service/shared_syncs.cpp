#include "service/shared_syncs.hpp"

#include "service/file_state.hpp"

#include <cerrno>

namespace asiofile::detail {

namespace {

const descriptor* used_by(const operation& which) noexcept { return which.file->descriptor.get(); }

// Whether a sync has taken place, so that it is known what became of the data.
bool has_synced(const operation& over) noexcept {
  return over.sync_result != operation::sync_not_run && over.sync_result != -ECANCELED;
}

}  // namespace

bool shared_syncs::join(operation& written) {
  descriptor& used = *written.file->descriptor;
  if (used.syncing == nullptr) used.syncing = &written;
  if (used.syncing == &written) return true;
  written.stage = operation_stage::synced_by_another;
  written.synced_by = nullptr;
  kept_.push_back(written);
  return false;
}

void shared_syncs::begin(operation& leader) noexcept {
  for (operation& each : kept_) {
    if (each.synced_by != nullptr || used_by(each) != used_by(leader)) continue;
    each.synced_by = &leader;
    if (each.sync == sync_after::all) leader.sync = sync_after::all;
  }
}

operation* shared_syncs::end(operation& over, operation_queue& covered) noexcept {
  descriptor& used = *over.file->descriptor;
  if (used.syncing != &over) return nullptr;
  used.syncing = nullptr;
  operation* next = nullptr;
  for (auto each = kept_.begin(); each != kept_.end();) {
    operation& candidate = *each++;
    if (used_by(candidate) != &used) continue;
    const bool is_covered = candidate.synced_by == &over && has_synced(over);
    candidate.synced_by = nullptr;
    if (is_covered) {
      // A sync that failed tells of the data of all, and is not tried again for any.
      candidate.sync_result = over.sync_result;
      leave(candidate);
      covered.push_back(candidate);
    } else if (next == nullptr) {
      leave(candidate);
      next = &candidate;
    }
  }
  used.syncing = next;
  return next;
}

}  // namespace asiofile::detail

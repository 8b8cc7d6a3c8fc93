// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "factories.hpp"

#include "../../contender/factories.hpp"

namespace benchmark {

std::unique_ptr<contender> make_contender(const task& what) {
  if (what.contender == "append_log") return storage::make_append_log(what);
  if (what.contender == "chains") return storage::make_chains(what);
  if (what.contender == "batch_loop") return storage::make_batch_loop(what);
  if (what.contender == "blocking") return make_blocking(what);
  if (what.contender == "libuv") return make_libuv(what);
  if (what.contender == "asiofile") return make_asiofile_callback(what);
  return nullptr;
}

}  // namespace benchmark

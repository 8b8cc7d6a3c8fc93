// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "factories.hpp"

namespace benchmark {

std::unique_ptr<contender> make_contender(const task& what) {
  if (what.contender == "blocking") return make_blocking(what);
  if (what.contender == "liburing") return make_liburing(what);
  if (what.contender == "libaio") return make_libaio(what);
  if (what.contender == "thread_pool") return make_thread_pool(what);
  if (what.contender == "libuv") return make_libuv(what);
  if (what.contender != "asiofile") return nullptr;
  if (what.token.starts_with("callback")) return make_asiofile_callback(what);
  if (what.token.starts_with("coroutine")) return make_asiofile_coroutine(what);
  return nullptr;
}

}  // namespace benchmark

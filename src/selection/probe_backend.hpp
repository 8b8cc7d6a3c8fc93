#pragma once

// One backend of `probe()`.

#include <asiofile/probe.hpp>

namespace asiofile::detail {

// Tries a backend on this machine, now; leaves nothing behind. Not `automatic`.
backend_report probe_backend(backend which);

}  // namespace asiofile::detail

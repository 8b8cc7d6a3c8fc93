#pragma once

// What a failed set-up of a backend means to a person.

#include <asiofile/probe.hpp>

namespace asiofile::detail {

// `error`: an errno value, 0 where the backend works.
backend_report io_uring_report(const char* failing_call, int error);
backend_report libaio_report(const char* failing_call, int error);
backend_report threads_report(const char* failing_call, int error);

// A backend that this library was built without.
backend_report not_built(backend which, const char* library);

}  // namespace asiofile::detail

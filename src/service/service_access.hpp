#pragma once

#include <asiofile/file_service.hpp>

#include <memory>

namespace asiofile::detail {

// The door from the public service to what is behind it.
struct service_access {
  static const std::shared_ptr<service_core>& core_of(file_service& service) noexcept {
    return service.core_;
  }
};

}  // namespace asiofile::detail

#pragma once

// What `registered_buffers` asks of the compiled library.

#include <asiofile/config.hpp>
#include <asiofile/detail/executor_of.hpp>
#include <asiofile/detail/native_executor.hpp>
#include <asiofile/detail/slot_reference.hpp>
#include <asiofile/file_service.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace asiofile::detail {

class registered_memory;
using registered_memory_ptr = std::shared_ptr<registered_memory>;

// Null, and an error, where there is none. Throws std::bad_alloc only.
[[nodiscard]] ASIOFILE_DECL registered_memory_ptr
make_registered_memory(file_service& service, const native_executor& native, std::size_t count,
                       std::size_t bytes_each, boost::system::error_code& ec);

// The same on the service of a source's context, which is made where there is none yet. Here and not
// in the library: see `context_gate`.
template <typename Source>
registered_memory_ptr make_registered_memory(Source& source, std::size_t count,
                                             std::size_t bytes_each,
                                             boost::system::error_code& ec) {
  const auto executor = executor_of(source);
  boost::asio::execution_context& context = context_of(executor);
  return make_registered_memory(boost::asio::use_service<file_service>(context),
                                native_executor_of(executor), count, bytes_each, ec);
}

// None where all are in use.
[[nodiscard]] ASIOFILE_DECL slot_reference take_slot(registered_memory& from) noexcept;
[[nodiscard]] ASIOFILE_DECL std::span<std::byte> bytes_of(const slot_reference& taken) noexcept;

[[nodiscard]] ASIOFILE_DECL std::size_t slot_count(const registered_memory& of) noexcept;
[[nodiscard]] ASIOFILE_DECL std::size_t slot_bytes(const registered_memory& of) noexcept;
[[nodiscard]] ASIOFILE_DECL boost::system::error_code registration_error(
    const registered_memory& of) noexcept;
[[nodiscard]] ASIOFILE_DECL std::string why(const registered_memory& of);

}  // namespace asiofile::detail

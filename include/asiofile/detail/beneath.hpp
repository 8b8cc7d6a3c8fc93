#pragma once

// What the file class templates ask of the compiled library to open files beneath a directory.

#include <asiofile/config.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/initiation.hpp>
#include <asiofile/detail/job.hpp>
#include <asiofile/file_base.hpp>

#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace asiofile::detail {

// A directory that is not to be left. Shared by the initiations that go beneath it.
class beneath_root;
using beneath_root_ptr = std::shared_ptr<const beneath_root>;

// `directory`: a file object's; null stands for a closed one. The root has a descriptor of its own,
// so that nothing which is done to the file object afterwards changes what it is.
ASIOFILE_DECL beneath_root_ptr make_beneath_root(const file_state* directory);
// Opened when it is used.
ASIOFILE_DECL beneath_root_ptr make_beneath_root(const std::string& path);

// A path, or a file object.
template <typename Root>
concept directory_source =
    std::convertible_to<const Root&, std::string> || std::derived_from<Root, file_base>;

ASIOFILE_DECL void open_beneath(file_state& file, const beneath_root_ptr& root,
                                const std::string& path, file_base::flags flags,
                                std::uint32_t permissions, boost::system::error_code& ec);

ASIOFILE_DECL std::shared_ptr<job> make_beneath_open(beneath_root_ptr root, const std::string& path,
                                                     file_base::flags flags,
                                                     std::uint32_t permissions);

template <typename Executor>
struct initiate_open_beneath : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, const beneath_root_ptr& root, const std::string& path,
                  file_base::flags flags, std::uint32_t permissions) const {
    std::shared_ptr<job> task = make_beneath_open(root, path, flags, permissions);
    this->template launch<status_result>(std::forward<Handler>(handler), 0,
                                         [&](operation& prepared) {
                                           prepared.open_flags = static_cast<int>(flags);
                                           prepared.task = std::move(task);
                                         });
  }
};

}  // namespace asiofile::detail

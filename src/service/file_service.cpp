#include <asiofile/file_service.hpp>

#include "service/service_access.hpp"
#include "service/service_core.hpp"

namespace asiofile {

boost::asio::execution_context::id file_service::id;

file_service::~file_service() { core_->leave_context(); }

const service_options& file_service::options() const noexcept { return core_->options(); }

service_statistics file_service::statistics() const { return core_->statistics(); }

backend file_service::active_backend() { return core_->active_backend(); }

std::string file_service::why() { return core_->why(); }

void file_service::shutdown() { core_->shut_down(); }

void file_service::notify_fork(boost::asio::execution_context::fork_event event) {
  switch (event) {
    case boost::asio::execution_context::fork_prepare: core_->prepare_fork(); break;
    case boost::asio::execution_context::fork_parent: core_->resume_in_parent(); break;
    case boost::asio::execution_context::fork_child: core_->resume_in_child(); break;
  }
}

}  // namespace asiofile

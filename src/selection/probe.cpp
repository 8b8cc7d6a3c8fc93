// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include <asiofile/probe.hpp>

#include "selection/probe_backend.hpp"
#include "selection/selection.hpp"

namespace asiofile {

std::vector<backend_report> probe() {
  std::vector<backend_report> reports;
  for (const backend each : detail::usual_order) {
    reports.push_back(detail::try_backend(each));
    detail::reports_of_process().keep(reports.back());
  }
  return reports;
}

std::string default_backend_file() { return detail::default_backend_path({}); }

}  // namespace asiofile

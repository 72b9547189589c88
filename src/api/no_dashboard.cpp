// In the embedded files' place when the program is built without the dashboard.
#include "api/dashboard_files.hpp"

namespace parley::api {

std::span<const DashboardFile> embedded_dashboard() {
  return {};
}

}  // namespace parley::api

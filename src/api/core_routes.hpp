// What the API says of itself: its description, and that it is alive.
#pragma once

#include <string>

#include "api/api.hpp"

namespace parley::api {

// `description` is the one of `api`.
void add_core_routes(Api& api, std::shared_ptr<const OpenApi> description, std::string version);

}  // namespace parley::api

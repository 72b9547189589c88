// Handlers that know their answer at once, in the shape the server takes: for small servers and tests.
#pragma once

#include "net/http_server.hpp"

namespace parley::net {

struct PromptHandlers {
  std::function<HttpResponse(const HttpRequest&)> request;
  std::function<UpgradeAnswer(const HttpRequest&)> upgrade;

  operator HttpHandlers() &&;
};

}  // namespace parley::net

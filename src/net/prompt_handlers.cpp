#include "net/prompt_handlers.hpp"

namespace parley::net {
namespace {

// Both live in the server's handlers, which outlive every frame of them.
async::Task<HttpResponse> respond(const std::function<HttpResponse(const HttpRequest&)>& answer,
                                  HttpRequest request) {
  co_return answer(request);
}

async::Task<UpgradeAnswer> decide(const std::function<UpgradeAnswer(const HttpRequest&)>& answer,
                                  HttpRequest request) {
  co_return answer(request);
}

}  // namespace

PromptHandlers::operator HttpHandlers() && {
  HttpHandlers handlers;
  if (request) {
    handlers.request = [answer = std::move(request)](HttpRequest asked) {
      return respond(answer, std::move(asked));
    };
  }
  if (upgrade) {
    handlers.upgrade = [answer = std::move(upgrade)](HttpRequest asked) {
      return decide(answer, std::move(asked));
    };
  }
  return handlers;
}

}  // namespace parley::net

#include "net/http_client.hpp"

namespace parley::net {

async::Task<Result<Response>> fetch(async::Executor, ClientRequest) {
  co_return fail(Errc::internal, "not there yet");
}

}  // namespace parley::net

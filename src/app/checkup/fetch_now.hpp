// One request of a command, answered before it returns.
#pragma once

#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "net/http_client.hpp"

namespace parley::app {

inline async::Task<> fetch_into(async::Executor executor, net::ClientRequest request,
                                std::optional<Result<net::Response>>& answer) {
  answer = co_await net::fetch(executor, std::move(request));
}

inline Result<net::Response> fetch_now(net::ClientRequest request) {
  async::asio::io_context context(1);
  std::optional<Result<net::Response>> answer;
  async::asio::co_spawn(context, fetch_into(context.get_executor(), std::move(request), answer),
                        [](std::exception_ptr error) {
                          if (error) std::rethrow_exception(error);
                        });
  // Not until the context has nothing to do: connections rest in it.
  while (!answer)
    context.run_one();
  return std::move(*answer);
}

}  // namespace parley::app

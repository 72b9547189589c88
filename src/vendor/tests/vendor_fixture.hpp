// A vendor on loopback that speaks HTTP and WebSocket as a test tells it, with the books of a call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/base64.hpp"
#include "net/http_client.hpp"
#include "vendor/tests/socket_fixture.hpp"
#include "vendor/usage.hpp"

namespace parley::vendor::testing {

struct Books final : Observer {
  void on_usage(const Usage& usage) override { usages.push_back(usage); }
  void on_vendor_event(const VendorEvent&) override {}
  std::vector<Usage> usages;
};

inline std::string samples_as_bytes(std::span<const std::int16_t> samples) {
  return {reinterpret_cast<const char*>(samples.data()), samples.size() * 2};
}

inline std::string base64_of(std::string_view bytes) {
  std::string text;
  base64_encode(std::as_bytes(std::span(bytes)), text);
  return text;
}

inline net::HttpResponse json_answer(int status, std::string body) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

class VendorTest : public SocketTest {
 protected:
  // `on_request_` answers plain requests; upgrades are taken and their messages go to on_message_ unless
  // refuse_ is set.
  void serve_all() {
    net::PromptHandlers handlers;
    handlers.request = [this](const net::HttpRequest& request) {
      requests_.push_back(request);
      return on_request_ ? on_request_(request) : json_answer(404, "");
    };
    handlers.upgrade =
        [this](const net::HttpRequest& request) -> std::variant<net::HttpResponse, net::Upgrade> {
      requests_.push_back(request);
      if (refuse_) return *refuse_;
      return net::Upgrade{*context_, {}, [this](auto socket) { return listen(std::move(socket)); }, [] {}};
    };
    serve(std::move(handlers));
  }

  std::string http_address(std::string path = {}) const {
    return "http://127.0.0.1:" + (server_ ? std::to_string(server_->port()) : "1") + path;
  }

  Account account(std::string name, std::string path = {}) const {
    return {.vendor = std::move(name),
            .url = http_address(std::move(path)),
            .key = "secret-key-0123456789",
            .key_setting = "VENDOR_API_KEY"};
  }

  std::vector<std::string> heard(std::size_t session = 0) const {
    return session < sessions_.size() ? sessions_[session]->heard.messages : std::vector<std::string>();
  }

  Books books_;
  std::vector<net::HttpRequest> requests_;
  std::function<net::HttpResponse(const net::HttpRequest&)> on_request_;
  std::optional<net::HttpResponse> refuse_;
};

}  // namespace parley::vendor::testing

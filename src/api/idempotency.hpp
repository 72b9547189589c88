// A POST with an Idempotency-Key is done once: who sends it again, because the answer got lost, gets the
// first one's answer. Kept in the database, so that it holds across restarts and nodes.
//
// Everything blocks; any thread.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "api/api.hpp"
#include "base/clock.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

class Idempotency {
 public:
  Idempotency(storage::ControlStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // 1 to 255 visible characters.
  static bool is_key(std::string_view text);
  // What makes two requests the same: operation, address, body and who sends it.
  static std::string fingerprint(const ApiRequest& request, std::string_view path, std::string_view query);

  // nullopt: go on, the key is taken. A response: the first one's. A problem: the key is in use for something
  // else, or the first is still at work.
  std::variant<std::monostate, net::HttpResponse, Problem> begin(const ApiRequest& request,
                                                                 const std::string& key,
                                                                 const std::string& fingerprint);
  // Keeps the answer. One that failed on our side is forgotten, so that trying again does the work.
  void finish(const ApiRequest& request, const std::string& key, const std::string& fingerprint,
              const net::HttpResponse& response, bool keep);

 private:
  storage::WallMillis now() const;

  storage::ControlStore& store_;
  const Clock& clock_;
};

}  // namespace parley::api

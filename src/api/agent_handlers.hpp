// Inside this room only: the handlers of agents. Blocking, any thread of the pool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "api/agent_routes.hpp"
#include "api/handler_support.hpp"

namespace parley::api {

class AgentRoutes {
 public:
  explicit AgentRoutes(AgentRoutesDependencies dependencies) : d_(std::move(dependencies)) {}

  ApiResult list(const ApiRequest& request) const;
  ApiResult create(const ApiRequest& request) const;
  ApiResult import(const ApiRequest& request) const;
  ApiResult validate(const ApiRequest& request) const;
  ApiResult get(const ApiRequest& request) const;
  ApiResult save(const ApiRequest& request) const;
  ApiResult remove(const ApiRequest& request) const;
  ApiResult discard(const ApiRequest& request) const;
  ApiResult publish(const ApiRequest& request) const;
  ApiResult roll_back(const ApiRequest& request) const;
  ApiResult duplicate(const ApiRequest& request) const;
  ApiResult export_yaml(const ApiRequest& request) const;
  ApiResult versions(const ApiRequest& request) const;
  ApiResult version(const ApiRequest& request) const;
  ApiResult diff(const ApiRequest& request) const;
  ApiResult providers(const ApiRequest& request) const;
  static ApiResult schema(const ApiRequest& request);

 private:
  // What was understood of an agent's text, and what is to be said of it.
  struct Read {
    agent::AgentPtr agent;
    std::vector<std::string> warnings;
    bool usable = true;  // its vendors are there
  };

  std::expected<std::string, Problem> text_of(const boost::json::value& body) const;
  std::expected<Read, Problem> read(const std::string& workspace, const std::string& text,
                                    std::string_view pointer) const;
  std::expected<storage::AgentRow, Problem> find(const ApiRequest& request) const;
  // The draft, else the published version.
  std::expected<std::string, Problem> current_text(const storage::AgentRow& row) const;
  std::expected<std::string, Problem> text_at(const storage::AgentRow& row, std::string_view which) const;
  ApiResult answer(const storage::AgentRow& row, int status) const;
  ApiResult make(const ApiRequest& request, const std::string& text, bool publish, std::string_view note,
                 int status) const;
  std::expected<storage::AgentRow, Problem> publish_text(const ApiRequest& request,
                                                         const storage::AgentRow& row,
                                                         const std::string& text, std::string note) const;
  storage::WallMillis now() const { return now_millis(d_.clock); }

  AgentRoutesDependencies d_;
};

}  // namespace parley::api

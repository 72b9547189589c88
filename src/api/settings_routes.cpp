#include "api/settings_routes.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/ranges.h>

#include "api/handler_support.hpp"
#include "api/json_out.hpp"
#include "api/json_pages.hpp"
#include "base/ids.hpp"
#include "control/workspace_settings.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using storage::ProviderKeyRecord;

constexpr storage::WallMillis kMonth = 30LL * 24 * 3600 * 1000;

json::object to_json(const ProviderKeyRecord& key) {
  return {{"provider", key.provider},
          {"hint", key.hint},
          {"url", key.url},
          {"source", "workspace"},
          {"updatedAt", utc_time(key.updated_at)}};
}

json::object to_json(const control::PriceBook::Text& text) {
  return {{"source", text.source}, {"yaml", text.yaml}, {"etag", text.etag}};
}

json::object settings_to_json(const control::WorkspaceSettings& settings, std::int64_t etag) {
  json::object body = parse_object_or_empty(control::to_json(settings));
  body["etag"] = etag;
  return body;
}

// A short key would be shown whole.
std::string hint_of(const std::string& key) {
  constexpr std::size_t kShown = 4;
  return key.size() < 4 * kShown ? "…" : "…" + key.substr(key.size() - kShown);
}

class SettingsRoutes {
 public:
  explicit SettingsRoutes(SettingsRoutesDependencies dependencies) : d_(std::move(dependencies)) {}

  ApiResult list_keys(const ApiRequest& request) const {
    auto keys = d_.store.list_provider_keys(request.workspace());
    if (!keys) return std::unexpected(problem_of(keys.error()));
    json::array items;
    for (const ProviderKeyRecord& key : *keys)
      items.push_back(to_json(key));
    if (d_.server_keys_shared || request.workspace() == storage::kDefaultWorkspace) {
      for (const std::string& provider : d_.server_providers) {
        if (std::ranges::find(*keys, provider, &ProviderKeyRecord::provider) != keys->end()) continue;
        items.push_back({{"provider", provider},
                         {"hint", "…"},
                         {"url", ""},
                         {"source", "server"},
                         {"updatedAt", nullptr}});
      }
    }
    return json_answer(json::object{{"items", std::move(items)}});
  }

  ApiResult put_key(const ApiRequest& request) const {
    ProviderKeyRecord record;
    record.id = make_id();
    record.workspace_id = request.workspace();
    record.provider = request.id("provider");
    if (std::ranges::find(d_.providers, record.provider) == d_.providers.end()) {
      return std::unexpected(validation_failed(
          {{"/path/provider", fmt::format("must be one of {}", fmt::join(d_.providers, ", "))}}));
    }
    const std::string key = text_member(request.body, "key").value_or("");
    record.url = text_member(request.body, "url").value_or("");
    if (!record.url.empty()) {
      if (auto fine = d_.policy.check_url(record.url); !fine)
        return std::unexpected(validation_failed({{"/body/url", fine.error().message}}));
    }
    record.hint = hint_of(key);
    record.sealed_key =
        d_.vault.seal(key, fmt::format("provider {} {}", record.workspace_id, record.provider));
    record.created_at = record.updated_at = now_millis(d_.clock);
    if (auto put = d_.store.put_provider_key(record); !put) return std::unexpected(problem_of(put.error()));
    if (auto used = use_keys(); !used) return std::unexpected(problem_of(used.error()));
    ApiAnswer answer = json_answer(to_json(record));
    answer.audit_target = "key of " + record.provider;
    return answer;
  }

  ApiResult delete_key(const ApiRequest& request) const {
    const std::string& provider = request.id("provider");
    if (auto gone = d_.store.delete_provider_key(request.workspace(), provider); !gone)
      return std::unexpected(find_problem("key of this provider in the workspace", gone.error()));
    if (auto used = use_keys(); !used) return std::unexpected(problem_of(used.error()));
    return no_content("key of " + provider);
  }

  ApiResult prices(const ApiRequest&) const { return prices_answer(d_.prices.text()); }

  ApiResult put_prices(const ApiRequest& request) const {
    if (auto refused = needs_default_workspace(request)) return std::unexpected(std::move(*refused));
    auto saved = d_.prices.save(text_member(request.body, "yaml").value_or(""), request.if_match);
    if (!saved) {
      return std::unexpected(saved.error().code == Errc::invalid_argument
                                 ? validation_failed({{"/body/yaml", saved.error().message}})
                                 : write_problem(request, saved.error()));
    }
    return prices_answer(std::move(saved));
  }

  ApiResult reset_prices(const ApiRequest& request) const {
    if (auto refused = needs_default_workspace(request)) return std::unexpected(std::move(*refused));
    return prices_answer(d_.prices.reset());
  }

  ApiResult settings(const ApiRequest& request) const {
    auto workspace = d_.store.find_workspace(request.workspace());
    if (!workspace) return std::unexpected(problem_of(workspace.error()));
    const auto settings = control::parse_workspace_settings(workspace->settings);
    if (!settings) return std::unexpected(problem_of(settings.error()));
    return json_answer(settings_to_json(*settings, workspace->etag), workspace->etag);
  }

  ApiResult put_settings(const ApiRequest& request) const {
    auto workspace = d_.store.find_workspace(request.workspace());
    if (!workspace) return std::unexpected(problem_of(workspace.error()));
    const auto settings = control::parse_workspace_settings(json::serialize(request.body));
    if (!settings) return std::unexpected(validation_failed({{"/body", settings.error().message}}));
    workspace->settings = control::to_json(*settings);
    auto etag = d_.store.update_workspace(*workspace, request.if_match);
    if (!etag) return std::unexpected(write_problem(request, etag.error()));
    d_.settings_changed(request.workspace());
    ApiAnswer answer = json_answer(settings_to_json(*settings, *etag), *etag);
    answer.audit_target = "settings";
    answer.audit_detail = workspace->settings;
    return answer;
  }

  ApiResult usage(const ApiRequest& request) const {
    static constexpr std::pair<std::string_view, storage::UsageGroup> kGroups[] = {
        {"day", storage::UsageGroup::day},
        {"agent", storage::UsageGroup::agent},
        {"number", storage::UsageGroup::number},
        {"vendor", storage::UsageGroup::vendor}};
    const std::string name = query_value(request, "group").value_or("day");
    const auto group =
        std::ranges::find(kGroups, name, &std::pair<std::string_view, storage::UsageGroup>::first);
    storage::WallMillis before = now_millis(d_.clock);
    if (const auto text = query_value(request, "before")) {
      const auto time = parse_utc_time(*text);
      if (!time) return std::unexpected(bad_time("before"));
      before = *time;
    }
    storage::WallMillis since = before - kMonth;
    if (const auto text = query_value(request, "since")) {
      const auto time = parse_utc_time(*text);
      if (!time) return std::unexpected(bad_time("since"));
      since = *time;
    }
    auto sums = d_.usage.sums(request.workspace(), since, before,
                              group == std::end(kGroups) ? storage::UsageGroup::day : group->second);
    if (!sums) return std::unexpected(problem_of(sums.error()));
    // A row for each currency becomes one item with all of them.
    json::array items;
    std::string last;
    for (const storage::UsageSum& sum : *sums) {
      if (items.empty() || sum.group != last) {
        items.push_back({{"group", sum.group},
                         {"calls", sum.calls},
                         {"minutes", static_cast<double>(sum.duration_ms) / 60'000.0},
                         {"costs", json::array()}});
        last = sum.group;
      }
      if (sum.currency.empty()) continue;
      items.back().get_object()["costs"].get_array().push_back(
          {{"amount", static_cast<double>(sum.cost_micros) / 1e6}, {"currency", sum.currency}});
    }
    return json_answer(json::object{{"since", utc_time(since)},
                                    {"before", utc_time(before)},
                                    {"group", name},
                                    {"items", std::move(items)}});
  }

  ApiResult system(const ApiRequest&) const {
    const SystemInfo info = d_.system();
    json::object body{{"version", info.version},
                      {"publicUrl", nullptr},
                      {"database", info.database},
                      {"recordings", info.recordings},
                      {"callsMax", info.calls_max},
                      {"callsActive", info.calls_active},
                      {"draining", info.draining},
                      {"defaultAgent", info.default_agent},
                      {"startedAt", utc_time(info.started_at)}};
    if (!info.public_url.empty()) body["publicUrl"] = info.public_url;
    return json_answer(std::move(body));
  }

 private:
  Result<void> use_keys() const {
    if (auto read = d_.keys_changed(); !read) return read;
    return d_.directory.refresh_all();
  }

  static ApiResult prices_answer(Result<control::PriceBook::Text> text) {
    if (!text) return std::unexpected(problem_of(text.error()));
    ApiAnswer answer = json_answer(to_json(*text), text->etag);
    answer.audit_target = "prices";
    return answer;
  }

  // The table is the whole server's.
  static std::optional<Problem> needs_default_workspace(const ApiRequest& request) {
    if (request.workspace() == storage::kDefaultWorkspace) return std::nullopt;
    return forbidden("the server's prices are set by owners of the default workspace");
  }

  SettingsRoutesDependencies d_;
};

}  // namespace

void add_settings_routes(Api& api, SettingsRoutesDependencies dependencies) {
  const auto routes = std::make_shared<const SettingsRoutes>(std::move(dependencies));
  using Member = ApiResult (SettingsRoutes::*)(const ApiRequest&) const;
  static constexpr std::pair<std::string_view, Member> kHandlers[] = {
      {"listProviderKeys", &SettingsRoutes::list_keys},
      {"putProviderKey", &SettingsRoutes::put_key},
      {"deleteProviderKey", &SettingsRoutes::delete_key},
      {"getPrices", &SettingsRoutes::prices},
      {"putPrices", &SettingsRoutes::put_prices},
      {"resetPrices", &SettingsRoutes::reset_prices},
      {"getSettings", &SettingsRoutes::settings},
      {"putSettings", &SettingsRoutes::put_settings},
      {"getUsage", &SettingsRoutes::usage},
      {"getSystem", &SettingsRoutes::system},
  };
  for (const auto& [operation, member] : kHandlers) {
    api.on(operation,
           [routes, handler = member](const ApiRequest& request) { return (*routes.*handler)(request); });
  }
}

}  // namespace parley::api

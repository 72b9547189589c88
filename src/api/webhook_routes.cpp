#include "api/webhook_routes.hpp"

#include <boost/json.hpp>

#include "api/handler_support.hpp"
#include "api/json_out.hpp"
#include "api/json_pages.hpp"
#include "base/ids.hpp"
#include "control/webhook_signature.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using storage::DeliveryRecord;
using storage::WebhookRecord;

json::object webhook_json(const WebhookRecord& webhook) {
  json::array events;
  for (const std::string& event : webhook.events)
    events.emplace_back(event);
  return {{"id", webhook.id},
          {"url", webhook.url},
          {"description", webhook.description},
          {"events", std::move(events)},
          {"enabled", webhook.enabled},
          {"createdAt", utc_time(webhook.created_at)},
          {"updatedAt", utc_time(webhook.updated_at)},
          {"etag", webhook.etag}};
}

json::object delivery_json(const DeliveryRecord& delivery) {
  const bool pending = delivery.status == storage::DeliveryStatus::pending;
  return {{"id", delivery.id},
          {"eventId", delivery.event_id},
          {"eventType", delivery.event_type},
          {"status", storage::to_string(delivery.status)},
          {"attempts", delivery.attempts},
          {"lastStatus", delivery.last_status == 0 ? json::value(nullptr) : delivery.last_status},
          {"lastError", delivery.last_error},
          {"nextAttemptAt", pending ? json::value(utc_time(delivery.next_attempt_at)) : json::value(nullptr)},
          {"createdAt", utc_time(delivery.created_at)},
          {"finishedAt", time_or_null(delivery.finished_at)},
          {"body", parse_object_or_empty(delivery.body)}};
}

class WebhookRoutes {
 public:
  explicit WebhookRoutes(WebhookRoutesDependencies dependencies) : d_(std::move(dependencies)) {}

  ApiResult list(const ApiRequest& request) const {
    auto webhooks = d_.store.list_webhooks(request.workspace());
    if (!webhooks) return std::unexpected(problem_of(webhooks.error()));
    json::array items;
    for (const WebhookRecord& webhook : *webhooks)
      items.push_back(webhook_json(webhook));
    return json_answer(json::object{{"items", std::move(items)}});
  }

  ApiResult create(const ApiRequest& request) const {
    WebhookRecord webhook;
    webhook.id = make_id();
    webhook.workspace_id = request.workspace();
    webhook.created_at = webhook.updated_at = now_millis(d_.clock);
    if (auto put = put_into(webhook, request.body); !put) return std::unexpected(std::move(put.error()));
    const std::string secret = control::make_webhook_secret();
    webhook.sealed_secret = d_.vault.seal(secret, place_of(webhook));
    if (auto created = d_.store.create_webhook(webhook); !created)
      return std::unexpected(problem_of(created.error()));
    d_.changed();
    ApiAnswer answer = with_secret(webhook, secret);
    answer.status = 201;
    answer.headers.emplace_back("Location", "/api/v1/webhooks/" + webhook.id);
    return answer;
  }

  ApiResult get(const ApiRequest& request) const {
    auto webhook = find(request);
    if (!webhook) return std::unexpected(std::move(webhook.error()));
    return json_answer(webhook_json(*webhook), webhook->etag);
  }

  ApiResult update(const ApiRequest& request) const {
    auto webhook = find(request);
    if (!webhook) return std::unexpected(std::move(webhook.error()));
    if (auto put = put_into(*webhook, request.body); !put) return std::unexpected(std::move(put.error()));
    if (auto saved = save(request, *webhook); !saved) return std::unexpected(std::move(saved.error()));
    ApiAnswer answer = json_answer(webhook_json(*webhook), webhook->etag);
    answer.audit_target = place_of(*webhook);
    return answer;
  }

  ApiResult remove(const ApiRequest& request) const {
    const std::string& id = request.id("webhookId");
    if (auto gone = d_.store.delete_webhook(request.workspace(), id); !gone)
      return std::unexpected(find_problem("webhook", gone.error()));
    d_.changed();
    return no_content("webhook " + id);
  }

  ApiResult rotate_secret(const ApiRequest& request) const {
    auto webhook = find(request);
    if (!webhook) return std::unexpected(std::move(webhook.error()));
    const std::string secret = control::make_webhook_secret();
    webhook->sealed_secret = d_.vault.seal(secret, place_of(*webhook));
    if (auto saved = save(request, *webhook); !saved) return std::unexpected(std::move(saved.error()));
    return with_secret(*webhook, secret);
  }

  ApiResult test(const ApiRequest& request) const {
    auto webhook = find(request);
    if (!webhook) return std::unexpected(std::move(webhook.error()));
    control::LiveEvent event;
    event.id = make_id();
    event.workspace_id = request.workspace();
    event.type = "webhook.test";
    event.at = now_millis(d_.clock);
    auto queued = d_.store.queue_delivery(request.workspace(), webhook->id, event.id, event.type,
                                          control::to_json(event), event.at);
    if (!queued) return std::unexpected(problem_of(queued.error()));
    d_.due();
    return accepted(place_of(*webhook));
  }

  ApiResult deliveries(const ApiRequest& request) const {
    auto webhook = find(request);
    if (!webhook) return std::unexpected(std::move(webhook.error()));
    auto page = page_of(request);
    if (!page) return std::unexpected(std::move(page.error()));
    std::optional<storage::DeliveryStatus> status;
    if (const auto text = query_value(request, "status")) status = storage::parse_delivery_status(*text);
    auto rows = d_.store.list_deliveries(request.workspace(), webhook->id, status, one_more(*page));
    if (!rows) return std::unexpected(problem_of(rows.error()));
    return page_answer(*rows, page->limit, [](const DeliveryRecord& row) { return delivery_json(row); });
  }

  ApiResult redeliver(const ApiRequest& request) const {
    auto delivery =
        control::redeliver(d_.store, request.workspace(), request.id("deliveryId"), now_millis(d_.clock));
    if (!delivery) return std::unexpected(find_problem("delivery", delivery.error()));
    d_.due();
    return accepted("delivery " + delivery->id);
  }

 private:
  static std::string place_of(const WebhookRecord& webhook) { return "webhook " + webhook.id; }

  static ApiAnswer with_secret(const WebhookRecord& webhook, const std::string& secret) {
    json::object body = webhook_json(webhook);
    body["secret"] = secret;
    ApiAnswer answer = json_answer(std::move(body), webhook.etag);
    answer.keep = false;
    answer.audit_target = place_of(webhook);
    return answer;
  }

  static ApiAnswer accepted(std::string target) {
    ApiAnswer answer = json_answer(json::object{{"accepted", true}});
    answer.status = 202;
    answer.audit_target = std::move(target);
    return answer;
  }

  std::expected<WebhookRecord, Problem> find(const ApiRequest& request) const {
    auto webhook = d_.store.find_webhook(request.workspace(), request.id("webhookId"));
    if (webhook) return std::move(*webhook);
    return std::unexpected(find_problem("webhook", webhook.error()));
  }

  std::expected<void, Problem> put_into(WebhookRecord& webhook, const json::value& body) const {
    if (auto url = text_member(body, "url")) {
      if (auto fine = d_.policy.check_url(*url); !fine)
        return std::unexpected(validation_failed({{"/body/url", fine.error().message}}));
      webhook.url = std::move(*url);
    }
    if (auto description = text_member(body, "description")) webhook.description = std::move(*description);
    if (auto enabled = bool_member(body, "enabled")) webhook.enabled = *enabled;
    if (has_member(body, "events")) {
      webhook.events.clear();
      for (const json::value& event : body.get_object().at("events").get_array())
        webhook.events.emplace_back(event.get_string());
    }
    return {};
  }

  std::expected<void, Problem> save(const ApiRequest& request, WebhookRecord& webhook) const {
    webhook.updated_at = now_millis(d_.clock);
    auto etag = d_.store.update_webhook(webhook, etag_to_change(request, webhook.etag));
    if (!etag) return std::unexpected(write_problem(request, etag.error()));
    webhook.etag = *etag;
    d_.changed();
    return {};
  }

  WebhookRoutesDependencies d_;
};

}  // namespace

void add_webhook_routes(Api& api, WebhookRoutesDependencies dependencies) {
  const auto routes = std::make_shared<const WebhookRoutes>(std::move(dependencies));
  using Member = ApiResult (WebhookRoutes::*)(const ApiRequest&) const;
  static constexpr std::pair<std::string_view, Member> kHandlers[] = {
      {"listWebhooks", &WebhookRoutes::list},   {"createWebhook", &WebhookRoutes::create},
      {"getWebhook", &WebhookRoutes::get},      {"deleteWebhook", &WebhookRoutes::remove},
      {"testWebhook", &WebhookRoutes::test},    {"listDeliveries", &WebhookRoutes::deliveries},
      {"redeliver", &WebhookRoutes::redeliver},
  };
  for (const auto& [operation, member] : kHandlers) {
    api.on(operation,
           [routes, handler = member](const ApiRequest& request) { return (*routes.*handler)(request); });
  }
  api.on("updateWebhook",
         again_when_changed([routes](const ApiRequest& request) { return routes->update(request); }));
  api.on("rotateWebhookSecret",
         again_when_changed([routes](const ApiRequest& request) { return routes->rotate_secret(request); }));
}

}  // namespace parley::api

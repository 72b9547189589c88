#include "api/check_routes.hpp"

#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/ranges.h>

#include "api/handler_support.hpp"
#include "async/on_pool.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using Dependencies = std::shared_ptr<const CheckRoutesDependencies>;
using Request = std::shared_ptr<const ApiRequest>;
using Found = Result<control::SetupFindings>;

json::object to_json(const control::SetupFindings& findings) {
  json::array items;
  for (const control::SetupFinding& one : findings) {
    items.push_back(
        {{"level", to_string(one.level)}, {"about", one.about}, {"text", one.text}, {"fix", one.fix}});
  }
  return {{"ok", control::is_ok(findings)}, {"findings", std::move(items)}};
}

net::HttpResponse response_of(const Found& found, std::string_view what) {
  if (!found) return to_response(find_problem(what, found.error()));
  net::HttpResponse response;
  response.content_type = "application/json";
  response.body = json::serialize(to_json(*found));
  return response;
}

async::Task<net::HttpResponse> check_account(Dependencies d, Request request) {
  const Found found = co_await d->checks.account(request->workspace(), request->id("configurationId"));
  co_return response_of(found, "telephony configuration");
}

async::Task<net::HttpResponse> check_number(Dependencies d, Request request) {
  auto number = co_await async::on_pool<storage::PhoneNumberRecord>(d->executor, d->pool, [d, request] {
    return d->store.find_phone_number(request->workspace(), request->id("phoneNumberId"));
  });
  if (!number) co_return to_response(find_problem("phone number", number.error()));
  const bool with_account = control::may(request->principal, "telephony", control::AccessLevel::read);
  const Found found = co_await d->checks.number(std::move(*number), with_account);
  co_return response_of(found, "phone number");
}

async::Task<net::HttpResponse> check_key(Dependencies d, Request request) {
  const std::string provider = request->id("provider");
  if (std::ranges::find(d->providers, provider) == d->providers.end()) {
    co_return to_response(validation_failed(
        {{"/path/provider", fmt::format("must be one of {}", fmt::join(d->providers, ", "))}}));
  }
  Found found = co_await d->check_key(request->workspace(), provider);
  if (found->empty())
    co_return to_response(not_found(fmt::format("no key of {} is set: save one", provider)));
  co_return response_of(found, "provider key");
}

}  // namespace

void add_check_routes(Api& api, CheckRoutesDependencies dependencies) {
  const auto d = std::make_shared<const CheckRoutesDependencies>(std::move(dependencies));
  api.on_stream("checkTelephonyConfiguration",
                [d](Request request) { return check_account(d, std::move(request)); });
  api.on_stream("checkPhoneNumber", [d](Request request) { return check_number(d, std::move(request)); });
  api.on_stream("checkProviderKey", [d](Request request) { return check_key(d, std::move(request)); });
}

}  // namespace parley::api

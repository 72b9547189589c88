#include "control/dialer.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/custom_field.hpp"
#include "control/dialer_parts.hpp"
#include "control/phone_number.hpp"

namespace parley::control {
namespace {

using namespace std::chrono_literals;

const log::Logger kLog("control");

constexpr std::size_t kMostVariables = 50;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestValue = 1000;
constexpr std::size_t kLongestSession = 128;
constexpr std::size_t kLongestAppId = 100;
constexpr auto kLongestCall = 4h;
constexpr auto kLongestRing = 10min;

std::unexpected<Error> wrong(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

// Whom a carrier can ring: with a country code, so that nobody else is rung by the same digits.
Result<std::string> callee(const std::string& text) {
  auto number = normal_number(text, "");
  if (!number) return number;
  if (!number->starts_with('+') || number->size() < 8 || number->at(1) == '0')
    return wrong("write the number with its country code: +91…");
  return number;
}

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Result<void> check(const DialRequest& request) {
  if (request.variables.size() > kMostVariables)
    return wrong(fmt::format("a call has {} variables at most", kMostVariables));
  for (const auto& [name, value] : request.variables) {
    if (name.empty() || name.size() > kLongestName || !is_plain(name))
      return wrong("the name of a variable has 1 to 64 characters");
    if (value.size() > kLongestValue) return wrong(fmt::format("the variable '{}' is too long", name));
  }
  if (request.session_id.size() > kLongestSession || !is_plain(request.session_id))
    return wrong("a session's id has at most 128 characters, none of them control characters");
  if (request.app_id.size() > kLongestAppId || !is_plain(request.app_id))
    return wrong("this is no id of a flow");
  if (request.time_limit < 0s || request.time_limit > kLongestCall)
    return wrong("the time limit of a call is between a second and four hours");
  if (request.ring_timeout < 0s || request.ring_timeout > kLongestRing)
    return wrong("a call rings for ten minutes at most");
  return {};
}

std::string without_slash(std::string url) {
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

Dialer::Dependencies completed(Dialer::Dependencies dependencies) {
  dependencies.options.public_url = without_slash(std::move(dependencies.options.public_url));
  return dependencies;
}

}  // namespace

Dialer::Parts::Parts(Dependencies dependencies)
    : d(completed(std::move(dependencies))),
      group(d.executor, [](const std::exception_ptr&) { kLog.error("dialer: a task failed"); }),
      follower({d.executor, d.pool, d.accounts, d.carriers, sinks(), group,
                [this](const std::string& id) { return placing.contains(id); }, d.options.ask_after,
                d.options.give_up_after}) {}

Result<BookedCall> Dialer::Parts::place(const DialRequest& request) {
  if (draining) return fail(Errc::unavailable, "this server is going down and places no more calls");
  if (auto checked = check(request); !checked) return fail(std::move(checked.error()));
  const auto to = callee(request.to);
  if (!to) return fail(to.error());
  auto order = order_of(request, *to);
  if (!order) return fail(std::move(order.error()));
  // Only an agent that is ready is worth a call: nobody should pick up and hear nothing.
  const auto answerer = request.agent.empty() && !order->call.phone_id.empty()
                            ? d.directory.resolve(order->call.phone_id, {})
                            : d.directory.find(request.workspace_id, request.agent);
  if (!answerer) return fail(answerer.error());
  {
    const MutexLock lock(admitting);
    const int limit = d.options.most_open_calls;
    if (limit > 0 && d.book.open_calls(order->account.id) >= limit)
      return fail(
          Errc::overloaded,
          fmt::format("the account has {} calls already: wait until one is over, or raise the limit of "
                      "open calls",
                      limit));
    order->call = d.book.expect(std::move(order->call));
  }
  d.calls.append_call(row_of(order->call, answerer->agent->agent().get(), answerer->agent_text));
  tell_queued(sinks(), order->call);
  BookedCall call = order->call;
  async::asio::post(d.executor, [this, still = ticket, order = std::move(*order)]() mutable {
    if (still.valid()) group.spawn(run(std::move(order)));
  });
  return call;
}

Result<PlacingOrder> Dialer::Parts::order_of(const DialRequest& request, const std::string& to) const {
  auto line = d.accounts.line_for(request.workspace_id, request.from);
  if (!line) return fail(std::move(line.error()));
  if (d.carriers(line->account.carrier) == nullptr)
    return wrong(fmt::format("calls cannot be placed at '{}'", line->account.carrier));
  PlacingOrder order;
  order.account = std::move(line->account);
  // The queue lets workspaces take turns; so it does with whoever names a lane of its own.
  if (!request.lane.empty()) order.account.workspace_id = request.lane;
  BookedCall& call = order.call;
  call.call_id = make_id();
  call.session_id = request.session_id.empty() ? call.call_id : request.session_id;
  call.workspace_id = request.workspace_id;
  call.phone_id = line->phone_id;
  call.telephony_config_id = order.account.id;
  call.agent = request.agent;
  call.carrier = order.account.carrier;
  call.direction = "outbound";
  call.from = line->number;
  call.to = to;
  call.variables = request.variables;
  call.variables.merge(parse_custom_field(request.custom_field).variables);
  call.created_at = now_millis(d.clock);
  auto custom_field = make_custom_field(call.call_id, request.custom_field);
  if (!custom_field) return fail(std::move(custom_field.error()));
  call.custom_field = std::move(*custom_field);
  order.request.to = to;
  order.request.from = line->number;
  order.request.custom_field = call.custom_field;
  order.request.status_callback = callback_url(call.carrier);
  order.request.time_limit = request.time_limit;
  order.request.ring_timeout = request.ring_timeout;
  order.request.record = request.record;
  call.carrier_records = request.record;
  order.request.record_both_channels = request.record_both_channels;
  if (auto chosen = choose_way(request, order); !chosen) return fail(std::move(chosen.error()));
  return order;
}

Result<void> Dialer::Parts::choose_way(const DialRequest& request, PlacingOrder& order) const {
  using Into = DialRequest::Into;
  const std::string& app_id = request.app_id.empty() ? order.account.app_id : request.app_id;
  Into into = request.into;
  if (into == Into::automatic) into = app_id.empty() ? Into::stream : Into::flow;
  switch (into) {
    case Into::flow:
      if (app_id.empty()) return wrong("there is no flow to call into: name its appId");
      order.request.into = carrier::PlaceRequest::Into::flow;
      order.request.app_id = app_id;
      return {};
    case Into::number: {
      auto second = callee(request.second_number);
      if (!second) return fail(second.error().code, "the second number: " + second.error().message);
      order.request.into = carrier::PlaceRequest::Into::number;
      order.request.second_number = std::move(*second);
      return {};
    }
    default:
      if (d.options.public_url.empty())
        return wrong(
            "there is nothing to call into: name the appId of a flow, or set PUBLIC_URL, so that the "
            "carrier reaches this server's stream");
      order.request.into = carrier::PlaceRequest::Into::stream;
      order.into_stream = true;
      order.call.no_flow = true;
      return {};
  }
}

std::string Dialer::Parts::callback_url(std::string_view carrier) const {
  if (d.options.public_url.empty()) return {};
  std::string url = fmt::format("{}/api/v1/webhooks/{}/status", d.options.public_url, carrier);
  if (!d.options.status_secret.empty()) url += "/" + d.options.status_secret;
  return url;
}

std::string Dialer::Parts::stream_url(const BookedCall& call) {
  std::string base = d.options.public_url;
  if (base.starts_with("http")) base.replace(0, 4, "ws");
  return fmt::format("{}/api/v1/telephony/{}/stream/{}", base, call.carrier,
                     d.book.issue_token(call.call_id));
}

Dialer::Dialer(Dependencies dependencies) : parts_(std::make_unique<Parts>(std::move(dependencies))) {}

Dialer::~Dialer() = default;

Result<BookedCall> Dialer::place(const DialRequest& request) {
  return parts_->place(request);
}

async::Task<Result<void>> Dialer::cancel(std::string call_id) {
  return parts_->cancel(std::move(call_id));
}

void Dialer::drain() {
  parts_->draining = true;
}

void Dialer::start() {
  parts_->group.spawn(parts_->follow());
}

async::Task<> Dialer::stop() {
  drain();
  parts_->group.cancel();
  co_await parts_->group.join();
}

}  // namespace parley::control

#include "control/carrier_desk.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/carrier_desk_parts.hpp"
#include "control/phone_number.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");

constexpr std::size_t kMostSessionId = 100;
constexpr std::size_t kMostTargets = 10;

void log_failure(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& thrown) {
    kLog.error("a task of the carriers' desk failed: {}", thrown.what());
  }
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

}  // namespace

Variables call_variables(const BookedCall& call) {
  const bool outbound = call.direction == "outbound";
  Variables all = call.variables;
  // The caller is the human, whoever dialled.
  all["caller_number"] = outbound ? call.to : call.from;
  all["called_number"] = call.to;
  all["direction"] = call.direction;
  all["call_id"] = call.call_id;
  return all;
}

CallTrace trace_of(std::string_view carrier, const carrier::CallNotice& notice, std::string workspace) {
  return {.carrier = std::string(carrier),
          .carrier_call_id = notice.carrier_call_id,
          .token = {},
          .call_id = notice.custom_field,
          .from = notice.from,
          .to = notice.to,
          .workspace_id = std::move(workspace),
          .direction = notice.direction};
}

// Whoever knows the carrier's id finds the session by it. What is no plain text is somebody's attempt.
std::string session_id_of(std::string_view carrier_call_id, std::string_view call_id) {
  const bool usable = !carrier_call_id.empty() && carrier_call_id.size() <= kMostSessionId &&
                      std::ranges::all_of(carrier_call_id, is_plain);
  return usable ? "call_" + std::string(carrier_call_id) : std::string(call_id);
}

BookedCall booked_of(const storage::CallSummary& summary) {
  const storage::CallRecord& row = summary.call;
  BookedCall call;
  call.call_id = row.id;
  call.session_id = row.session_id;
  call.workspace_id = row.workspace_id;
  call.phone_id = row.phone_id;
  call.telephony_config_id = row.telephony_config_id;
  call.agent = row.agent;
  call.carrier = row.carrier;
  call.carrier_call_id = row.carrier_call_id;
  call.direction = row.direction;
  call.custom_field = row.custom_field;
  call.from = row.from;
  call.to = row.to;
  call.status = summary.status;
  call.created_at = row.started_at;
  call.streams = row.stream_id.empty() && row.sample_rate_hz == 0 ? 0 : 1;
  if (summary.transfer) {
    const bool open = summary.transfer->status == "requested" || summary.transfer->status == "asked";
    if (open) {
      call.transfer = TransferIntent{.to = numbers_of(summary.transfer->to),
                                     .reason = {},
                                     .announce = {},
                                     .asked_for = summary.transfer->status == "asked",
                                     .over = false};
    }
  }
  return call;
}

std::vector<std::string> numbers_of(std::string_view text) {
  std::vector<std::string> numbers;
  while (!text.empty() && numbers.size() < kMostTargets) {
    const auto comma = text.find(',');
    if (auto number = normal_number(text.substr(0, comma), "")) numbers.push_back(std::move(*number));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return numbers;
}

std::string joined(const std::vector<std::string>& numbers) {
  return fmt::format("{}", fmt::join(numbers, ","));
}

CarrierDesk::Parts::Parts(Dependencies dependencies)
    : d(std::move(dependencies)), group(d.executor, log_failure) {}

void CarrierDesk::Parts::event(const std::string& call_id, std::string_view kind, std::string detail) {
  d.calls.append_event({call_id, now_millis(d.clock), 0, std::string(kind), std::move(detail)});
}

void CarrierDesk::Parts::count(std::string_view message, std::string_view outcome) {
  d.registry
      .counter("parley_carrier_messages_total", "What carriers told and asked, and what came of it.",
               {{"message", std::string(message)}, {"outcome", std::string(outcome)}})
      .add();
}

std::string CarrierDesk::Parts::our_number(const carrier::CallNotice& notice,
                                           std::string_view phone_id) const {
  // An outbound call has ours as either of the two, and a shared number stands beside the one to route by.
  for (const std::string* number : {&notice.to, &notice.other_to, &notice.from}) {
    if (!number->empty() && d.directory.find_number(phone_id, *number)) return *number;
  }
  return notice.to;
}

std::string CarrierDesk::Parts::workspace_of(std::string_view phone_id) const {
  if (phone_id.empty()) return {};
  const auto number = d.directory.find_number(phone_id, "");
  return number ? number->workspace_id : std::string{};
}

bool CarrierDesk::Parts::is_another_account(const BookedCall& call, std::string_view account_sid) const {
  const auto& standard = d.accounts.standard();
  const bool by_settings = call.telephony_config_id == "settings" && call.direction == "outbound";
  return by_settings && standard && standard->carrier == call.carrier && !account_sid.empty() &&
         account_sid != standard->sid;
}

CarrierDesk::CarrierDesk(Dependencies dependencies)
    : parts_(std::make_unique<Parts>(std::move(dependencies))) {}

CarrierDesk::~CarrierDesk() = default;

Result<carrier::WebAnswer> CarrierDesk::incoming(carrier::Carrier& carrier, const CarrierAddress& address,
                                                 const carrier::Fields& fields) {
  return parts_->incoming(carrier, address, fields);
}

Result<carrier::WebAnswer> CarrierDesk::stream_address(carrier::Carrier& carrier,
                                                       const CarrierAddress& address,
                                                       const carrier::Fields& fields) {
  return parts_->stream_address(carrier, address, fields);
}

Result<carrier::WebAnswer> CarrierDesk::greeting(carrier::Carrier& carrier, const CarrierAddress& address,
                                                 const carrier::Fields& fields) {
  return parts_->greeting(carrier, address, fields);
}

async::Task<Result<void>> CarrierDesk::status(carrier::Carrier& carrier, std::string phone_id,
                                              carrier::Fields fields) {
  return parts_->status(carrier, std::move(phone_id), std::move(fields));
}

async::Task<Result<CarrierDesk::Passed>> CarrierDesk::passthru(carrier::Carrier& carrier,
                                                               carrier::Fields fields) {
  return parts_->passthru(carrier, std::move(fields));
}

async::Task<Result<carrier::WebAnswer>> CarrierDesk::connect_target(carrier::Carrier& carrier,
                                                                    carrier::Fields fields) {
  return parts_->connect_target(carrier, std::move(fields));
}

async::Task<Result<carrier::WebAnswer>> CarrierDesk::recording(carrier::Carrier& carrier,
                                                               std::string session_id,
                                                               carrier::Fields fields) {
  return parts_->recording(carrier, std::move(session_id), std::move(fields));
}

Result<engine::CallAgent> CarrierDesk::choose(const media::StreamStart& start, std::string_view carrier,
                                              std::string_view phone_id, std::string_view token) {
  return parts_->choose(start, carrier, phone_id, token);
}

bool CarrierDesk::token_opens(std::string_view token) const {
  return parts_->d.book.token_opens(token);
}

engine::CallObserver& CarrierDesk::observer() {
  return *parts_;
}

async::Task<> CarrierDesk::stop() {
  parts_->group.cancel();
  co_await parts_->group.join();
}

}  // namespace parley::control

// The dialer over a real call log, with a carrier that answers as it is told.
#pragma once

#include <algorithm>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include "async/signal.hpp"
#include "control/carrier_status.hpp"
#include "control/custom_field.hpp"
#include "control/dialer.hpp"
#include "control/tests/loop_fixture.hpp"
#include "storage/call_log.hpp"
#include "storage/control_store.hpp"
#include "storage/tests/temporary_directory.hpp"
#include "vendor/json.hpp"

namespace parley::control::dialer_test {

using carrier::CallReport;
using carrier::CarrierError;
using carrier::CarrierResult;
using carrier::Progress;
using storage::CallStatus;

inline std::unexpected<CarrierError> failure(CarrierError::Outcome outcome, Errc code, std::string message,
                                             int status = 0) {
  CarrierError error;
  error.outcome = outcome;
  error.error = {code, std::move(message)};
  error.http_status = status;
  return std::unexpected(std::move(error));
}

class ScriptedCarrier final : public carrier::Carrier {
 public:
  explicit ScriptedCarrier(async::Executor executor) : go_on(executor) {}

  std::string_view name() const override { return "exotel"; }

  async::Task<CarrierResult<CallReport>> place(carrier::Account account,
                                               carrier::PlaceRequest request) override {
    ++waiting;
    while (in_queue)
      co_await go_on.wait();
    if (request.still_wanted && !request.still_wanted())
      co_return failure(CarrierError::Outcome::not_done, Errc::cancelled, "nobody wants it any more");
    accounts.push_back(std::move(account));
    requests.push_back(std::move(request));
    while (on_the_wire)
      co_await go_on.wait();
    if (place_fails) co_return std::unexpected(*place_fails);
    CallReport report;
    report.carrier_call_id = "sid-" + std::to_string(requests.size());
    report.status = "in-progress";
    report.progress = Progress::in_progress;
    co_return report;
  }
  async::Task<CarrierResult<void>> end(carrier::Account, std::string sid) override {
    ended.push_back(std::move(sid));
    if (end_fails) co_return std::unexpected(*end_fails);
    co_return CarrierResult<void>{};
  }
  bool transfers_by_request() const override { return false; }
  async::Task<CarrierResult<void>> transfer(carrier::Account, std::string, std::string) override {
    co_return failure(CarrierError::Outcome::not_done, Errc::conflict, "not here");
  }
  async::Task<CarrierResult<CallReport>> describe(carrier::Account account, std::string sid) override {
    described.push_back(sid);
    lanes.push_back(account.workspace_id);
    while (silent.contains(sid))
      co_await go_on.wait();
    if (const auto known = descriptions.find(sid); known != descriptions.end()) co_return known->second;
    co_return failure(CarrierError::Outcome::not_done,
                      describe_status == 404 ? Errc::not_found : Errc::unavailable, "no answer",
                      describe_status);
  }
  async::Task<CarrierResult<std::vector<CallReport>>> find_calls(carrier::Account, std::string number,
                                                                 carrier::WallMillis since) override {
    looked_for.push_back(std::move(number));
    looked_since = since;
    if (before_list) before_list();
    co_return list;
  }
  async::Task<CarrierResult<carrier::RecordingFile>> fetch_recording(carrier::Account, std::string,
                                                                     std::size_t) override {
    co_return failure(CarrierError::Outcome::not_done, Errc::not_found, "not here");
  }
  async::Task<CarrierResult<std::vector<carrier::OwnNumber>>> own_numbers(carrier::Account) override {
    co_return std::vector<carrier::OwnNumber>{};
  }
  async::Task<CarrierResult<carrier::AccountState>> check(carrier::Account) override {
    co_return carrier::AccountState{};
  }
  Result<CallReport> read_report(const carrier::Fields&) const override { return CallReport{}; }
  Result<carrier::CallNotice> read_notice(const carrier::Fields&) const override {
    return carrier::CallNotice{};
  }
  std::optional<carrier::StreamReport> read_stream_report(const carrier::Fields&) const override {
    return std::nullopt;
  }
  Result<void> verify(const carrier::Account&, const carrier::SignedRequest&) const override { return {}; }
  carrier::WebAnswer answer(const carrier::StreamAnswer&) const override { return {}; }
  carrier::WebAnswer answer(const carrier::RecordAnswer&) const override { return {}; }
  carrier::WebAnswer answer(const carrier::HangUpAnswer&) const override { return {}; }
  carrier::WebAnswer answer(const carrier::ConnectAnswer&) const override { return {}; }

  bool in_queue = false;     // its turn does not come
  bool on_the_wire = false;  // the carrier takes its time
  async::Signal go_on;
  int waiting = 0;
  std::optional<CarrierError> place_fails;
  std::optional<CarrierError> end_fails;
  int describe_status = 503;
  std::map<std::string, CallReport> descriptions;
  std::vector<CallReport> list;
  std::function<void()> before_list;

  std::vector<carrier::Account> accounts;
  std::vector<carrier::PlaceRequest> requests;  // that were sent
  std::vector<std::string> ended;
  std::vector<std::string> described;
  std::vector<std::string> lanes;  // that it was described in
  std::set<std::string> silent;    // asked for, and no answer comes
  std::vector<std::string> looked_for;
  carrier::WallMillis looked_since = 0;
};

struct SomeAgent final : ReadyAgent {
  SomeAgent() {
    auto made = std::make_shared<agent::Agent>();
    made->name = "reception";
    made->version = "v1";
    agent_ = std::move(made);
  }
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return {}; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  agent::AgentPtr agent_;
  std::vector<std::string> warnings_;
};

class DialerTest : public LoopTest {
 protected:
  DialerTest() {
    database_ = std::move(*storage::sql::open_sqlite((directory_.path() / "parley.db").string(), {}));
    store_ = storage::make_control_store(*database_);
    calls_ = std::move(
        *storage::open_call_log(*database_, {.batch_delay = std::chrono::milliseconds(1)}, registry_));
    account_.id = "settings";
    account_.workspace_id = "default";
    account_.carrier = "exotel";
    account_.sid = "acme1";
    account_.number = "08047110000";
    account_.app_id = "flow-1";
    events_.add_sink([this](const LiveEvent& event) { told_.push_back(event); });
    options_.public_url = "https://voice.example.com/";
    options_.status_secret = "hush";
    options_.follow_every = std::chrono::milliseconds(1);
    options_.look_after.assign(3, std::chrono::milliseconds(0));
  }
  ~DialerTest() override { stop(); }

  // Made when first asked for, so that a test sets options and account before.
  Dialer& dialer() {
    if (dialer_) return *dialer_;
    accounts_.emplace(*store_, vault_, account_);
    directory_of_agents_.emplace(DirectorySource{}, nullptr,
                                 StandardAgent{std::make_shared<SomeAgent>(), "name: reception", true});
    dialer_.emplace(Dialer::Dependencies{
        executor(), pool_, clock_, *calls_, *directory_of_agents_, *accounts_,
        [this](std::string_view name) -> carrier::Carrier* { return name == "exotel" ? &carrier_ : nullptr; },
        *book_, events_, options_});
    return *dialer_;
  }
  void stop() {
    if (!dialer_) return;
    run(dialer_->stop());
    dialer_.reset();
  }
  // The process is gone, what it wrote down is there.
  void restart() {
    stop();
    book_.emplace(clock_);
    told_.clear();
  }

  static DialRequest to(std::string number) {
    DialRequest request;
    request.workspace_id = "default";
    request.to = std::move(number);
    return request;
  }
  BookedCall place(const DialRequest& request = to("9876500001")) {
    const auto call = dialer().place(request);
    if (!call) throw std::runtime_error(describe(call.error()));
    return *call;
  }
  BookedCall place_and_send(const DialRequest& request = to("9876500001")) {
    const std::size_t before = carrier_.requests.size();
    BookedCall call = place(request);
    run_until([&] { return carrier_.requests.size() > before; });
    run_until([&] { return status(call.call_id) != CallStatus::queued || carrier_.on_the_wire; });
    return *book_->find(call.call_id);
  }
  Errc refusal(const DialRequest& request) {
    const auto call = dialer().place(request);
    return call ? Errc::internal : call.error().code;
  }

  CallStatus status(const std::string& id) { return book_->find(id)->status; }
  storage::CallSummary row(const std::string& id) {
    std::promise<void> written;
    calls_->flush([&](const Result<void>&) { written.set_value(); });
    written.get_future().wait();
    auto found = calls_->find_call(id);
    if (!found) throw std::runtime_error(describe(found.error()));
    return found->summary;
  }
  // What a callback of the carrier's does.
  void tell(const std::string& id, Progress progress, std::string cause = "") {
    CallReport report;
    report.carrier_call_id = book_->find(id)->carrier_call_id;
    report.progress = progress;
    report.status = to_string(progress);
    report.cause = std::move(cause);
    tell_report({*book_, *calls_, events_, clock_}, *book_->find(id), report);
  }
  // How often the carrier is asked for a call within that time; `expected` is waited for.
  std::size_t asked_after(std::chrono::seconds time, std::size_t expected) {
    const std::size_t before = carrier_.described.size();
    clock_.advance(time);
    run_until([&] { return carrier_.described.size() >= before + expected; });
    for (int i = 0; i < 20; ++i)
      context_.run_one_for(std::chrono::milliseconds(5));
    return carrier_.described.size() - before;
  }
  std::vector<std::string> told(const std::string& call_id) const {
    std::vector<std::string> types;
    for (const LiveEvent& event : told_) {
      if (event.call_id == call_id) types.push_back(event.type);
    }
    return types;
  }
  int ends_told(const std::string& call_id) const {
    return static_cast<int>(std::ranges::count(told(call_id), "call.ended"));
  }

  storage::TemporaryDirectory directory_;
  metrics::Registry registry_;
  security::Vault vault_ = *security::Vault::from_keys({std::string(64, 'a')});
  std::unique_ptr<storage::sql::Database> database_;
  std::unique_ptr<storage::ControlStore> store_;
  std::unique_ptr<storage::CallStore> calls_;
  carrier::Account account_;
  std::optional<CarrierAccounts> accounts_;
  std::optional<AgentDirectory> directory_of_agents_;
  ScriptedCarrier carrier_{executor()};
  std::optional<CallBook> book_{std::in_place, clock_};
  EventHub events_{clock_};
  std::vector<LiveEvent> told_;
  Dialer::Options options_;
  std::optional<Dialer> dialer_;
};

}  // namespace parley::control::dialer_test

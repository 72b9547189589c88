// The carriers' desk over a real call log, with a carrier that speaks a simple form.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "agent/agent.hpp"
#include "async/wait.hpp"
#include "control/carrier_desk.hpp"
#include "control/carrier_status.hpp"
#include "control/tests/loop_fixture.hpp"
#include "llm/instant_model.hpp"
#include "storage/call_log.hpp"
#include "storage/control_store.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::control {

// Its forms are CallSid, From, To, Status, Event, CustomField, Direction, RecordingUrl, Digits, StreamStatus,
// and Leg1, Leg2 … with their statuses. Its answers are lines of text.
class FakeCarrier final : public carrier::Carrier {
 public:
  std::string_view name() const override { return "exotel"; }

  async::Task<carrier::CarrierResult<carrier::CallReport>> place(carrier::Account,
                                                                 carrier::PlaceRequest) override {
    co_return std::unexpected(refused());
  }
  async::Task<carrier::CarrierResult<void>> end(carrier::Account, std::string) override {
    co_return std::unexpected(refused());
  }
  bool transfers_by_request() const override { return by_request; }
  async::Task<carrier::CarrierResult<void>> transfer(carrier::Account, std::string sid,
                                                     std::string to) override {
    transfers.push_back(sid + " to " + to);
    if (!by_request) co_return std::unexpected(refused());
    co_return carrier::CarrierResult<void>{};
  }
  async::Task<carrier::CarrierResult<carrier::CallReport>> describe(carrier::Account,
                                                                    std::string sid) override {
    if (!description) co_return std::unexpected(refused());
    carrier::CallReport report = *description;
    report.carrier_call_id = std::move(sid);
    co_return report;
  }
  async::Task<carrier::CarrierResult<std::vector<carrier::CallReport>>> find_calls(
      carrier::Account, std::string, carrier::WallMillis) override {
    co_return std::unexpected(refused());
  }
  async::Task<carrier::CarrierResult<carrier::RecordingFile>> fetch_recording(carrier::Account account,
                                                                              std::string url,
                                                                              std::size_t) override {
    fetched.push_back(account.sid + " " + url);
    if (recordings.empty())
      co_return std::unexpected(refused(Errc::unavailable, "the file is not there yet"));
    auto next = recordings.front();
    if (recordings.size() > 1) recordings.erase(recordings.begin());
    if (!next) co_return std::unexpected(refused(Errc::unavailable, "the file is not there yet"));
    co_return carrier::RecordingFile{"audio/mpeg", *next};
  }
  async::Task<carrier::CarrierResult<std::vector<carrier::OwnNumber>>> own_numbers(
      carrier::Account) override {
    co_return std::unexpected(refused());
  }
  async::Task<carrier::CarrierResult<carrier::AccountState>> check(carrier::Account) override {
    co_return std::unexpected(refused());
  }

  Result<carrier::CallReport> read_report(const carrier::Fields& fields) const override {
    carrier::CallReport report;
    report.carrier_call_id = get(fields, "CallSid");
    if (report.carrier_call_id.empty()) return fail(Errc::invalid_argument, "CallSid is missing");
    report.status = get(fields, "Status");
    report.progress = progress_of(report.status);
    report.event = get(fields, "Event");
    report.from = get(fields, "From");
    report.to = get(fields, "To");
    report.direction = get(fields, "Direction");
    report.custom_field = get(fields, "CustomField");
    report.recording_url = get(fields, "RecordingUrl");
    for (const char* leg : {"Leg1", "Leg2", "Leg3"}) {
      const std::string word = get(fields, leg);
      if (!word.empty()) {
        carrier::LegReport told;
        told.progress = progress_of(word);
        told.status = word;
        report.legs.push_back(told);
      }
    }
    return report;
  }
  Result<carrier::CallNotice> read_notice(const carrier::Fields& fields) const override {
    carrier::CallNotice notice;
    notice.carrier_call_id = get(fields, "CallSid");
    if (notice.carrier_call_id.empty()) return fail(Errc::invalid_argument, "CallSid is missing");
    notice.from = get(fields, "From");
    notice.to = get(fields, "To");
    notice.direction = get(fields, "Direction");
    notice.custom_field = get(fields, "CustomField");
    return notice;
  }
  std::optional<carrier::StreamReport> read_stream_report(const carrier::Fields& fields) const override {
    const std::string status = get(fields, "StreamStatus");
    if (status.empty()) return std::nullopt;
    carrier::StreamReport report;
    report.status = status;
    report.disconnected_by = "agent";
    report.seconds = 12;
    report.recording_url = get(fields, "StreamRecording");
    return report;
  }
  Result<void> verify(const carrier::Account&, const carrier::SignedRequest&) const override { return {}; }

  carrier::WebAnswer answer(const carrier::StreamAnswer& answer) const override {
    std::string body = "stream " + answer.stream_url;
    for (const auto& [name, value] : answer.parameters)
      body += fmt::format(" {}={}", name, value);
    return text(body);
  }
  carrier::WebAnswer answer(const carrier::RecordAnswer& answer) const override {
    return text(fmt::format("record \"{}\" {} {} {} {}", answer.say, answer.language, answer.action,
                            answer.max_length.count(), answer.finish_on_key));
  }
  carrier::WebAnswer answer(const carrier::HangUpAnswer& answer) const override {
    return text("hang up \"" + answer.say + "\"");
  }
  carrier::WebAnswer answer(const carrier::ConnectAnswer& answer) const override {
    return text(fmt::format("connect {} as {} ring {} \"{}\"", fmt::join(answer.to, ","), answer.caller_id,
                            answer.ring.count(), answer.announce));
  }

  bool by_request = false;
  std::vector<std::string> transfers;
  std::vector<std::string> fetched;
  std::optional<carrier::CallReport> description;
  // What is fetched next; nullopt: it fails. The last one stays.
  std::vector<std::optional<std::string>> recordings;

 private:
  static carrier::CarrierError refused(Errc code = Errc::conflict,
                                       std::string why = "there is no such request") {
    carrier::CarrierError error;
    error.error = {code, std::move(why)};
    return error;
  }
  static carrier::WebAnswer text(std::string body) {
    return {.status = 200, .content_type = "text/plain", .body = std::move(body), .headers = {}};
  }
  static std::string get(const carrier::Fields& fields, std::string_view name) {
    return std::string(carrier::field(fields, {name}));
  }
  static carrier::Progress progress_of(std::string_view word) {
    for (const auto one :
         {carrier::Progress::queued, carrier::Progress::initiated, carrier::Progress::ringing,
          carrier::Progress::in_progress, carrier::Progress::completed, carrier::Progress::busy,
          carrier::Progress::failed, carrier::Progress::no_answer, carrier::Progress::canceled}) {
      if (to_string(one) == word) return one;
    }
    return carrier::Progress::unknown;
  }
};

struct DeskAgent final : ReadyAgent {
  explicit DeskAgent(agent::AgentPtr made) : agent_(std::move(made)) {}
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override {
    engine::Vendors vendors;
    vendors.chat = chat;
    return vendors;
  }
  const std::vector<std::string>& warnings() const override { return warnings_; }

  std::shared_ptr<llm::ChatModel> chat = std::make_shared<llm::InstantModel>();
  agent::AgentPtr agent_;
  std::vector<std::string> warnings_;
};

inline constexpr std::string_view kPhoneId = "01HAAAAAAAAAAAAAAAAAAAAAA1";
inline constexpr std::string_view kOurs = "+918040000001";
inline constexpr std::string_view kCaller = "09876543210";
inline constexpr std::string_view kSid = "b6a1f1c2d3e4f5061728394a5b6c7d8e";

class DeskTest : public LoopTest {
 protected:
  using Form = carrier::Fields;

  DeskTest() {
    auto standard = std::make_shared<agent::Agent>();
    standard->name = "reception";
    standard->version = "v1";
    standard->first_message = "Hello {{name|there}}.";
    standard->transfer.enabled = true;
    standard->transfer.to = {"+918040000077", "08040000078"};
    standard->transfer.announce = "A caller from {{caller_number}}.";
    standard->transfer.failed_say = "Nobody picked up.";
    standard->transfer.ring = std::chrono::seconds(25);
    standard->stt.provider = "sphinx";
    standard_ = std::move(standard);
    storage::PhoneNumberRecord number;
    number.id = kPhoneId;
    number.workspace_id = storage::kDefaultWorkspace;
    number.number = kOurs;
    numbers_.push_back(number);
    database_ = std::move(*storage::sql::open_sqlite((folder_.path() / "parley.db").string(), {}));
    calls_ = std::move(*storage::open_call_log(*database_, {}, registry_));
    store_ = storage::make_control_store(*database_);
    carrier::Account account;
    account.id = "settings";
    account.workspace_id = storage::kDefaultWorkspace;
    account.carrier = "exotel";
    account.sid = "acme1";
    accounts_.emplace(*store_, vault_, account);
    make_directory();
    events_.add_sink([this](const LiveEvent& event) { told_.push_back(event.type); });
    desk_.emplace(CarrierDesk::Dependencies{
        .executor = executor(),
        .pool = pool_,
        .clock = clock_,
        .registry = registry_,
        .calls = *calls_,
        .directory = *directory_,
        .accounts = *accounts_,
        .carriers = [this](std::string_view) -> carrier::Carrier* { return &carrier_; },
        .book = book_,
        .events = events_,
        .accepts_calls = [this] { return !full_; },
        .webhook_secret = "s3cret",
        .on_recording = [this](const BookedCall& call,
                               std::string url) { recorded_.push_back(call.call_id + " " + url); }});
  }
  ~DeskTest() override { run(desk_->stop()); }

  void make_directory() {
    directory_.emplace(
        DirectorySource{
            [this]() -> Result<std::vector<storage::ControlStore::PublishedAgent>> { return published_; },
            [this]() -> Result<std::vector<storage::PhoneNumberRecord>> { return numbers_; }},
        [](const std::string&, agent::AgentPtr agent) -> Result<ReadyAgentPtr> {
          return std::make_shared<DeskAgent>(std::move(agent));
        },
        StandardAgent{std::make_shared<DeskAgent>(standard_), "name: reception", false});
    if (!directory_->refresh()) throw std::runtime_error("the directory cannot be read");
  }
  void publish(std::string name) {
    storage::ControlStore::PublishedAgent row;
    row.agent.id = "id-" + name;
    row.agent.workspace_id = storage::kDefaultWorkspace;
    row.agent.name = name;
    row.agent.published_version = 1;
    row.agent.published_at = 1;
    row.version.agent_id = row.agent.id;
    row.version.number = 1;
    row.version.text =
        fmt::format("name: {}\nfirst_message: Hi from {}.\nllm:\n  provider: instant\n", name, name);
    published_.push_back(std::move(row));
    if (!directory_->refresh()) throw std::runtime_error("the directory cannot be read");
  }

  CarrierAddress address(AnswerWith with = AnswerWith::stream) const {
    return {.phone_id = {}, .base_url = "https://voice.example.com", .answer = with};
  }
  static Form call_form(std::string_view sid = kSid) {
    return {{"CallSid", std::string(sid)}, {"From", std::string(kCaller)}, {"To", "08040000001"}};
  }
  static Form with(Form form, const std::string& name, const std::string& value) {
    form.emplace_back(name, value);
    return form;
  }
  std::string incoming(const Form& form, AnswerWith how = AnswerWith::stream) {
    const auto answer = desk_->incoming(carrier_, address(how), form);
    return answer ? answer->body : describe(answer.error());
  }
  Result<void> status(Form form) { return run(desk_->status(carrier_, "", std::move(form))); }
  std::string passthru(Form form) {
    const auto passed = run(desk_->passthru(carrier_, std::move(form)));
    return passed ? passed->case_name : describe(passed.error());
  }
  std::string connect(Form form) {
    const auto answer = run(desk_->connect_target(carrier_, std::move(form)));
    return answer ? answer->body : describe(answer.error());
  }
  static std::string token_in(const std::string& answer) {
    constexpr std::string_view kPath = "/stream/";
    const auto at = answer.find(kPath);
    if (at == std::string::npos) return {};
    const auto from = at + kPath.size();
    return answer.substr(from, answer.find_first_of(" \"", from) - from);
  }
  static media::StreamStart start_of(std::string_view sid = kSid) {
    media::StreamStart start;
    start.stream_id = "MZ1";
    start.call_id = sid;
    start.from = kCaller;
    start.to = "08040000001";
    start.sample_rate_hz = 8000;
    return start;
  }
  Result<engine::CallAgent> choose(const media::StreamStart& start, std::string_view token = "") {
    return desk_->choose(start, "exotel", "", token);
  }
  // What the engine does when a stream has its agent.
  storage::CallRecord open(const engine::CallAgent& chosen, const media::StreamStart& start) {
    storage::CallRecord row;
    row.id = chosen.call_id;
    row.workspace_id = chosen.workspace_id;
    row.session_id = chosen.session_id;
    row.direction = chosen.direction;
    row.carrier = "exotel";
    row.carrier_call_id = start.call_id;
    row.stream_id = start.stream_id;
    row.phone_id = chosen.phone_id;
    row.agent = chosen.agent->name;
    row.from = start.from;
    row.to = start.to;
    row.sample_rate_hz = 8000;
    row.started_at = now();
    row.status = storage::CallStatus::in_progress;
    row.telephony_config_id = chosen.telephony_config_id;
    row.variables = chosen.variables;
    row.custom_field = chosen.custom_field;
    calls_->append_call(row);
    desk_->observer().on_call_started(row);
    return row;
  }
  void close(const std::string& call_id, const std::string& reason = "caller hung up") {
    const storage::CallEnd end{storage::CallStatus::completed, reason, now(), 12'000, false};
    calls_->end_call(call_id, end);
    desk_->observer().on_call_ended(call_id, end);
  }

  void flush() {
    const auto flushed = run(async::on_callback(
        executor(), [this](std::function<void(Result<void>)> done) { calls_->flush(std::move(done)); }));
    if (!flushed) throw std::runtime_error(describe(flushed.error()));
  }
  std::vector<storage::CallSummary> all_calls() {
    flush();
    auto calls = calls_->list_calls({});
    if (!calls) throw std::runtime_error(describe(calls.error()));
    std::ranges::sort(*calls, {}, [](const storage::CallSummary& one) { return one.call.id; });
    return std::move(*calls);
  }
  storage::CallDetail only_call() {
    const auto calls = all_calls();
    if (calls.size() != 1) throw std::runtime_error(fmt::format("there are {} calls", calls.size()));
    return std::move(*calls_->find_call(calls.front().call.id));
  }
  static std::vector<std::string> kinds_of(const storage::CallDetail& call) {
    std::vector<std::string> kinds;
    for (const auto& event : call.events)
      kinds.push_back(event.kind);
    return kinds;
  }

  TemporaryDirectory folder_;
  metrics::Registry registry_;
  std::unique_ptr<storage::sql::Database> database_;
  std::unique_ptr<storage::CallStore> calls_;
  std::unique_ptr<storage::ControlStore> store_;
  security::Vault vault_ = *security::Vault::from_keys({std::string(64, 'a')});
  std::shared_ptr<agent::Agent> standard_;
  std::vector<storage::PhoneNumberRecord> numbers_;
  std::vector<storage::ControlStore::PublishedAgent> published_;
  std::optional<AgentDirectory> directory_;
  std::optional<CarrierAccounts> accounts_;
  FakeCarrier carrier_;
  CallBook book_{clock_};
  EventHub events_{clock_};
  std::vector<std::string> told_;
  std::vector<std::string> recorded_;
  bool full_ = false;
  std::optional<CarrierDesk> desk_;
};

}  // namespace parley::control

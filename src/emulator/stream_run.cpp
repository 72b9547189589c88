// The media stream of a call: finds its address, opens it with the simulated caller, and keeps what came of
// it.
#include <fmt/format.h>

#include "caller/dynamic_endpoint.hpp"
#include "caller/load.hpp"
#include "emulator/live_call.hpp"
#include "net/http_server.hpp"
#include "net/url.hpp"

namespace parley::emulator {
namespace {

constexpr std::size_t kMaxAddress = 600;
constexpr milliseconds kPromptAnswer{1000};
constexpr milliseconds kEndpointDeadline{5000};
constexpr std::size_t kMostGivenAddresses = 10'000;

// What is said and pressed goes into the journal.
class JournalListener final : public caller::CallListener {
 public:
  explicit JournalListener(EmulatedCall& call) : call_(call) {}
  void on_caller_said(const std::string& text) override { call_.note("caller said", {{"text", text}}); }
  void on_dtmf(char digit) override { call_.note("caller pressed", {{"digit", std::string(1, digit)}}); }
  void on_agent_said(const caller::TranscriptLine& line) override {
    call_.note("agent said", {{"text", line.text}});
  }
  void on_agent_sound(milliseconds length) override { call_.note("agent sounded", {{"ms", length.count()}}); }

 private:
  EmulatedCall& call_;
};

int rate_of(std::string_view url, int otherwise) {
  const std::size_t query = url.find('?');
  if (query == std::string_view::npos) return otherwise;
  for (const auto& [key, value] : net::parse_query(url.substr(query + 1))) {
    if (key != "sample-rate" && key != "sample_rate") continue;
    if (value == "16000") return 16000;
    if (value == "24000") return 24000;
  }
  return otherwise;
}

struct OpenStream {
  int& count;
  explicit OpenStream(int& open) : count(open) { ++count; }
  ~OpenStream() { --count; }
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;
};

struct Pointed {
  caller::Caller*& place;
  Pointed(caller::Caller*& where, caller::Caller& caller) : place(where) { place = &caller; }
  ~Pointed() { place = nullptr; }
  Pointed(const Pointed&) = delete;
  Pointed& operator=(const Pointed&) = delete;
};

void tell_end(LastStream& stream, const caller::CallReport& report) {
  using caller::EndedBy;
  switch (report.ended_by) {
    case EndedBy::agent:
      stream.status = "completed";
      stream.disconnected_by = "bot";
      return;
    case EndedBy::caller:
    case EndedBy::drop:
      stream.status = "cancelled";
      stream.disconnected_by = "user";
      return;
    case EndedBy::time_limit:
      stream.status = "completed";
      stream.disconnected_by = "NA";
      return;
    case EndedBy::connection:
      stream.status = "failed";
      stream.disconnected_by = "NA";
      stream.error = fmt::format("{} connection lost", report.close_code);
      return;
    case EndedBy::refused:
      stream.status = "failed";
      stream.disconnected_by = "NA";
      stream.error = "3009 WebSocket connection failed";
      return;
  }
}

}  // namespace

async::Task<Result<std::string>> LiveCall::stream_address(const StreamPlan& plan) {
  if (!plan.url.starts_with("http")) co_return plan.url;
  Question question{.what = "dynamic endpoint",
                    .method = "GET",
                    .url = with_query(plan.url, applet_query()),
                    .headers = {},
                    .body = {},
                    .deadline = kEndpointDeadline};
  const Answer answer = co_await ask(parts_, call_, std::move(question));
  if (!answer.response) {
    parts_.report.add(call_->sid, "dynamic-endpoint", "the dynamic endpoint did not answer");
    co_return fail(answer.response.error());
  }
  if (answer.took > kPromptAnswer) {
    parts_.report.add(call_->sid, "dynamic-endpoint-slow",
                      "the dynamic endpoint took more than a second to answer");
  }
  auto address = caller::read_dynamic_endpoint(answer.status(), answer.body());
  if (!address) {
    parts_.report.add(call_->sid, "dynamic-endpoint", address.error().message);
    co_return address;
  }
  if (answer.content_type() != "application/json") {
    parts_.report.add(call_->sid, "content-type",
                      fmt::format("the dynamic endpoint answered as '{}' in place of application/json",
                                  answer.content_type()));
  }
  if (parts_.given_addresses.size() >= kMostGivenAddresses) parts_.given_addresses.clear();
  const auto [given, fresh] = parts_.given_addresses.try_emplace(*address, call_->sid);
  if (!fresh) {
    parts_.report.add(call_->sid, "token-reuse",
                      given->second == call_->sid
                          ? "the dynamic endpoint gave the same address for a second stream of the call"
                          : "the dynamic endpoint gave two calls the same address",
                      !address->contains('?') && given->second == call_->sid);
  }
  co_return address;
}

caller::CallSetup LiveCall::stream_setup(const StreamPlan& plan, bool fork) {
  caller::CallSetup setup;
  const Variants& how = variants();
  setup.variant = how.stream;
  setup.identity.stream_sid = caller::make_carrier_id();
  setup.identity.call_sid = call_->sid;
  setup.identity.account_sid = call_->account;
  setup.identity.from = spelled(call_->from, how.e164);
  setup.identity.to = spelled(call_->exophone, how.e164);
  if (call_->direction != "inbound" && how.outbound_from_exophone)
    std::swap(setup.identity.from, setup.identity.to);
  setup.identity.custom_parameters = plan.parameters;
  setup.identity.sample_rate_hz = rate_of(plan.url, plan.sample_rate_hz);
  setup.piece = how.piece;
  setup.marks_at_clear = how.marks_at_clear;
  setup.max_duration = parts_.world.max_stream;
  setup.record = true;
  const std::size_t number = fork ? 0 : streams_++;
  setup.script = scripts_.script(person(), number, setup.identity.sample_rate_hz, *call_);
  return setup;
}

void LiveCall::stream_failed(LastStream stream, std::string error) {
  stream.status = "failed";
  stream.disconnected_by = "NA";
  stream.error = std::move(error);
  call_->note("stream failed", {{"error", stream.error}, {"detail", stream.detailed_status}});
  call_->stream = std::move(stream);
}

void LiveCall::take_report(caller::CallReport report, const StreamPlan& plan, LastStream stream, bool fork) {
  tell_end(stream, report);
  stream.seconds = std::chrono::duration_cast<std::chrono::seconds>(report.duration).count();
  parts_.report.add(call_->sid, report.findings);
  if (fork && report.playout.played_samples > 0) {
    parts_.report.add(call_->sid, "one-way",
                      "sound was sent on a Stream applet's socket, where nobody hears it");
  }
  if (!report.failure.empty()) {
    parts_.report.add(call_->sid, report.ended_by == caller::EndedBy::refused ? "handshake" : "script",
                      report.failure);
  }
  const std::string name = fmt::format("{}-{}", call_->sid, stream.sid);
  Sound sound{report.sample_rate_hz, 2, std::move(report.recorded)};
  json::object detail{{"status", stream.status},
                      {"disconnectedBy", stream.disconnected_by},
                      {"error", stream.error},
                      {"closeCode", report.close_code},
                      {"ms", report.duration.count()},
                      {"setupMs", report.setup.count()},
                      {"saidDb", level_db(sound, 0)},
                      {"heardDb", level_db(sound, 1)},
                      {"heardMs", report.playout.played_samples * 1000 / report.sample_rate_hz},
                      {"clears", report.playout.clears},
                      {"marks", report.playout.marks_echoed},
                      {"sound", fmt::format("/emulator/sounds/{}.wav", name)}};
  if (report.first_media) detail["firstMediaMs"] = report.first_media->count();
  call_->note(fork ? "fork ended" : "stream ended", std::move(detail));
  if (plan.record && !fork && !sound.samples.empty()) {
    call_->recording_url = fmt::format("{}/recordings/{}.wav", parts_.base_url, stream.sid);
    stream.recording_url = call_->recording_url;
    call_->sounds[stream.sid] = mixed(sound);
  }
  call_->sounds[name] = std::move(sound);
  call_->stream = std::move(stream);
  if (fork || gone_) return;
  if (report.ended_by == caller::EndedBy::caller || report.ended_by == caller::EndedBy::drop) hang_up("user");
}

async::Task<> LiveCall::run_stream(StreamPlan plan, bool fork) {
  caller::CallSetup setup = stream_setup(plan, fork);
  LastStream stream;
  stream.sid = setup.identity.stream_sid;
  stream.url = without_credentials(plan.url);
  int& open = parts_.open_streams[call_->account];
  if (open >= account().max_streams) {
    stream.detailed_status = "Streaming_call_throttled";
    stream_failed(std::move(stream), "the account has no stream left");
    co_return;
  }
  const OpenStream counted(open);
  if (plan.url.size() > kMaxAddress)
    parts_.report.add(call_->sid, "stream-url", "the stream's address is longer than 600 characters");
  auto address = co_await stream_address(plan);
  if (!address) {
    stream_failed(std::move(stream), address.error().message);
    co_return;
  }
  if (gone_) co_return;
  caller::CallTarget target;
  target.url = *address;
  target.keep_query = variants().keep_query;
  target.ask_transcript = false;
  setup.identity.sample_rate_hz = rate_of(*address, setup.identity.sample_rate_hz);
  call_->note(fork ? "fork begins" : "stream begins",
              {{"url", without_credentials(*address)}, {"streamSid", stream.sid}});
  JournalListener listener(*call_);
  const caller::Caller::Dependencies dependencies{parts_.executor, parts_.clock, parts_.frames, parts_.parser,
                                                  listener};
  caller::Caller caller(dependencies, std::move(target), std::move(setup));
  caller::CallReport report;
  {
    const Pointed pointed(fork ? fork_ : stream_, caller);
    report = co_await caller.run();
  }
  take_report(std::move(report), plan, std::move(stream), fork);
}

async::Task<> LiveCall::run_fork(std::shared_ptr<LiveCall> self, StreamPlan plan) {
  co_await self->run_stream(std::move(plan), true);
}

}  // namespace parley::emulator

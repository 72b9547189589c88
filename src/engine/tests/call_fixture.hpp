// A call with everything around it replaced by parts a test turns by hand: clock, socket, recogniser, model,
// voice and call log. Media is real: the Exotel codec on both ends, the energy gate as voice detector.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/call.hpp"
#include "media/base64.hpp"
#include "media/exotel_codec.hpp"

namespace parley::engine {

struct FakeLink final : media::MediaLink {
  std::vector<boost::json::object> sent;
  std::vector<std::string> frames;  // binary
  std::optional<media::LinkClose> closed;
  std::string close_reason;

  void send_text(std::string_view text) override {
    if (!closed) sent.push_back(boost::json::parse(text).as_object());
  }
  void send_binary(std::string_view bytes) override {
    if (!closed) frames.emplace_back(bytes);
  }
  void close(media::LinkClose why, std::string_view reason) override {
    closed = why;
    close_reason = reason;
  }
  std::size_t count(std::string_view event) const {
    return static_cast<std::size_t>(std::count_if(
        sent.begin(), sent.end(), [&](const auto& m) { return m.at("event").as_string() == event; }));
  }
  // Milliseconds of 8 kHz audio sent so far.
  std::size_t audio_ms() const {
    std::size_t bytes = 0;
    for (const auto& message : sent) {
      if (message.at("event").as_string() != "media") continue;
      const auto& payload = message.at("media").as_object().at("payload").as_string();
      std::vector<std::byte> out(media::base64_decoded_max(payload.size()));
      bytes += media::base64_decode({payload.data(), payload.size()}, out.data()).value();
    }
    return bytes / 16;
  }
  std::vector<std::string> marks() const {
    std::vector<std::string> names;
    for (const auto& message : sent) {
      if (message.at("event").as_string() == "mark") {
        names.emplace_back(message.at("mark").as_object().at("name").as_string());
      }
    }
    return names;
  }
};

struct FakeStt final : speech::SpeechToText {
  struct Stream final : speech::SttStream {
    explicit Stream(FakeStt& owner) : owner_(owner) {}
    ~Stream() override {
      if (owner_.used_at_last) owner_.observer->on_usage(*owner_.used_at_last);
    }
    void start_utterance(std::uint64_t id) override {
      owner_.utterance = id;
      owner_.written = 0;
    }
    void write(std::span<const std::int16_t> audio) override { owner_.written += audio.size(); }
    void finish_utterance() override { owner_.finished = owner_.utterance; }
    void cancel_utterance() override { ++owner_.cancelled; }
    FakeStt& owner_;
  };
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  Result<std::unique_ptr<speech::SttStream>> open(speech::SttRequest request,
                                                  speech::SttListener& to) override {
    observer = &request.observer;
    if (refuse) return fail(Errc::unavailable, "no recogniser today");
    listener = &to;
    ++opened;
    return std::make_unique<Stream>(*this);
  }
  speech::SttListener* listener = nullptr;
  vendor::Observer* observer = nullptr;
  std::optional<vendor::Usage> used_at_last;  // told when a stream is destroyed
  bool refuse = false;
  int opened = 0;
  std::uint64_t utterance = 0;
  std::uint64_t finished = 0;
  int cancelled = 0;
  std::size_t written = 0;
};

struct FakeChat final : llm::ChatModel {
  struct Reply final : llm::ChatReply {
    explicit Reply(FakeChat& owner) : owner_(owner) {}
    ~Reply() override { ++owner_.destroyed; }
    FakeChat& owner_;
  };
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  std::unique_ptr<llm::ChatReply> start(llm::ChatRequest request, llm::ChatListener& to) override {
    history = std::move(request.history);
    observer = &request.observer;
    listener = &to;
    ++started;
    return std::make_unique<Reply>(*this);
  }
  void warm(const llm::ChatRequest&) override { ++warmed; }
  void answer(std::string_view text) {
    listener->on_reply_text(text);
    listener->on_reply_end();
  }
  std::vector<llm::Message> history;
  vendor::Observer* observer = nullptr;
  int warmed = 0;
  llm::ChatListener* listener = nullptr;
  int started = 0;
  int destroyed = 0;
};

struct FakeTts final : speech::TextToSpeech {
  struct Job final : speech::TtsJob {
    explicit Job(FakeTts& owner) : owner_(owner) { ++owner_.alive; }
    ~Job() override { --owner_.alive; }
    FakeTts& owner_;
  };
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  std::unique_ptr<speech::TtsJob> start(speech::TtsRequest request, speech::TtsListener& to) override {
    texts.push_back(request.text);
    listener = &to;
    return std::make_unique<Job>(*this);
  }
  void warm(const speech::TtsRequest&) override { ++warmed; }
  // Speaks the newest job for so long.
  void speak(int ms) {
    const std::vector<std::int16_t> audio(static_cast<std::size_t>(ms) * 8, 1000);
    listener->on_speech_audio(audio, SteadyTime());
    listener->on_speech_end();
  }
  std::vector<std::string> texts;
  speech::TtsListener* listener = nullptr;
  int alive = 0;
  int warmed = 0;
};

struct FakeVoice final : realtime::VoiceModel {
  struct Reply final : realtime::VoiceReply {
    explicit Reply(FakeVoice& owner) : owner_(owner) { ++owner_.alive; }
    ~Reply() override { --owner_.alive; }
    void cut(std::chrono::milliseconds heard) override { owner_.cuts.push_back(heard.count()); }
    FakeVoice& owner_;
  };
  struct Session final : realtime::VoiceSession {
    explicit Session(FakeVoice& owner) : owner_(owner) {}
    void start_utterance(std::uint64_t id) override { owner_.utterance = id; }
    void write(std::span<const std::int16_t> audio) override { owner_.written += audio.size(); }
    void finish_utterance() override { ++owner_.finished; }
    void cancel_utterance() override {}
    void add_text(llm::Role role, std::string text) override {
      owner_.texts.push_back((role == llm::Role::agent ? "agent: " : "caller: ") + text);
    }
    std::unique_ptr<realtime::VoiceReply> reply(realtime::VoiceReplyListener& to) override {
      owner_.reply = &to;
      ++owner_.replies;
      return std::make_unique<Reply>(owner_);
    }
    std::unique_ptr<realtime::VoiceReply> say(std::string text, realtime::VoiceReplyListener& to) override {
      owner_.texts.push_back("say: " + text);
      owner_.reply = &to;
      return std::make_unique<Reply>(owner_);
    }
    FakeVoice& owner_;
  };
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  Result<std::unique_ptr<realtime::VoiceSession>> open(realtime::VoiceRequest,
                                                       realtime::VoiceSessionListener& to) override {
    listener = &to;
    ++opened;
    return std::make_unique<Session>(*this);
  }
  // Speaks the newest reply: text and so many milliseconds of sound.
  void speak(std::string_view text, int ms, bool end) {
    reply->on_voice_text(text);
    reply->on_voice_audio(std::vector<std::int16_t>(static_cast<std::size_t>(ms) * 8, 1000), SteadyTime());
    if (end) reply->on_voice_end();
  }
  realtime::VoiceSessionListener* listener = nullptr;
  realtime::VoiceReplyListener* reply = nullptr;
  std::vector<std::string> texts;
  std::vector<std::int64_t> cuts;
  std::uint64_t utterance = 0;
  std::size_t written = 0;
  int opened = 0;
  int finished = 0;
  int replies = 0;
  int alive = 0;
};

struct MemoryStore final : storage::CallStore {
  std::vector<storage::CallRecord> calls;
  std::optional<storage::CallEnd> ended;
  std::map<int, storage::TurnRecord> turns;
  std::vector<std::string> events;
  std::vector<storage::TransferRecord> transfers;
  std::map<std::string, storage::UsageRecord> usage;

  void append_call(storage::CallRecord call) override { calls.push_back(std::move(call)); }
  void end_call(std::string, storage::CallEnd end) override { ended = std::move(end); }
  void put_turn(storage::TurnRecord turn) override { turns[turn.number] = std::move(turn); }
  void append_event(storage::EventRecord event) override { events.push_back(event.kind); }
  void put_carrier_word(storage::CarrierWord) override {}
  void put_transfer(storage::TransferRecord transfer) override { transfers.push_back(std::move(transfer)); }
  void put_recording(storage::RecordingRecord) override {}
  void put_usage(storage::UsageRecord row) override {
    const auto& used = row.usage;
    usage[fmt::format("{} {} {} {}", row.turn, to_string(used.part), used.vendor, used.model)] = row;
  }
  void put_transcript(storage::TranscriptRecord) override {}
  void put_recording_blob(storage::RecordingBlob) override {}
  void flush(std::function<void(Result<void>)> done) override { done({}); }
  Result<std::vector<storage::CallSummary>> list_calls(const storage::CallFilter&) override { return {}; }
  Result<storage::CallDetail> find_call(const std::string&, const std::string&) override {
    return fail(Errc::not_found, "");
  }
  Result<std::optional<storage::CallSummary>> find_by_carrier_id(const std::string&,
                                                                 const std::string&) override {
    return std::nullopt;
  }
  Result<std::vector<storage::CallSummary>> open_outbound_calls(int) override { return {}; }
  Result<std::vector<storage::CallSummary>> unfinished_calls() override { return {}; }
  Result<std::vector<storage::CallSummary>> unfinished_recordings(int) override { return {}; }
  Result<std::vector<storage::CallSummary>> unstored_recordings(const std::string&, int) override {
    return {};
  }
  Result<std::vector<storage::UsageSum>> sum_usage(const std::string&, storage::WallMillis,
                                                   storage::WallMillis, storage::UsageGroup) override {
    return {};
  }
  Result<storage::CallTally> tally(const std::string&, storage::WallMillis, storage::WallMillis) override {
    return {};
  }
  Result<storage::CallsSeen> seen(const std::string&, const std::string&) override { return {}; }
  Result<std::vector<storage::RemovedRecording>> remove_call(const std::string&,
                                                             const std::string&) override {
    return {};
  }
  Result<std::vector<storage::RemovedRecording>> remove_caller(const std::string&, const std::string&,
                                                               int*) override {
    return {};
  }
  Result<std::vector<storage::RemovedRecording>> remove_older(const std::string&, storage::WallMillis, bool,
                                                              int) override {
    return {};
  }
};

struct NoRecorder final : storage::Recorder {
  std::unique_ptr<storage::Recording> start(std::filesystem::path, int) override { return nullptr; }
};

struct NullObserver final : CallObserver {
  std::map<int, TranscriptLine> lines;
  void on_call_started(const storage::CallRecord&) override {}
  void on_transcript_line(const std::string&, const TranscriptLine& line) override {
    lines[line.number] = line;
  }
  void on_call_ended(const std::string&, const storage::CallEnd&) override {}
};

// The fixture outlives its calls.
template <class Part>
std::shared_ptr<Part> unowned(Part& part) {
  return {std::shared_ptr<void>(), &part};
}

struct CallFixture : ::testing::Test {
  async::asio::io_context context{1};
  ManualClock clock;
  metrics::Registry registry;
  Probe probe{registry};
  GreetingCache greetings;
  FakeLink link;
  FakeStt stt;
  FakeChat chat;
  FakeTts tts;
  std::shared_ptr<speech::TextToSpeech> apology;
  FakeVoice voice;
  std::vector<VoiceLink> voices;  // empty: a conversation
  bool warm = true;
  MemoryStore store;
  NoRecorder recorder;
  NullObserver observer;
  std::shared_ptr<agent::Agent> agent = std::make_shared<agent::Agent>();
  MediaSettings media;
  std::unique_ptr<Call> call;
  // Marks are echoed when the audio before them has been played, as the carrier does; a test may turn it off.
  bool echo_marks = true;
  std::size_t echoed = 0;

  CallFixture() {
    agent->name = "tester";
    agent->version = "1";
    agent->vad.kind = agent::VadKind::energy;
    agent->first_message = "";
    agent->recording.enabled = false;
  }
  ~CallFixture() override {
    if (call) call->on_link_closed(LinkEnd::closed);
    call.reset();
    context.poll();
  }

  Vendors vendors() {
    if (voices.empty()) return {unowned(stt), unowned(chat), unowned(tts), {}, warm, apology};
    return {nullptr, nullptr, unowned(tts), voices, warm};
  }
  void open() {
    call = make_call(
        media::make_exotel_codec({}),
        {context.get_executor(), clock, link, agent, vendors(), store, recorder, "/nowhere", greetings,
         observer, std::make_shared<const vendor::PriceTable>(), probe, media, "exotel", ""});
  }
  void text(std::string message) {
    const std::size_t size = message.size();
    message.append(64, '\0');
    call->on_text(std::string_view(message.data(), size));
    context.restart();
    context.poll();
  }
  void start() {
    open();
    text(R"({"event":"connected"})");
    text(R"({"event":"start","stream_sid":"S","start":{"call_sid":"C","from":"1","to":"2"}})");
  }
  // So many milliseconds of the caller in 20 ms messages, in step with the clock.
  void hear(int ms, std::int16_t level) {
    std::vector<std::int16_t> frame(160);
    for (std::size_t i = 0; i < frame.size(); ++i)
      frame[i] = i % 2 == 0 ? level : static_cast<std::int16_t>(-level);
    std::string payload;
    media::base64_encode(std::as_bytes(std::span(frame)), payload);
    for (int at = 0; at < ms; at += 20) {
      clock.advance(std::chrono::milliseconds(20));
      heard_ms += 20;
      text(R"({"event":"media","media":{"payload":")" + payload + "\"}}");
      play();
    }
  }
  void speech(int ms) { hear(ms, 3000); }
  void silence(int ms) { hear(ms, 0); }
  // The carrier's player: plays what it got at real speed, echoes a mark when the audio before it is through.
  void play() {
    while (played < link.sent.size()) {
      const auto& message = link.sent[played];
      const auto event = message.at("event").as_string();
      if (event == "media") {
        if (player_until < heard_ms) player_until = heard_ms;
        const auto& payload = message.at("media").as_object().at("payload").as_string();
        player_until += static_cast<long>(payload.size() * 3 / 4 / 16);
      } else if (event == "clear") {
        player_until = heard_ms;
      } else if (event == "mark") {
        if (player_until > heard_ms) return;
        ++played;
        const std::string name(message.at("mark").as_object().at("name").as_string());
        if (echo_marks) text(R"({"event":"mark","stream_sid":"S","mark":{"name":")" + name + "\"}}");
        continue;
      }
      ++played;
    }
  }
  std::size_t played = 0;
  long heard_ms = 0;
  long player_until = 0;

  void transcript(std::string words) {
    stt.listener->on_final_transcript(stt.finished, {std::move(words), 1, false});
  }
};

}  // namespace parley::engine

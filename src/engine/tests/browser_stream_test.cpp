// A call whose sound goes in binary frames, at more than 8 kHz: the browser's codec in place of a carrier's.
#include "engine/deferred_call.hpp"
#include "engine/tests/call_fixture.hpp"
#include "media/browser_codec.hpp"

namespace parley::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Listener final : CallObserver {
  std::vector<std::string> said;
  void on_call_started(const storage::CallRecord&) override {}
  void on_transcript_line(const std::string&, const TranscriptLine&) override {}
  void on_call_ended(const std::string&, const storage::CallEnd&) override { said.emplace_back("end"); }
  void on_conversation(const std::string&, const std::vector<llm::Message>& all) override {
    for (const llm::Message& one : all)
      said.push_back((one.role == llm::Role::agent ? "agent: " : "caller: ") + one.text);
  }
};

// Its messages have a type, where a carrier's have an event.
struct BrowserLink final : media::MediaLink {
  std::vector<std::string> types;
  std::vector<std::string> marks;
  std::vector<std::size_t> frames;  // bytes of each
  std::optional<media::LinkClose> closed;
  std::string close_reason;
  void send_text(std::string_view text) override {
    const auto message = boost::json::parse(text).as_object();
    types.emplace_back(message.at("type").as_string());
    if (types.back() == "mark") marks.emplace_back(message.at("name").as_string());
  }
  void send_binary(std::string_view bytes) override { frames.push_back(bytes.size()); }
  void close(media::LinkClose why, std::string_view reason) override {
    closed = why;
    close_reason = reason;
  }
};

struct BrowserStreamTest : CallFixture, ::testing::WithParamInterface<int> {
  BrowserLink page;
  Listener listener;
  std::vector<llm::Message> earlier;
  bool line_charged = true;

  // Before what it tells goes.
  ~BrowserStreamTest() override {
    if (call) call->on_link_closed(LinkEnd::closed);
    call.reset();
  }

  void open_page() {
    CallDependencies d{context.get_executor(),
                       clock,
                       page,
                       agent,
                       vendors(),
                       store,
                       recorder,
                       "/nowhere",
                       greetings,
                       listener,
                       std::make_shared<const vendor::PriceTable>(),
                       probe,
                       media,
                       "browser",
                       ""};
    d.earlier = earlier;
    d.line_charged = line_charged;
    call = make_call(media::make_browser_codec(), std::move(d));
  }
  void begin(int rate = 16000) {
    open_page();
    text(R"({"type":"start","sampleRate":)" + std::to_string(rate) + "}");
  }
  void frame(std::size_t bytes) {
    call->on_binary(std::string(bytes, '\0'));
    context.restart();
    context.poll();
  }
  void hear_page(int ms, std::int16_t level, int rate = 16000) {
    std::vector<std::int16_t> samples(static_cast<std::size_t>(rate) / 50);
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = i % 2 == 0 ? level : static_cast<std::int16_t>(-level);
    for (int at = 0; at < ms; at += 20) {
      clock.advance(std::chrono::milliseconds(20));
      call->on_binary({reinterpret_cast<const char*>(samples.data()), samples.size() * 2});
      context.restart();
      context.poll();
    }
  }
  // Speaks the newest job.
  void speak_at(int ms, int rate) {
    const std::vector<std::int16_t> audio(static_cast<std::size_t>(ms * rate / 1000), 1000);
    tts.listener->on_speech_audio(audio, SteadyTime());
    tts.listener->on_speech_end();
  }
};

TEST_P(BrowserStreamTest, TalksAtTheRateThatThePageNamed) {
  const int rate = GetParam();
  begin(rate);
  EXPECT_EQ(store.calls.at(0).sample_rate_hz, rate);
  hear_page(400, 3000, rate);
  hear_page(800, 0, rate);
  EXPECT_GE(stt.written, static_cast<std::size_t>(rate) * 6 / 10) << "sound at the stream's rate";
  transcript("hello");
  chat.answer("Good day.");
  context.poll();
  speak_at(500, rate);
  hear_page(900, 0, rate);
  std::size_t bytes = 0;
  for (const std::size_t size : page.frames) {
    EXPECT_EQ(size % (static_cast<std::size_t>(rate) / 25), 0U) << "whole pieces of 20 ms";
    bytes += size;
  }
  EXPECT_EQ(bytes, static_cast<std::size_t>(rate)) << "half a second";
  EXPECT_EQ(store.turns.at(1).caller_text, "hello");
  // Its mark is heard of, so the answer is over.
  ASSERT_THAT(page.marks, ElementsAre("g1-1"));
  text(R"({"type":"mark","name":"g1-1"})");
  EXPECT_EQ(store.turns.at(1).agent_heard, "Good day.");
}
INSTANTIATE_TEST_SUITE_P(Rates, BrowserStreamTest, ::testing::Values(8000, 16000, 24000, 48000));

struct BrowserCallTest : BrowserStreamTest {};

TEST_F(BrowserCallTest, AnInterruptionClearsAndOnlyWhatWasHeardIsHandedOn) {
  earlier = {{llm::Role::caller, "before", llm::InputKind::speech, {}}};
  begin();
  hear_page(400, 3000);
  hear_page(800, 0);
  transcript("hello");
  chat.answer("One two three four five six seven eight nine ten.");
  context.poll();
  speak_at(5000, 16000);
  hear_page(2000, 0);
  hear_page(600, 3000);
  EXPECT_THAT(page.types, Contains("clear"));
  call->on_link_closed(LinkEnd::broken);
  ASSERT_EQ(listener.said.size(), 4U);
  EXPECT_EQ(listener.said[0], "caller: before");
  EXPECT_EQ(listener.said[1], "caller: hello");
  EXPECT_THAT(listener.said[2], HasSubstr("agent: One two"));
  EXPECT_THAT(listener.said[2], Not(HasSubstr("ten")));
  EXPECT_EQ(listener.said[3], "end") << "told before the end";
}

TEST_F(BrowserCallTest, ALineThatNobodyChargesIsNotCounted) {
  line_charged = false;
  begin();
  hear_page(100, 0);
  text(R"({"type":"stop"})");
  EXPECT_THAT(store.usage, IsEmpty());
  EXPECT_EQ(page.closed, media::LinkClose::done);
}

TEST_F(BrowserCallTest, SoundBeforeStartIsDroppedAndTooMuchOfItEndsTheStream) {
  open_page();
  frame(640);
  EXPECT_FALSE(page.closed);
  for (int i = 0; i < MediaStream::kMaxErrors; ++i)
    frame(640);
  EXPECT_EQ(page.closed, media::LinkClose::protocol_error);
  EXPECT_THAT(page.close_reason, HasSubstr("media before start"));
}

TEST_F(BrowserCallTest, HalfASampleIsABrokenMessageLikeAnyOther) {
  begin();
  frame(641);
  EXPECT_FALSE(page.closed);
  EXPECT_THAT(store.events, ElementsAre("protocol_error"));
  hear_page(100, 0);
  EXPECT_FALSE(page.closed);
  open_page();
  for (int i = 0; i < MediaStream::kMaxErrorsBeforeStart; ++i)
    frame(641);
  EXPECT_EQ(page.closed, media::LinkClose::protocol_error) << "nothing sensible can follow";
}

TEST_F(BrowserCallTest, ACarriersStreamTakesNoFrames) {
  open();
  call->on_binary("abcd");
  EXPECT_EQ(link.closed, media::LinkClose::unsupported);
  EXPECT_THAT(link.frames, IsEmpty());
}

}  // namespace
}  // namespace parley::engine

// From the socket to the observer: a call that ends leaves a whole recording and says so.
#include <future>

#include "app/call_observers.hpp"
#include "audio/wav.hpp"
#include "base/tests/temporary_directory.hpp"
#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

struct RecordingLog final : CallObserver {
  void on_call_started(const storage::CallRecord& call) override { started = call.id; }
  void on_transcript_line(const std::string&, const TranscriptLine&) override { ++lines; }
  void on_call_ended(const std::string& call_id, const storage::CallEnd&) override { ended = call_id; }
  void on_recording_finished(const std::string& call_id, const agent::AgentPtr& agent,
                             const std::filesystem::path& file) override {
    finished.set_value({call_id, agent->name, file});
  }
  struct Finished {
    std::string call_id;
    std::string agent;
    std::filesystem::path file;
  };
  std::string started;
  std::string ended;
  int lines = 0;
  std::promise<Finished> finished;
};

struct RecordedCallTest : CallFixture {
  TemporaryDirectory directory;
  std::unique_ptr<storage::Recorder> files = storage::make_file_recorder(registry);
  RecordingLog first;
  RecordingLog second;
  app::CallObservers observers{{&first, &second}};

  ~RecordedCallTest() override {
    call.reset();
    files.reset();  // its thread may still be telling the observers
  }

  void open_recorded() {
    agent->recording.enabled = true;
    agent->first_message = "Good morning.";
    call = make_call(
        media::make_exotel_codec({}),
        {context.get_executor(), clock, link, agent, vendors(), store, *files, directory.path(), greetings,
         observers, std::make_shared<const vendor::PriceTable>(), probe, media, "exotel", ""});
    text(R"({"event":"connected"})");
    text(R"({"event":"start","stream_sid":"S","start":{"call_sid":"C","from":"1","to":"2"}})");
  }
};

TEST_F(RecordedCallTest, EveryObserverHearsOfTheWholeRecording) {
  open_recorded();
  hear(1000, 500);
  call->on_link_closed(LinkEnd::closed);
  for (RecordingLog* log : {&first, &second}) {
    const auto finished = log->finished.get_future().get();
    EXPECT_EQ(finished.call_id, call->id());
    EXPECT_EQ(finished.agent, "tester");
    const auto sound = audio::read_wav(finished.file);
    ASSERT_TRUE(sound) << describe(sound.error());
    EXPECT_EQ(sound->channels, 2);
    EXPECT_GE(sound->samples.size(), 2U * 7900);
    EXPECT_EQ(log->started, call->id());
    EXPECT_EQ(log->ended, call->id());
  }
}

}  // namespace
}  // namespace parley::engine

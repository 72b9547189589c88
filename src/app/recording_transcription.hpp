// Writes down what was said in a call once its recording is whole, by the recogniser that the agent names
// under recording.transcribe; transcript, failure and cost go into the call log.
//
// Only of calls that end while this runs: those whose turn has not come when the server stops get an error in
// the log, those of a server that died get nothing. Both can be done by hand with `parley transcribe`.
//
// Invariants
//  1. At most kAtOnce recordings are in memory.
//  2. Every recording taken on ends with one put_transcript.
// Thread: on_recording_finished on the recorder's; everything else on the executor's. Lifetime: what is given
// outlives it; recorders are destroyed before it is stopped, and it is stopped before it is destroyed.
#pragma once

#include <functional>
#include <list>
#include <random>

#include "async/blocking_pool.hpp"
#include "async/guarded.hpp"
#include "async/task_group.hpp"
#include "base/clock.hpp"
#include "engine/call.hpp"
#include "speech/file_transcriber.hpp"
#include "storage/call_store.hpp"
#include "vendor/alarm.hpp"

namespace parley::app {

class RecordingTranscription final : public engine::CallObserver {
 public:
  static constexpr std::size_t kAtOnce = 2;
  static constexpr std::size_t kMostWaiting = 10'000;  // calls; more are not transcribed

  struct Dependencies {
    async::asio::io_context& control;
    async::BlockingPool& pool;  // reads the files, and the call log
    storage::CallStore& store;
    const Clock& clock;
    // Those in force when it is asked.
    std::function<std::shared_ptr<const vendor::PriceTable>()> prices;
    // nullptr: this agent's are not transcribed.
    std::function<speech::FileTranscriber*(const agent::Agent&)> transcriber_of;
    const vendor::Alarms& alarms = vendor::steady_alarms();
  };

  explicit RecordingTranscription(Dependencies dependencies);
  ~RecordingTranscription() override;
  RecordingTranscription(const RecordingTranscription&) = delete;
  RecordingTranscription& operator=(const RecordingTranscription&) = delete;

  void on_call_started(const storage::CallRecord&) override {}
  void on_transcript_line(const std::string&, const engine::TranscriptLine&) override {}
  void on_call_ended(const std::string&, const storage::CallEnd&) override {}
  void on_recording_finished(const std::string& call_id, const agent::AgentPtr& agent,
                             const std::filesystem::path& file) override;

  // Cancels what is under way and runs the control context until nothing of it is left. When nobody runs that
  // context any more, before the pool and the store go.
  void stop();

 private:
  struct Job;

  void take(std::unique_ptr<Job> job);
  void start_next();
  void read(Job& job);
  void on_read(Job& job, Result<std::string> wav);
  async::Task<> transcribe(Job& job, std::string wav);
  void on_answer(Job& job, std::expected<speech::FileTranscript, vendor::VendorError> answer);
  void try_later(Job& job, const vendor::VendorError& error);
  void end(Job& job, std::string error, std::string segments);
  void keep_books(Job& job);
  void forget(const Job& job);

  Dependencies d_;
  async::TaskGroup group_;
  std::list<std::unique_ptr<Job>> jobs_;  // in the order in which the calls ended
  std::minstd_rand random_{std::random_device{}()};
  bool stopping_ = false;
  async::Guard guard_;
  const async::Guard::Ticket ticket_{guard_.ticket()};
};

// A whole recording, as FileRequest wants it. Blocking. Errors name the file.
Result<std::string> read_recording(const std::filesystem::path& file);

}  // namespace parley::app

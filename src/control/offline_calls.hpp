// The offline way: calls that the carrier has recorded instead of streaming them. The recording is fetched
// and kept as the call's own, written down, answered by the agent's model, and the answer is told by calling
// back or stands in the log.
//
// Each step that fails is tried again up to three times with growing pauses; what went wrong stands in the
// call's events. The recording's row is there as soon as its file is, and the carrier's address of it before
// that, so that nothing that was said is lost.
//
// Invariants
//  1. At most kAtOnce recordings are in memory.
//  2. A call is called back at most once.
// Thread: the control context. Lifetime: what it is given outlives it; stop() is awaited before it goes.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "async/blocking_pool.hpp"
#include "async/task_group.hpp"
#include "audio/wav.hpp"
#include "base/clock.hpp"
#include "control/agent_directory.hpp"
#include "control/call_book.hpp"
#include "control/carrier_accounts.hpp"
#include "control/dialer.hpp"
#include "control/event_hub.hpp"
#include "engine/call.hpp"
#include "speech/file_transcriber.hpp"
#include "storage/call_store.hpp"
#include "vendor/alarm.hpp"

namespace parley::control {

class OfflineCalls {
 public:
  static constexpr int kAtOnce = 2;
  static constexpr std::size_t kMostWaiting = 10'000;
  static constexpr int kMostRetries = 3;

  // By the agent's recording.transcribe, else by its stt; one try. `wav` as speech::FileRequest wants it.
  using Transcribe = std::function<async::Task<Result<speech::FileTranscript>>(
      std::string workspace_id, ReadyAgentPtr agent, std::string call_id, std::string wav)>;
  // The agent's answer; one try. offline_answer.hpp has one.
  using Ask = std::function<async::Task<Result<std::string>>(ReadyAgentPtr ready, agent::AgentPtr agent,
                                                             std::string call_id, std::string words)>;
  // Dialer::place; blocks.
  using CallBack = std::function<Result<BookedCall>(const DialRequest& request)>;

  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const Clock& clock;
    storage::CallStore& calls;
    const AgentDirectory& directory;
    const CarrierAccounts& accounts;
    FindCarrier carriers;
    EventHub& events;
    engine::CallObserver& observer;  // is told of recordings that are whole, as by a call
    std::filesystem::path data_dir;
    Transcribe transcribe;
    Ask ask;
    CallBack call_back;
    std::size_t most_bytes = 512UL * 1024 * 1024;  // of a recording
    const vendor::Alarms& alarms = vendor::steady_alarms();
  };

  explicit OfflineCalls(Dependencies dependencies);

  // The carrier has a recording of this call.
  void take(const BookedCall& call, std::string recording_url);
  // Takes up what a process that died has left of calls of the last day: recordings that nobody was told of,
  // were never fetched, written down or answered. Nobody is called back for them. What began within the last
  // quarter of an hour, or had something written down within it, is left alone: another node may be at it.
  async::Task<> resume();
  // The same at once and, for what was too young then, a quarter of an hour later. After the start.
  async::Task<> resume_all();
  // Gives up what is under way; the recordings that were not fetched are taken up by the next resume().
  async::Task<> stop();

  std::size_t waiting() const { return waiting_.size(); }
  int running() const { return running_; }

 private:
  struct Job {
    BookedCall call;
    std::string url;  // empty: the carrier has to be asked for it
    bool may_call_back = true;
    // Of one that is taken up again.
    bool open = false;                          // its end was not told
    bool kept = false;                          // its recording is there
    std::optional<storage::TurnRecord> turn{};  // what was said, without an answer yet
  };
  struct Kept {
    std::string wav;
    std::int64_t duration_ms = 0;
  };

  void start_next();
  async::Task<> run(Job job);
  async::Task<> work(const Job& job);
  template <class T>
  async::Task<Result<T>> tried(const Job& job, std::string_view step,
                               std::function<async::Task<Result<T>>()> once);
  async::Task<Result<Kept>> fetch(const Job& job);
  async::Task<Result<std::string>> ask_where(const Job& job, carrier::Carrier& carrier,
                                             carrier::Account account);
  static Kept kept_of(const audio::WavAudio& audio);
  // nullopt: it was given up, and why is told.
  async::Task<std::optional<storage::TurnRecord>> hear(const Job& job, const Result<Answerer>& answerer,
                                                       Kept kept);
  // nullopt: nothing is left to do.
  static std::optional<Job> left_of(const storage::CallDetail& detail);
  async::Task<Result<BookedCall>> call_back(const Job& job, std::string answer);
  async::Task<> rest(std::chrono::milliseconds pause);
  Result<Answerer> answerer_of(const BookedCall& call) const;
  void keep_rows(const Job& job, const Kept& kept);
  void event(const Job& job, std::string_view kind, std::string detail);

  Dependencies d_;
  async::TaskGroup group_;
  std::deque<Job> waiting_;
  std::set<std::string> taken_;  // calls that wait or are worked on
  int running_ = 0;
  bool stopping_ = false;
};

// A file of a carrier's, WAV or MP3, as samples. Errc::invalid_argument: neither, or no sound.
Result<audio::WavAudio> decode_recording(std::string_view bytes);

}  // namespace parley::control

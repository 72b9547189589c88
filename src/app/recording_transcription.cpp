#include "app/recording_transcription.hpp"

#include <algorithm>
#include <cassert>
#include <fstream>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/transcript_json.hpp"
#include "vendor/circuit_breaker.hpp"

namespace parley::app {
namespace {

const log::Logger kLog("app");

// A recording of four hours at 16 kHz; more would endanger the calls that are running.
constexpr std::uintmax_t kMostBytes = 1024UL * 1024 * 1024;
constexpr std::string_view kStopped =
    "cancelled: the server was stopped before the recording was transcribed";

}  // namespace

Result<std::string> read_recording(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return fail(Errc::io, fmt::format("{} cannot be read: {}", file.string(), error.message()));
  if (size > kMostBytes)
    return fail(Errc::invalid_argument,
                fmt::format("{} is larger than 1 GiB: too long to be transcribed", file.string()));
  std::string bytes(size, '\0');
  std::ifstream stream(file, std::ios::binary);
  if (!stream.read(bytes.data(), static_cast<std::streamsize>(size)))
    return fail(Errc::io, fmt::format("{} cannot be read to its end", file.string()));
  return bytes;
}

struct RecordingTranscription::Job final : vendor::Observer {
  enum class State {
    waiting,  // for its turn
    running,  // something of it is under way that will report back
    resting,  // until the next try
  };

  Job(std::string call_id, agent::AgentPtr by, std::filesystem::path recording)
      : id(std::move(call_id)), agent(std::move(by)), file(std::move(recording)) {}

  const agent::ProviderChoice& choice() const { return agent->recording.transcribe; }
  void on_usage(const vendor::Usage& more) override {
    if (!add_to_same(more)) usage.push_back(more);
  }
  bool add_to_same(const vendor::Usage& more) {
    const auto same = [&](const vendor::Usage& one) {
      return one.part == more.part && one.vendor == more.vendor && one.model == more.model;
    };
    const auto found = std::ranges::find_if(usage, same);
    if (found == usage.end()) return false;
    vendor::add_usage(*found, more);
    return true;
  }
  void on_vendor_event(const vendor::VendorEvent&) override {}

  const std::string id;
  const agent::AgentPtr agent;
  const std::filesystem::path file;
  speech::FileTranscriber* transcriber = nullptr;
  State state = State::waiting;
  int tries = 0;
  std::vector<vendor::Usage> usage;
  std::unique_ptr<vendor::Alarm> rest;
};

RecordingTranscription::RecordingTranscription(Dependencies dependencies)
    // What a try throws is caught in it.
    : d_(std::move(dependencies)), group_(d_.control.get_executor(), [](const std::exception_ptr&) {}) {}

RecordingTranscription::~RecordingTranscription() {
  assert(jobs_.empty() && "to be stopped before it is destroyed");
}

void RecordingTranscription::on_recording_finished(const std::string& call_id, const agent::AgentPtr& agent,
                                                   const std::filesystem::path& file) {
  const std::string& provider = agent->recording.transcribe.provider;
  if (provider.empty() || provider == "none") return;
  async::asio::post(d_.control,
                    [this, ticket = ticket_, job = std::make_unique<Job>(call_id, agent, file)]() mutable {
                      if (ticket.valid()) take(std::move(job));
                    });
}

void RecordingTranscription::take(std::unique_ptr<Job> job) {
  job->transcriber = d_.transcriber_of(*job->agent);
  if (job->transcriber == nullptr) return;
  Job& taken = *jobs_.emplace_back(std::move(job));
  if (stopping_) return end(taken, std::string(kStopped), "");
  if (jobs_.size() > kMostWaiting)
    return end(taken, "overloaded: too many recordings wait to be transcribed", "");
  start_next();
}

void RecordingTranscription::start_next() {
  if (stopping_) return;
  auto running = std::ranges::count(jobs_, Job::State::running, &Job::state);
  for (const auto& job : jobs_) {
    if (running >= static_cast<std::ptrdiff_t>(kAtOnce)) return;
    if (job->state != Job::State::waiting) continue;
    ++running;
    read(*job);
  }
}

// Each try reads the file again: the bytes go to the vendor without a copy.
void RecordingTranscription::read(Job& job) {
  job.state = Job::State::running;
  const auto submitted = d_.pool.submit([this, &job](const auto&) {
    async::asio::post(
        d_.control, [this, &job, wav = read_recording(job.file)]() mutable { on_read(job, std::move(wav)); });
  });
  if (submitted) return;
  async::asio::post(d_.control, [this, &job, error = submitted.error()] { on_read(job, fail(error)); });
}

void RecordingTranscription::on_read(Job& job, Result<std::string> wav) {
  if (stopping_) return end(job, std::string(kStopped), "");
  if (!wav) return end(job, describe(wav.error()), "");
  group_.spawn(transcribe(job, std::move(*wav)));
}

async::Task<> RecordingTranscription::transcribe(Job& job, std::string wav) {
  std::expected<speech::FileTranscript, vendor::VendorError> answer;
  try {
    speech::FileRequest request{.executor = d_.control.get_executor(),
                                .wav = std::move(wav),
                                .choice = job.choice(),
                                .language = job.agent->language,
                                .log = kLog.with_call(job.id),
                                .observer = job};
    answer = co_await job.transcriber->transcribe(std::move(request));
  } catch (const std::exception& thrown) {
    answer = std::unexpected(
        vendor::VendorError(Error{Errc::internal, fmt::format("the recogniser failed: {}", thrown.what())}));
  }
  on_answer(job, std::move(answer));
}

void RecordingTranscription::on_answer(Job& job,
                                       std::expected<speech::FileTranscript, vendor::VendorError> answer) {
  if (answer) return end(job, "", control::segments_to_json(answer->segments));
  if (stopping_) return end(job, std::string(kStopped), "");
  ++job.tries;
  if (is_retryable(answer.error()) && job.tries < vendor::kMostTries) return try_later(job, answer.error());
  end(job, describe(answer.error()), "");
}

void RecordingTranscription::try_later(Job& job, const vendor::VendorError& error) {
  const auto wait = vendor::retry_wait(error, job.tries, std::uniform_real_distribution<>(0, 1)(random_));
  kLog.with_call(job.id).info("recording not transcribed yet, next try in {} ms: {}", wait.count(),
                              describe(error));
  job.state = Job::State::resting;
  if (!job.rest) job.rest = d_.alarms.make(d_.control.get_executor());
  job.rest->set(d_.alarms.now() + wait, [this, &job] {
    job.state = Job::State::waiting;
    start_next();
  });
  start_next();
}

void RecordingTranscription::end(Job& job, std::string error, std::string segments) {
  const log::Logger log = kLog.with_call(job.id);
  const auto& choice = job.choice();
  if (error.empty()) {
    log.info("recording transcribed vendor={}", choice.provider);
  } else {
    log.warn("recording not transcribed: {}", error);
  }
  std::string model = choice.model.empty() && !job.usage.empty() ? job.usage.front().model : choice.model;
  d_.store.put_transcript({job.id, choice.provider, std::move(model), now_millis(d_.clock), std::move(error),
                           std::move(segments)});
  if (job.usage.empty()) return forget(job);
  job.state = Job::State::running;
  // The call itself may have used the same model outside any turn, and a row replaces what is there: so both
  // are added, once the call's own rows are readable.
  d_.store.flush([this, &job](const Result<void>&) {
    const auto submitted = d_.pool.submit([this, &job](const auto&) {
      if (const auto call = d_.store.find_call(job.id)) {
        for (const storage::UsageRecord& row : call->usage) {
          if (row.turn == 0) job.add_to_same(row.usage);
        }
      }
      keep_books(job);
    });
    if (!submitted) keep_books(job);
  });
}

// On any thread: nothing else touches the job meanwhile.
void RecordingTranscription::keep_books(Job& job) {
  for (const vendor::Usage& usage : job.usage)
    d_.store.put_usage({job.id, 0, usage, d_.prices()->cost_of(usage, iso_day(d_.clock.wall_now()))});
  async::asio::post(d_.control, [this, &job] { forget(job); });
}

void RecordingTranscription::forget(const Job& job) {
  std::erase_if(jobs_, [&](const auto& one) { return one.get() == &job; });
  start_next();
}

void RecordingTranscription::stop() {
  stopping_ = true;
  // What waits has nobody who would wake it up. Ending one may take it out of the list.
  for (auto next = jobs_.begin(); next != jobs_.end();) {
    Job& job = **next++;
    if (job.state == Job::State::running) continue;
    job.rest.reset();
    end(job, std::string(kStopped), "");
  }
  group_.cancel();
  const auto work = async::asio::make_work_guard(d_.control);
  d_.control.restart();
  d_.control.poll();  // recordings that were finished a moment ago
  while (!jobs_.empty() || group_.size() > 0) {
    if (d_.control.stopped()) d_.control.restart();  // someone else was told to end once more
    d_.control.run_one();
  }
}

}  // namespace parley::app

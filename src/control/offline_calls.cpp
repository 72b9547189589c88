#include "control/offline_calls.hpp"

#include <algorithm>
#include <span>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "agent/variables.hpp"
#include "async/on_pool.hpp"
#include "async/signal.hpp"
#include "audio/mp3.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/call_events.hpp"
#include "control/carrier_desk_parts.hpp"
#include "control/transcript_json.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const log::Logger kLog("control");

constexpr std::chrono::milliseconds kPauses[OfflineCalls::kMostRetries] = {10s, 60s, 300s};
// Four hours in two channels at 16 kHz.
constexpr std::size_t kMostSamples = 4UL * 3600 * 16'000 * 2;
constexpr std::size_t kMostDetail = 300;

void log_failure(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& thrown) {
    kLog.error("a recorded call was given up: {}", thrown.what());
  }
}

bool may_help_again(const Error& error) {
  return error.code != Errc::invalid_argument && error.code != Errc::permission_denied &&
         error.code != Errc::cancelled;
}

std::string words_of(const speech::FileTranscript& transcript) {
  std::string words;
  for (const speech::FileSegment& segment : transcript.segments) {
    if (segment.channel != 0) continue;  // the carrier's announcement
    if (!words.empty()) words += ' ';
    words += segment.text;
  }
  return words;
}

std::string wav_of(const audio::WavAudio& audio) {
  const auto bytes = std::as_bytes(std::span(audio.samples));
  std::string wav =
      audio::wav_header(audio.sample_rate_hz, audio.channels, static_cast<std::uint32_t>(bytes.size()));
  wav.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return wav;
}

// Under another name first: a file of that name is whole.
Result<void> write_whole(const std::filesystem::path& file, const audio::WavAudio& audio) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  const std::filesystem::path part = file.string() + ".part";
  if (auto written = audio::write_wav(part, audio); !written) return written;
  std::filesystem::rename(part, file, error);
  if (error)
    return fail(Errc::io, fmt::format("the recording cannot be kept as {}: {}", file.filename().string(),
                                      error.message()));
  return {};
}

const agent::ProviderChoice& recogniser_of(const agent::Agent& agent) {
  const auto& own = agent.recording.transcribe;
  return own.provider.empty() || own.provider == "none" ? agent.stt : own;
}

}  // namespace

Result<audio::WavAudio> decode_recording(std::string_view bytes) {
  const auto span = std::as_bytes(std::span(bytes));
  auto audio = bytes.starts_with("RIFF") ? audio::parse_wav(span)
               : audio::looks_like_mp3(span)
                   ? audio::parse_mp3(span, kMostSamples)
                   : Result<audio::WavAudio>(fail(Errc::invalid_argument, "it is neither WAV nor MP3"));
  if (!audio) return audio;
  const bool usable = audio->sample_rate_hz > 0 && (audio->channels == 1 || audio->channels == 2) &&
                      !audio->samples.empty() && audio->samples.size() <= kMostSamples;
  if (!usable) return fail(Errc::invalid_argument, "it holds no sound of one or two channels");
  return audio;
}

OfflineCalls::Kept OfflineCalls::kept_of(const audio::WavAudio& audio) {
  const auto frames = static_cast<std::int64_t>(audio.samples.size()) / audio.channels;
  return {wav_of(audio), frames * 1000 / audio.sample_rate_hz};
}

OfflineCalls::OfflineCalls(Dependencies dependencies)
    : d_(std::move(dependencies)), group_(d_.executor, log_failure) {}

void OfflineCalls::event(const Job& job, std::string_view kind, std::string detail) {
  if (detail.size() > kMostDetail) detail.resize(kMostDetail);
  d_.calls.append_event({job.call.call_id, now_millis(d_.clock), 0, std::string(kind), std::move(detail)});
}

void OfflineCalls::take(const BookedCall& call, std::string recording_url) {
  Job job{.call = call, .url = std::move(recording_url)};
  if (stopping_) return;
  if (waiting_.size() >= kMostWaiting)
    return event(job, "offline_failed", "overloaded: too many recordings wait to be fetched");
  if (!taken_.insert(call.call_id).second) return;
  waiting_.push_back(std::move(job));
  start_next();
}

void OfflineCalls::start_next() {
  while (!stopping_ && running_ < kAtOnce && !waiting_.empty()) {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    group_.spawn(run(std::move(job)));
  }
}

async::Task<> OfflineCalls::run(Job job) {
  struct Done {
    OfflineCalls& calls;
    const std::string call_id;
    ~Done() {
      --calls.running_;
      calls.taken_.erase(call_id);
    }
  };
  {
    const Done done{*this, job.call.call_id};
    co_await work(job);
  }
  start_next();
}

async::Task<> OfflineCalls::work(const Job& job) {
  const log::Logger log = kLog.with_call(job.call.call_id);
  const auto answerer = answerer_of(job.call);
  storage::TurnRecord turn;
  if (job.turn) {
    turn = *job.turn;
  } else {
    std::function<async::Task<Result<Kept>>()> fetching = [this, &job] { return fetch(job); };
    auto kept = co_await tried<Kept>(job, "recording", std::move(fetching));
    if (!kept) co_return;
    keep_rows(job, *kept);
    log.info("the carrier's recording is kept ms={}", kept->duration_ms);
    auto heard = co_await hear(job, answerer, std::move(*kept));
    if (!heard) co_return;
    turn = std::move(*heard);
  }
  if (!answerer) co_return event(job, "offline_failed", answerer.error().message);
  if (!d_.ask) co_return event(job, "offline_failed", "nobody answers recordings");
  const ReadyAgentPtr& ready = answerer->agent;
  const agent::AgentPtr agent = agent::with_variables(ready->agent(), call_variables(job.call));
  std::function<async::Task<Result<std::string>>()> asking = [&] {
    return d_.ask(ready, agent, job.call.call_id, turn.caller_text);
  };
  auto answer = co_await tried<std::string>(job, "answer", std::move(asking));
  if (!answer) co_return;
  turn.agent_text = *answer;
  d_.calls.put_turn(turn);

  const bool back = answerer->after_recording == "call_back" && job.may_call_back && d_.call_back;
  event(job, "offline_answer", back ? "call_back" : "summary");
  if (!back) co_return;
  std::function<async::Task<Result<BookedCall>>()> dialling = [&] { return call_back(job, *answer); };
  const auto placed = co_await tried<BookedCall>(job, "call_back", std::move(dialling));
  if (placed) event(job, "offline_call_back", placed->call_id);
}

async::Task<std::optional<storage::TurnRecord>> OfflineCalls::hear(const Job& job,
                                                                   const Result<Answerer>& answerer,
                                                                   Kept kept) {
  if (!answerer) {
    event(job, "offline_failed", answerer.error().message);
    co_return std::nullopt;
  }
  if (!d_.transcribe) {
    event(job, "offline_failed", "there is no recogniser for recordings");
    co_return std::nullopt;
  }
  const ReadyAgentPtr& ready = answerer->agent;
  std::function<async::Task<Result<speech::FileTranscript>>()> hearing = [&] {
    return d_.transcribe(job.call.workspace_id, ready, job.call.call_id, kept.wav);
  };
  const auto transcript = co_await tried<speech::FileTranscript>(job, "transcript", std::move(hearing));
  // What was broken off by the end of the process is taken up by the next.
  if (!transcript && stopping_) co_return std::nullopt;
  const agent::ProviderChoice& recogniser = recogniser_of(*ready->agent());
  d_.calls.put_transcript({job.call.call_id, recogniser.provider, recogniser.model, now_millis(d_.clock),
                           transcript ? "" : describe(transcript.error()),
                           transcript ? segments_to_json(transcript->segments) : ""});
  if (!transcript) co_return std::nullopt;
  storage::TurnRecord turn;
  turn.call_id = job.call.call_id;
  turn.number = 1;
  turn.caller_text = words_of(*transcript);
  turn.input_kind = "speech";
  turn.started_at = now_millis(d_.clock);
  turn.end_ms = kept.duration_ms;
  if (turn.caller_text.empty()) {
    event(job, "offline_failed", "nothing was said in the recording");
    co_return std::nullopt;
  }
  d_.calls.put_turn(turn);
  co_return turn;
}

// The children of a call: each try is told, and the last failure ends the work, not the row.
template <class T>
async::Task<Result<T>> OfflineCalls::tried(const Job& job, std::string_view step,
                                           std::function<async::Task<Result<T>>()> once) {
  for (int tries = 0;; ++tries) {
    Result<T> result = co_await once();
    if (result || stopping_) co_return result;
    const bool again = tries < kMostRetries && may_help_again(result.error());
    const std::string detail = fmt::format("{}: {}", step, describe(result.error()));
    kLog.with_call(job.call.call_id)
        .warn("offline step failed{}: {}", again ? ", it is tried again" : "", detail);
    event(job, again ? "offline_retry" : "offline_failed", detail);
    if (!again) co_return result;
    co_await rest(kPauses[tries]);
  }
}

async::Task<> OfflineCalls::rest(std::chrono::milliseconds pause) {
  async::Signal due(d_.executor);
  const auto alarm = d_.alarms.make(d_.executor);
  bool over = false;
  alarm->set(d_.alarms.now() + pause, [&] {
    over = true;
    due.notify();
  });
  while (!over)
    co_await due.wait();
}

Result<Answerer> OfflineCalls::answerer_of(const BookedCall& call) const {
  auto answerer = d_.directory.resolve(call.phone_id, call.direction == "outbound" ? call.from : call.to);
  if (call.agent.empty()) return answerer;
  auto named = d_.directory.find(call.workspace_id, call.agent);
  if (!named) return answerer;
  if (answerer) named->after_recording = answerer->after_recording;
  return named;
}

async::Task<Result<OfflineCalls::Kept>> OfflineCalls::fetch(const Job& job) {
  const std::filesystem::path to = d_.data_dir / "recordings" / (job.call.call_id + ".wav");
  if (job.kept) {
    std::function<Result<Kept>()> look = [to]() -> Result<Kept> {
      const auto audio = audio::read_wav(to);
      if (!audio) return fail(audio.error());
      return kept_of(*audio);
    };
    auto there = co_await async::on_pool(d_.executor, d_.pool, std::move(look));
    if (there) co_return there;
    // It lies in another store by now: the carrier has it still.
  }
  carrier::Carrier* carrier = d_.carriers ? d_.carriers(job.call.carrier) : nullptr;
  if (carrier == nullptr) co_return fail(Errc::invalid_argument, "the call's carrier is not known");
  std::function<Result<carrier::Account>()> look = [this, &job] {
    return d_.accounts.find(job.call.workspace_id, job.call.telephony_config_id);
  };
  auto account = co_await async::on_pool(d_.executor, d_.pool, std::move(look));
  if (!account) co_return fail(std::move(account.error()));
  std::string url = job.url;
  if (url.empty()) {
    auto told = co_await ask_where(job, *carrier, *account);
    if (!told) co_return fail(std::move(told.error()));
    url = std::move(*told);
  }
  auto file = co_await carrier->fetch_recording(std::move(*account), std::move(url), d_.most_bytes);
  if (!file) co_return fail(std::move(file.error().error));
  std::function<Result<Kept>()> keep = [bytes = std::move(file->bytes), to]() -> Result<Kept> {
    const auto audio = decode_recording(bytes);
    if (!audio)
      return fail(Errc::protocol, "the carrier's recording cannot be read: " + audio.error().message);
    if (auto written = write_whole(to, *audio); !written) return fail(written.error());
    return kept_of(*audio);
  };
  co_return co_await async::on_pool(d_.executor, d_.pool, std::move(keep));
}

// Nobody was there when the carrier told of it.
async::Task<Result<std::string>> OfflineCalls::ask_where(const Job& job, carrier::Carrier& carrier,
                                                         carrier::Account account) {
  const auto report = co_await carrier.describe(std::move(account), job.call.carrier_call_id);
  if (!report) co_return fail(report.error().error);
  if (!carrier::is_final(report->progress)) co_return fail(Errc::unavailable, "the call is not over yet");
  if (report->recording_url.empty()) co_return fail(Errc::unavailable, "the carrier tells of no recording");
  storage::CarrierWord word;
  word.call_id = job.call.call_id;
  if (job.open) {
    word.status = storage::CallStatus::completed;
    word.reason = "recorded";
  }
  word.carrier_status = report->status;
  word.recording_url = report->recording_url;
  word.seconds = report->seconds;
  word.at = now_millis(d_.clock);
  word.ended_at = report->ended_at.value_or(word.at);
  d_.calls.put_carrier_word(std::move(word));
  co_return report->recording_url;
}

void OfflineCalls::keep_rows(const Job& job, const Kept& kept) {
  if (job.kept) return;  // they are there
  const storage::RecordingRecord row{job.call.call_id, "recordings/" + job.call.call_id + ".wav",
                                     kept.duration_ms, true};
  d_.calls.put_recording(row);
  d_.observer.on_recording_whole(row);
  LiveEvent ready{};
  ready.id = call_event_id(job.call.call_id, "recording.ready");
  ready.workspace_id = job.call.workspace_id;
  ready.type = "recording.ready";
  ready.call_id = job.call.call_id;
  ready.session_id = job.call.session_id;
  ready.data = json::serialize(json::object{{"path", "/api/v1/calls/" + job.call.call_id + "/recording"}});
  d_.events.publish(std::move(ready));
}

async::Task<Result<BookedCall>> OfflineCalls::call_back(const Job& job, std::string answer) {
  DialRequest request;
  request.workspace_id = job.call.workspace_id;
  request.to = job.call.direction == "outbound" ? job.call.to : job.call.from;
  request.from = job.call.phone_id;
  request.agent = job.call.agent;
  request.variables = job.call.variables;
  // The first thing that the agent says (carrier_desk_streams.cpp).
  request.variables[std::string(kOfflineAnswer)] = std::move(answer);
  request.session_id = job.call.session_id;
  request.lane = job.call.workspace_id;
  std::function<Result<BookedCall>()> place = [this, request] { return d_.call_back(request); };
  co_return co_await async::on_pool(d_.executor, d_.pool, std::move(place));
}

async::Task<> OfflineCalls::stop() {
  stopping_ = true;
  group_.cancel();
  co_await group_.join();
}

}  // namespace parley::control

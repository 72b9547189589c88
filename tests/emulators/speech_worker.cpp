// The voice and ears of the emulated vendors: synthesises and recognises with the server's own local parts.
//
//   parley-speech-worker --agent FILE
//
// One JSON object a line. {"id":1,"op":"synthesise","text":"…","language":"en","rate":8000} is answered by
// {"id":1,"pcm":"<base64>"}; {"id":2,"op":"recognise","rate":8000,"pcm":"<base64>"} by {"id":2,"text":"…"};
// either by
// {"id":…,"error":"…"}. {"ready":true} comes first. Answers come in any order. The end of stdin ends it.
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include "agent/agent_file.hpp"
#include "async/blocking_pool.hpp"
#include "base/base64.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "speech/espeak_tts.hpp"
#include "speech/flite_tts.hpp"
#include "speech/local_tts.hpp"
#include "speech/sphinx_stt.hpp"
#include "vendor/json.hpp"

namespace parley {
namespace {

namespace json = boost::json;

constexpr std::size_t kThreads = 2;

void write_line(const json::object& answer) {
  std::cout << json::serialize(answer) << '\n' << std::flush;
}

std::string to_base64(std::span<const std::int16_t> samples) {
  const auto bytes = std::as_bytes(samples);
  std::string text;
  base64_encode(bytes, text);
  return text;
}

std::vector<std::int16_t> from_base64(std::string_view text) {
  std::vector<std::byte> bytes(base64_decoded_max(text.size()));
  const auto size = base64_decode(text, bytes.data());
  std::vector<std::int16_t> samples(size ? *size / sizeof(std::int16_t) : 0);
  if (!samples.empty()) std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(std::int16_t));
  return samples;
}

// One question under way. `over` is posted, because a job may not be destroyed from within its own call.
class Question : public speech::TtsListener, public speech::SttListener {
 public:
  Question(std::int64_t id, std::function<void()> over) : id_(id), over_(std::move(over)) {}

  void own(std::unique_ptr<speech::TtsJob> job) { job_ = std::move(job); }
  void own(std::unique_ptr<speech::SttStream> stream) { stream_ = std::move(stream); }
  void fail(std::string_view words) { finish({{"id", id_}, {"error", words}}); }

  void on_speech_audio(std::span<const std::int16_t> audio, SteadyTime /*received_at*/) override {
    sound_.insert(sound_.end(), audio.begin(), audio.end());
  }
  void on_speech_end() override { finish({{"id", id_}, {"pcm", to_base64(sound_)}}); }
  void on_speech_failed(vendor::VendorError error) override { fail(vendor::describe(error)); }

  void on_partial_transcript(std::uint64_t /*utterance*/, std::string /*text*/) override {}
  void on_final_transcript(std::uint64_t /*utterance*/, speech::Transcript transcript) override {
    finish({{"id", id_}, {"text", transcript.text}, {"rejected", transcript.rejected}});
  }
  void on_stt_failed(vendor::VendorError error) override { fail(vendor::describe(error)); }

 private:
  void finish(const json::object& answer) {
    write_line(answer);
    over_();
  }

  std::int64_t id_;
  std::function<void()> over_;
  std::vector<std::int16_t> sound_;
  std::unique_ptr<speech::TtsJob> job_;
  std::unique_ptr<speech::SttStream> stream_;
};

class Worker {
 public:
  Worker(boost::asio::io_context& context, agent::AgentPtr agent)
      : context_(context),
        agent_(std::move(agent)),
        pool_({.name = "speech", .threads = kThreads, .queue_limit = 4096}),
        flite_(pool_, registry_),
        espeak_(pool_, registry_, {}),
        voice_(flite_, espeak_),
        ears_(pool_, registry_, {.model_directory = {}, .queue_deadline = std::chrono::seconds(30)}) {}

  ~Worker() { pool_.stop(); }

  Result<void> prepare() { return ears_.prepare(agent_, agent_->stt); }

  void handle(const std::string& line) {
    auto asked = vendor::parse_json_object(line);
    if (!asked) return write_line({{"id", 0}, {"error", asked.error().message}});
    const auto id = vendor::integer_member(*asked, "id").value_or(0);
    const auto rate = static_cast<int>(vendor::integer_member(*asked, "rate").value_or(8000));
    auto [place, fresh] = questions_.try_emplace(id);
    if (!fresh) return write_line({{"id", id}, {"error", "this id is in use"}});
    place->second =
        std::make_unique<Question>(id, [this, id] { post(context_, [this, id] { questions_.erase(id); }); });
    auto& question = *place->second;
    const auto op = vendor::string_member(*asked, "op");
    if (op == "synthesise") return synthesise(question, *asked, rate);
    if (op == "recognise") return recognise(question, *asked, rate);
    question.fail("op is synthesise or recognise");
  }

 private:
  void synthesise(Question& question, const json::object& asked, int rate) {
    question.own(voice_.start({.executor = context_.get_executor(),
                               .text = std::string(vendor::string_member(asked, "text")),
                               .choice = {},
                               .language = std::string(vendor::string_member(asked, "language")),
                               .sample_rate_hz = rate,
                               .log = log::Logger("emulator"),
                               .observer = vendor::ignore_usage()},
                              question));
  }

  void recognise(Question& question, const json::object& asked, int rate) {
    const auto sound = from_base64(vendor::string_member(asked, "pcm"));
    auto stream = ears_.open({.executor = context_.get_executor(),
                              .agent = agent_,
                              .choice = agent_->stt,
                              .sample_rate_hz = rate,
                              .log = log::Logger("emulator"),
                              .observer = vendor::ignore_usage()},
                             question);
    if (!stream) return question.fail(stream.error().message);
    auto& opened = **stream;
    question.own(std::move(*stream));
    opened.start_utterance(1);
    opened.write(sound);
    opened.finish_utterance();
  }

  boost::asio::io_context& context_;
  agent::AgentPtr agent_;
  metrics::Registry registry_;
  async::BlockingPool pool_;
  speech::FliteTts flite_;
  speech::EspeakTts espeak_;
  speech::LocalTts voice_;
  speech::SphinxStt ears_;
  std::map<std::int64_t, std::unique_ptr<Question>> questions_;
};

int run(const std::string& agent_file) {
  auto agent = agent::load_agent_file(agent_file);
  if (!agent) {
    std::cerr << agent.error().message << '\n';
    return 1;
  }
  boost::asio::io_context context;
  Worker worker(context, std::move(*agent));
  if (auto ready = worker.prepare(); !ready) {
    std::cerr << ready.error().message << '\n';
    return 1;
  }
  write_line({{"ready", true}});
  // A thread that only reads; whatever is under way at the end of stdin has nobody left to hear it.
  std::jthread reader([&context, &worker] {
    std::string line;
    while (std::getline(std::cin, line))
      post(context, [&worker, line] { worker.handle(line); });
    context.stop();
  });
  const auto work = boost::asio::make_work_guard(context);
  context.run();
  return 0;
}

}  // namespace
}  // namespace parley

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--agent") {
    std::cerr << "usage: parley-speech-worker --agent FILE\n";
    return 2;
  }
  return parley::run(argv[2]);
}

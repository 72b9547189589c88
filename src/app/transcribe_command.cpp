#include "app/transcribe_command.hpp"

#include <cmath>
#include <ostream>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/recording_transcription.hpp"
#include "app/vendor_parts.hpp"
#include "async/task_group.hpp"
#include "control/transcript_json.hpp"

namespace parley::app {
namespace {

namespace json = boost::json;

struct Usages final : vendor::Observer {
  void on_usage(const vendor::Usage& one) override { usage.push_back(one); }
  void on_vendor_event(const vendor::VendorEvent&) override {}
  std::vector<vendor::Usage> usage;
};

using Answer = std::expected<speech::FileTranscript, vendor::VendorError>;

async::Task<> ask(speech::FileTranscriber& transcriber, speech::FileRequest request,
                  std::optional<Answer>& answer) {
  answer = co_await transcriber.transcribe(std::move(request));
}

// "1:02.4"
std::string minutes(double seconds) {
  const auto tenths = std::llround(seconds * 10);
  return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

std::string to_text(const speech::FileTranscript& transcript) {
  std::string text;
  for (const speech::FileSegment& segment : transcript.segments) {
    text += fmt::format("{:>7}  {}: {}\n", minutes(segment.start_s),
                        segment.channel == 0 ? "caller" : "agent", segment.text);
  }
  return text.empty() ? "no speech\n" : text;
}

std::string to_json(const TranscribeOptions& options, const speech::FileTranscript& transcript,
                    const std::vector<vendor::Usage>& usage, const vendor::PriceTable& prices) {
  const std::string today = iso_day(system_clock().wall_now());
  json::array used;
  for (const vendor::Usage& one : usage) {
    json::object row{{"model", one.model}, {"audio_seconds", one.audio_seconds}, {"cost", nullptr}};
    if (const auto cost = prices.cost_of(one, today)) {
      row["cost"] = {{"amount", static_cast<double>(cost->micros) / 1e6}, {"currency", cost->currency}};
    }
    used.push_back(std::move(row));
  }
  boost::system::error_code whole;
  return json::serialize(
             json::object{{"file", options.file},
                          {"provider", options.provider},
                          {"language", transcript.language},
                          {"segments", json::parse(control::segments_to_json(transcript.segments), whole)},
                          {"usage", std::move(used)}}) +
         "\n";
}

int failed(std::ostream& err, const std::string& why) {
  err << "parley: " << why << '\n';
  return 1;
}

}  // namespace

void add_transcribe_options(CLI::App& command, TranscribeOptions& options) {
  command
      .add_option("file", options.file,
                  "A WAV file; two channels: the caller on the left, the agent on the right")
      ->required();
  command.add_option("--provider", options.provider, "deepgram, openai or sarvam")->required();
  command.add_option("--model", options.model, "Its model (default: the provider's)");
  command.add_option("--language", options.language,
                     "As en-IN (default: the provider finds out, or its own)");
  command.add_option("-o,--output", options.output, "text or json")->check(CLI::IsMember({"text", "json"}));
}

int run_transcribe_by(const Providers<speech::FileTranscriber>& providers, const vendor::PriceTable& prices,
                      const TranscribeOptions& options, std::ostream& out, std::ostream& err) {
  const auto provider = providers.find(options.provider);
  if (provider == providers.end()) {
    return failed(err, fmt::format("provider '{}' does not transcribe files; there is {}", options.provider,
                                   names_of(providers)));
  }
  speech::FileTranscriber& transcriber = *provider->second.port;
  auto agent = std::make_shared<agent::Agent>();
  agent->language = options.language;
  agent->recording.transcribe.provider = options.provider;
  agent->recording.transcribe.model = options.model;
  const agent::ProviderChoice& choice = agent->recording.transcribe;
  if (const auto ready = transcriber.prepare(agent, choice); !ready)
    return failed(err, ready.error().message);
  auto wav = read_recording(options.file);
  if (!wav) return failed(err, wav.error().message);

  async::asio::io_context context(1);
  Usages used;
  std::optional<Answer> answer;
  std::string thrown;
  async::TaskGroup group(context.get_executor(), [&](const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      thrown = error.what();
    }
  });
  group.spawn(ask(transcriber,
                  {.executor = context.get_executor(),
                   .wav = std::move(*wav),
                   .choice = choice,
                   .language = options.language,
                   .log = log::Logger("app"),
                   .observer = used},
                  answer));
  // Not until the context has nothing to do: connections rest in it.
  while (group.size() > 0)
    context.run_one();
  if (!answer) return failed(err, "the recogniser failed: " + thrown);
  if (!*answer) return failed(err, describe(answer->error()));
  out << (options.output == "json" ? to_json(options, **answer, used.usage, prices) : to_text(**answer));
  return 0;
}

int run_transcribe(const settings::Settings& settings, const Clock& clock, const TranscribeOptions& options,
                   std::ostream& out, std::ostream& err) {
  const auto prices = load_prices(settings);
  if (!prices) return failed(err, prices.error().message);
  // Voices come along with the recognisers; theirs is a cache that keeps nothing.
  metrics::Registry registry;
  async::BlockingPool pool({.name = "files"});
  speech::SpeechCache cache({.directory = {}, .disk_bytes = 0, .memory_bytes = 0}, pool, registry);
  VendorParts parts(settings, clock, cache);
  VendorTable table;
  parts.add_to(table);
  return run_transcribe_by(table.files, **prices, options, out, err);
}

}  // namespace parley::app

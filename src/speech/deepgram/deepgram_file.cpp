#include "speech/deepgram/deepgram_file.hpp"

#include <utility>

#include "net/http_client.hpp"
#include "speech/deepgram/deepgram_common.hpp"
#include "speech/deepgram/file_protocol.hpp"

namespace parley::speech {
namespace {

using namespace deepgram;
using namespace std::chrono_literals;

vendor::VendorError refused(const vendor::Account& account, const std::string& model, vendor::Fault fault,
                            std::string words) {
  vendor::VendorError error(fault, account.vendor, std::move(words));
  error.model = model;
  error.key_setting = account.key_setting;
  return error;
}

}  // namespace

DeepgramFile::DeepgramFile(vendor::Account account, const Clock& clock)
    : account_(std::move(account)), clock_(clock) {}

Result<void> DeepgramFile::prepare(const agent::AgentPtr& /*agent*/, const agent::ProviderChoice& choice) {
  return check_file(account_, choice);
}

async::Task<std::expected<FileTranscript, vendor::VendorError>> DeepgramFile::transcribe(
    FileRequest request) {
  const auto model = file_model(request.choice);
  if (auto ready = check_file(account_, request.choice); !ready) {
    const auto fault = account_.has_key() ? vendor::Fault::bad_request : vendor::Fault::bad_key;
    co_return std::unexpected(refused(account_, model, fault, ready.error().message));
  }
  const auto shape = wav_shape(request.wav);
  if (!shape) {
    co_return std::unexpected(refused(account_, model, vendor::Fault::bad_request, shape.error().message));
  }
  net::ClientRequest post;
  post.method = "POST";
  post.policy = account_.policy;
  post.url = file_url(account_, request.choice, request.language, shape->channels);
  post.headers = authorization(account_);
  post.headers.emplace_back("Content-Type", "audio/wav");
  post.body = std::move(request.wav);
  // Deepgram answers when it has heard all of it, an hour in about a minute.
  post.head_deadline = 300s;
  post.idle_deadline = 60s;
  post.deadline = 900s;
  auto answer = co_await net::fetch(request.executor, std::move(post));
  if (!answer) co_return std::unexpected(transfer_failure(account_, model, std::move(answer.error())));
  if (answer->status != 200) {
    co_return std::unexpected(
        http_failure(account_, model, answer->status, answer->headers, answer->body, clock_.wall_now()));
  }
  vendor::Usage usage{.part = vendor::Part::stt, .vendor = account_.vendor, .model = model};
  usage.audio_seconds = shape->seconds * shape->channels;
  request.observer.on_usage(usage);
  auto transcript = read_file_answer(answer->body, *shape, request.language);
  if (!transcript) {
    auto error = protocol_failure(account_, model, std::move(transcript.error().message));
    if (const auto id = net::find_header(answer->headers, "dg-request-id")) {
      error.request_id = vendor::clean_detail(*id, account_.key);
    }
    co_return std::unexpected(std::move(error));
  }
  co_return std::move(*transcript);
}

}  // namespace parley::speech

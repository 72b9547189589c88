#include "app/vendor_parts.hpp"

#include <algorithm>
#include <deque>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "llm/brain/brain_model.hpp"
#include "llm/gemini/gemini_model.hpp"
#include "llm/openai/openai_model.hpp"
#include "net/http_client.hpp"
#include "realtime/openai/openai_realtime.hpp"
#include "speech/cached_tts.hpp"
#include "speech/deepgram/deepgram_file.hpp"
#include "speech/deepgram/deepgram_stt.hpp"
#include "speech/deepgram/deepgram_tts.hpp"
#include "speech/elevenlabs/elevenlabs_tts.hpp"
#include "speech/openai/openai_file_transcriber.hpp"
#include "speech/openai/openai_stt.hpp"
#include "speech/openai/openai_tts.hpp"
#include "speech/sarvam/sarvam_stt.hpp"
#include "speech/sarvam/sarvam_transcriber.hpp"
#include "speech/sarvam/sarvam_tts.hpp"

namespace parley::app {
namespace {

// The Chat Completions servers: the name in agent files, whose settings, and where the API lies below the
// address.
struct ChatServer {
  std::string_view provider;
  std::string_view vendor;
  std::string_view path;
};
constexpr ChatServer kChatServers[] = {
    {"openai", "openai", ""},
    {"azure", "azure", ""},
    {"groq", "groq", ""},
    {"openrouter", "openrouter", ""},
    {"sarvam", "sarvam", "/v1"},
    {"gemini-compat", "gemini", "/v1beta/openai"},
    {"ollama", "ollama", ""},
    {"vllm", "vllm", ""},
    {"llamacpp", "llamacpp", ""},
    {"lmstudio", "lmstudio", ""},
    {"compatible", "compatible", ""},
};

vendor::Account guarded(vendor::Account account, const Outbound& outbound) {
  if (!outbound.agents_are_the_operators) account.policy_elsewhere = outbound.policy;
  if (outbound.untrusted.contains(account.vendor)) account.policy = outbound.policy;
  return account;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::not_found, fmt::format("{}: there is no such file", path));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

vendor::Account account_of(const settings::Settings& settings, std::string_view vendor,
                           std::string_view path) {
  vendor::Account account;
  account.vendor = vendor;
  for (const settings::VendorSetting& setting : settings::vendor_settings()) {
    if (setting.name != vendor) continue;
    const settings::VendorAccess& access = settings.vendors.*setting.access;
    account.url = access.url.empty() ? access.url : access.url + std::string(path);
    account.key = access.key;
    account.key_setting = setting.key_variable;
  }
  return account;
}

Result<std::shared_ptr<const vendor::PriceTable>> load_prices(const settings::Settings& settings) {
  if (settings.vendors.prices_file.empty()) return vendor::PriceTable::bundled();
  auto text = read_file(settings.vendors.prices_file);
  if (!text) return fail(text.error());
  return vendor::PriceTable::parse(*text, settings.vendors.prices_file);
}

Result<std::shared_ptr<const vendor::ModelNotes>> load_model_notes(const settings::Settings& settings) {
  if (settings.vendors.models_file.empty()) return vendor::ModelNotes::bundled();
  auto text = read_file(settings.vendors.models_file);
  if (!text) return fail(text.error());
  return vendor::ModelNotes::parse(*text, settings.vendors.models_file);
}

Result<void> trust_vendors(const settings::Settings& settings) {
  if (settings.vendors.ca_file.empty()) return {};
  return net::trust_authorities(settings.vendors.ca_file);
}

struct VendorParts::Parts {
  Parts(const settings::Settings& settings, const Clock& clock, speech::SpeechCache& cache,
        const Outbound& outbound)
      : deepgram(guarded(account_of(settings, "deepgram"), outbound)),
        openai(guarded(account_of(settings, "openai"), outbound)),
        elevenlabs(guarded(account_of(settings, "elevenlabs"), outbound)),
        sarvam(guarded(account_of(settings, "sarvam"), outbound)),
        gemini(guarded(account_of(settings, "gemini"), outbound)),
        brain(guarded(account_of(settings, "brain"), outbound)),
        tools(llm::make_http_tool_runner(outbound.policy)),
        deepgram_stt(deepgram, clock),
        deepgram_tts(deepgram, clock),
        deepgram_file(deepgram, clock),
        openai_stt(openai, clock),
        openai_tts(openai, clock),
        openai_file(openai, clock),
        openai_realtime(openai, clock, *tools),
        elevenlabs_tts(elevenlabs, clock),
        sarvam_stt(sarvam, clock),
        sarvam_tts(sarvam, clock),
        sarvam_file(sarvam, clock),
        cached_deepgram_tts(deepgram_tts, deepgram, cache),
        cached_elevenlabs_tts(elevenlabs_tts, elevenlabs, cache),
        cached_openai_tts(openai_tts, openai, cache),
        cached_sarvam_tts(sarvam_tts, sarvam, cache),
        gemini_model(gemini),
        brain_model(brain, clock) {
    for (const ChatServer& server : kChatServers) {
      const llm::OpenAiFlavour* flavour = llm::find_openai_flavour(server.provider);
      vendor::Account account = guarded(account_of(settings, server.vendor, server.path), outbound);
      account.vendor = server.provider;
      chat_accounts.push_back(account);
      chat_servers.emplace_back(*flavour, account, clock);
    }
  }

  const vendor::Account deepgram, openai, elevenlabs, sarvam, gemini, brain;
  const std::unique_ptr<llm::ToolRunner> tools;
  speech::DeepgramStt deepgram_stt;
  speech::DeepgramTts deepgram_tts;
  speech::DeepgramFile deepgram_file;
  speech::OpenAiStt openai_stt;
  speech::OpenAiTts openai_tts;
  speech::OpenAiFileTranscriber openai_file;
  realtime::OpenAiRealtime openai_realtime;
  speech::ElevenLabsTts elevenlabs_tts;
  speech::SarvamStt sarvam_stt;
  speech::SarvamTts sarvam_tts;
  speech::SarvamTranscriber sarvam_file;
  // A sentence is asked of a vendor once.
  speech::CachedTts cached_deepgram_tts, cached_elevenlabs_tts, cached_openai_tts, cached_sarvam_tts;
  llm::GeminiModel gemini_model;
  llm::BrainModel brain_model;
  std::deque<vendor::Account> chat_accounts;
  std::deque<llm::OpenAiModel> chat_servers;
};

VendorParts::VendorParts(const settings::Settings& settings, const Clock& clock, speech::SpeechCache& cache,
                         const Outbound& outbound)
    : parts_(std::make_unique<Parts>(settings, clock, cache, outbound)) {}

VendorParts::~VendorParts() = default;

llm::ToolRunner& VendorParts::tools() {
  return *parts_->tools;
}

void VendorParts::add_to(VendorTable& table) {
  Parts& p = *parts_;
  table.stt["deepgram"] = {&p.deepgram_stt, p.deepgram.id()};
  table.stt["openai"] = {&p.openai_stt, p.openai.id()};
  table.stt["sarvam"] = {&p.sarvam_stt, p.sarvam.id()};
  table.tts["deepgram"] = {&p.cached_deepgram_tts, p.deepgram.id()};
  table.tts["elevenlabs"] = {&p.cached_elevenlabs_tts, p.elevenlabs.id()};
  table.tts["openai"] = {&p.cached_openai_tts, p.openai.id()};
  table.tts["sarvam"] = {&p.cached_sarvam_tts, p.sarvam.id()};
  table.chat["gemini"] = {&p.gemini_model, p.gemini.id()};
  table.chat["brain"] = {&p.brain_model, p.brain.id()};
  for (std::size_t i = 0; i < std::size(kChatServers); ++i)
    table.chat[std::string(kChatServers[i].provider)] = {&p.chat_servers[i], p.chat_accounts[i].id()};
  table.voice["openai"] = {&p.openai_realtime, p.openai.id()};
  table.files["deepgram"] = {&p.deepgram_file, p.deepgram.id()};
  table.files["openai"] = {&p.openai_file, p.openai.id()};
  table.files["sarvam"] = {&p.sarvam_file, p.sarvam.id()};
}

}  // namespace parley::app

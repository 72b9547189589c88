#include "llm/gemini/gemini_model.hpp"

#include <utility>

#include <fmt/format.h>

#include "llm/context_fit.hpp"
#include "llm/gemini/gemini_stream.hpp"
#include "llm/own_account.hpp"
#include "llm/posted_reply.hpp"
#include "llm/prompt.hpp"
#include "llm/stream_reply.hpp"

namespace parley::llm {
namespace {

constexpr std::size_t kMostRemembered = 1000;

vendor::Account with_defaults(vendor::Account account) {
  account.vendor = "gemini";
  if (account.url.empty()) account.url = "https://generativelanguage.googleapis.com";
  if (account.key_setting.empty()) account.key_setting = "GEMINI_API_KEY";
  while (account.url.ends_with('/'))
    account.url.pop_back();
  return account;
}

}  // namespace

class GeminiDialect final : public StreamDialect {
 public:
  struct Asked {
    GeminiModel* owner;
    vendor::Account account;
    std::string model;
    net::ClientRequest request;         // without its body
    std::string body_without_thinking;  // empty: there is nothing else to try
  };
  explicit GeminiDialect(Asked asked) : asked_(std::move(asked)), stream_(asked_.account, asked_.model) {}

  void take(std::string_view data, StreamStep& step) override { stream_.take(data, step); }
  void finish(StreamStep& step) override { stream_.finish(step); }
  std::optional<vendor::Usage> usage() const override { return stream_.usage(); }

  vendor::VendorError refused(const net::ResponseHead& head, std::string_view body) override {
    auto error = gemini_refusal(asked_.account, asked_.model, head.status, body);
    about_thinking_ = error.fault == vendor::Fault::bad_request &&
                      (error.detail.find("hinking") != std::string::npos);  // "Thinking", "thinkingLevel"
    return error;
  }

  std::optional<net::ClientRequest> try_instead() override {
    if (!about_thinking_ || asked_.body_without_thinking.empty()) return std::nullopt;
    again_ = true;
    asked_.request.body = std::exchange(asked_.body_without_thinking, {});
    return std::move(asked_.request);
  }

  void accepted() override {
    if (again_) asked_.owner->remember_thinks_by_itself(asked_.model);
  }

 private:
  Asked asked_;
  GeminiStream stream_;
  bool about_thinking_ = false;
  bool again_ = false;
};

GeminiModel::GeminiModel(vendor::Account account) : account_(with_defaults(std::move(account))) {}

Result<GeminiModel::Setup> GeminiModel::set_up(const agent::ProviderChoice& choice) const {
  auto options = read_gemini_options(choice);
  if (!options) return fail(std::move(options.error()));
  auto account = own_account(account_, options->base_url, options->key_env, "base_url");
  if (!account) return fail(std::move(account.error()));
  if (choice.model.empty()) return fail(Errc::invalid_argument, "gemini needs a model");
  if (!account->has_key() && options->base_url.empty())
    return fail(Errc::permission_denied, fmt::format("gemini needs a key: set {}", account->key_setting));
  return Setup{std::move(*options), std::move(*account)};
}

Result<void> GeminiModel::prepare(const agent::AgentPtr& /*agent*/, const agent::ProviderChoice& choice) {
  auto setup = set_up(choice);
  if (!setup) return fail(std::move(setup.error()));
  return {};
}

void GeminiModel::warm(const ChatRequest& request) {
  const auto setup = set_up(request.choice);
  if (setup && !setup->account.policy) net::http_client(request.executor).warm(setup->account.url);
}

bool GeminiModel::thinks_by_itself(const std::string& model) const {
  const MutexLock lock(mutex_);
  return no_thinking_config_.contains(model);
}

void GeminiModel::remember_thinks_by_itself(const std::string& model) {
  const MutexLock lock(mutex_);
  if (no_thinking_config_.size() >= kMostRemembered) no_thinking_config_.clear();
  no_thinking_config_.insert(model);
}

std::unique_ptr<ChatReply> GeminiModel::start(ChatRequest request, ChatListener& listener) {
  auto setup = set_up(request.choice);
  const auto prompt = system_prompt(*request.agent);
  std::vector<Message> history;
  if (setup) {
    auto fitting = fit_context(prompt, request.tools, request.history, setup->options.max_context_tokens);
    if (fitting)
      history = std::move(*fitting);
    else
      setup = fail(std::move(fitting.error()));
  }
  if (!setup) {
    vendor::VendorError error(std::move(setup.error()));
    error.vendor = account_.vendor;
    error.model = request.choice.model;
    error.key_setting = account_.key_setting;
    return post_failure(request.executor, listener, std::move(error));
  }

  const auto& options = setup->options;
  net::ClientRequest ask;
  ask.method = "POST";
  ask.policy = setup->account.policy;
  ask.url = gemini_address(setup->account.url, request.choice.model);
  ask.headers = {{"Content-Type", "application/json"}};
  if (setup->account.has_key()) ask.headers.emplace_back("x-goog-api-key", setup->account.key);

  const auto thinking = thinks_by_itself(request.choice.model) ? Thinking::unsaid : Thinking::least;
  GeminiDialect::Asked asked{this, setup->account, request.choice.model, ask, {}};
  ask.body = gemini_body(options, request, history, thinking);
  auto without = gemini_body(options, request, history, Thinking::unsaid);
  if (without != ask.body) asked.body_without_thinking = std::move(without);

  const bool must_speak = request.history.empty() || request.history.back().role == Role::caller;
  return start_stream({.executor = request.executor,
                       .request = std::move(ask),
                       .dialect = std::make_unique<GeminiDialect>(std::move(asked)),
                       .observer = request.observer,
                       .vendor = account_.vendor,
                       .model = request.choice.model,
                       .input_estimate = estimate_input(prompt, request.tools, history),
                       .must_speak = must_speak},
                      listener);
}

}  // namespace parley::llm

#include "llm/openai/openai_model.hpp"

#include <utility>

#include <fmt/format.h>

#include "llm/context_fit.hpp"
#include "llm/openai/openai_error.hpp"
#include "llm/openai/openai_stream.hpp"
#include "llm/own_account.hpp"
#include "llm/posted_reply.hpp"
#include "llm/prompt.hpp"
#include "llm/stream_reply.hpp"

namespace parley::llm {
namespace {

constexpr std::size_t kMostLearned = 1000;

vendor::Account with_defaults(const OpenAiFlavour& flavour, vendor::Account account) {
  account.vendor = flavour.name;
  if (account.url.empty()) account.url = flavour.url;
  if (account.key_setting.empty()) account.key_setting = flavour.key_setting;
  while (account.url.ends_with('/'))
    account.url.pop_back();
  return account;
}

}  // namespace

// One reply: the stream's meaning, and the other name of the limit when the first one is refused.
class OpenAiDialect final : public StreamDialect {
 public:
  struct Asked {
    OpenAiModel* owner;
    vendor::Account account;
    std::string model;
    CapField cap;
    net::ClientRequest request;       // without its body
    std::string body_with_other_cap;  // empty: there is nothing else to try
  };
  explicit OpenAiDialect(Asked asked) : asked_(std::move(asked)), stream_(asked_.account, asked_.model) {}

  void take(std::string_view data, StreamStep& step) override { stream_.take(data, step); }
  void finish(StreamStep& step) override { stream_.finish(step); }
  std::optional<vendor::Usage> usage() const override { return stream_.usage(); }

  vendor::VendorError refused(const net::ResponseHead& head, std::string_view body) override {
    auto error = openai_refusal(asked_.account, asked_.model, head, body, asked_.owner->clock_.wall_now());
    swap_cap_ = refuses_field(error, openai_error_param(body), to_string(asked_.cap));
    return error;
  }

  std::optional<net::ClientRequest> try_instead() override {
    if (!swap_cap_ || asked_.body_with_other_cap.empty()) return std::nullopt;
    swapped_ = true;
    asked_.request.body = std::exchange(asked_.body_with_other_cap, {});
    return std::move(asked_.request);
  }

  void accepted() override {
    if (!swapped_) return;
    const auto other =
        asked_.cap == CapField::max_tokens ? CapField::max_completion_tokens : CapField::max_tokens;
    asked_.owner->remember(asked_.account.id() + ' ' + asked_.model, other);
  }

 private:
  Asked asked_;
  OpenAiStream stream_;
  bool swap_cap_ = false;
  bool swapped_ = false;
};

OpenAiModel::OpenAiModel(const OpenAiFlavour& flavour, vendor::Account account, const Clock& clock)
    : flavour_(flavour), account_(with_defaults(flavour, std::move(account))), clock_(clock) {}

Result<OpenAiModel::Setup> OpenAiModel::set_up(const agent::ProviderChoice& choice) const {
  auto options = read_openai_options(choice);
  if (!options) return fail(std::move(options.error()));
  auto account = own_account(account_, options->base_url, options->key_env, "base_url");
  if (!account) return fail(std::move(account.error()));
  if (choice.model.empty())
    return fail(Errc::invalid_argument, fmt::format("{} needs a model", flavour_.name));
  if (account->url.empty())
    return fail(Errc::invalid_argument, fmt::format("{} needs an address: option base_url", flavour_.name));
  const bool own_server = !options->base_url.empty();
  if (flavour_.key_needed && !own_server && !account->has_key())
    return fail(Errc::permission_denied,
                fmt::format("{} needs a key: set {}", flavour_.name, account->key_setting));
  return Setup{std::move(*options), std::move(*account)};
}

Result<void> OpenAiModel::prepare(const agent::AgentPtr& /*agent*/, const agent::ProviderChoice& choice) {
  auto setup = set_up(choice);
  if (!setup) return fail(std::move(setup.error()));
  return {};
}

void OpenAiModel::warm(const ChatRequest& request) {
  const auto setup = set_up(request.choice);
  if (setup && !setup->account.policy) net::http_client(request.executor).warm(setup->account.url);
}

CapField OpenAiModel::cap_field(const Setup& setup, const std::string& model) const {
  if (setup.options.cap_field) return *setup.options.cap_field;
  const MutexLock lock(mutex_);
  const auto known = learned_.find(setup.account.id() + ' ' + model);
  return known == learned_.end() ? guess_cap_field(flavour_, model) : known->second;
}

void OpenAiModel::remember(const std::string& account_and_model, CapField field) {
  const MutexLock lock(mutex_);
  if (learned_.size() >= kMostLearned) learned_.clear();
  learned_[account_and_model] = field;
}

std::unique_ptr<ChatReply> OpenAiModel::start(ChatRequest request, ChatListener& listener) {
  auto setup = set_up(request.choice);
  std::vector<Message> history;
  if (setup) {
    auto fitting = fit_context(system_prompt(*request.agent), request.tools, request.history,
                               setup->options.max_context_tokens);
    if (fitting)
      history = std::move(*fitting);
    else
      setup = fail(std::move(fitting.error()));
  }
  if (!setup) {
    vendor::VendorError error(std::move(setup.error()));
    if (error.fault == vendor::Fault::internal) error.fault = vendor::Fault::bad_request;
    error.vendor = flavour_.name;
    error.model = request.choice.model;
    error.key_setting = account_.key_setting;
    return post_failure(request.executor, listener, std::move(error));
  }

  const auto& options = setup->options;
  const auto cap = cap_field(*setup, request.choice.model);
  net::ClientRequest ask;
  ask.method = "POST";
  ask.policy = setup->account.policy;
  ask.url = openai_address(flavour_, setup->account.url, request.choice.model, options);
  ask.headers = openai_headers(flavour_, setup->account, options);
  if (flavour_.slow_start) ask.head_deadline = std::chrono::minutes(3);

  OpenAiDialect::Asked asked{this, setup->account, request.choice.model, cap, ask, {}};
  if (options.max_tokens > 0 && !options.cap_field) {
    const auto other = cap == CapField::max_tokens ? CapField::max_completion_tokens : CapField::max_tokens;
    asked.body_with_other_cap = openai_body(flavour_, options, other, request, history);
  }
  ask.body = openai_body(flavour_, options, cap, request, history);

  const auto estimate = estimate_input(system_prompt(*request.agent), request.tools, history);
  const bool must_speak = request.history.empty() || request.history.back().role == Role::caller;
  return start_stream({.executor = request.executor,
                       .request = std::move(ask),
                       .dialect = std::make_unique<OpenAiDialect>(std::move(asked)),
                       .observer = request.observer,
                       .vendor = std::string(flavour_.name),
                       .model = request.choice.model,
                       .input_estimate = estimate,
                       .must_speak = must_speak},
                      listener);
}

}  // namespace parley::llm

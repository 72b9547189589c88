#include "llm/tool_runner.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "async/guarded.hpp"
#include "base/valid_text.hpp"
#include "llm/tool_request.hpp"
#include "net/http_client.hpp"
#include "vendor/json.hpp"

namespace parley::llm {
namespace {

constexpr std::string_view kEndCall = "end_call";
constexpr std::string_view kTransfer = "transfer_to_human";
// More of an answer is cut: it would fill the model's context.
constexpr std::size_t kMostResultBytes = 16 * 1024;
constexpr std::size_t kMostReasonBytes = 300;

const agent::Tool* find_tool(const agent::Agent& agent, std::string_view name) {
  const auto found = std::ranges::find(agent.tools, name, &agent::Tool::name);
  return found == agent.tools.end() ? nullptr : &*found;
}

std::string problem(std::string_view what) {
  return vendor::to_text(vendor::json::object{{"error", what}});
}

// What the model reads when it has asked for the call's end or for a human, and has to find words for it.
std::string_view answer_of_built_in(std::string_view name, const agent::Agent& agent) {
  if (name == kEndCall) return R"({"ok":true})";
  if (agent.transfer.enabled) {
    return R"({"ok":true,"note":"The caller is handed over as soon as your words were heard. If you have not )"
           R"(said so yet, say it in one short sentence; ask nothing."})";
  }
  return R"({"ok":true,"note":"A human has been asked for, but cannot join this call. Tell the caller that )"
         R"(somebody will get in touch, and go on helping."})";
}

std::string_view transfer_description(const agent::Agent& agent) {
  if (agent.transfer.enabled) {
    return "Hands the caller to a human: the call with you is over then. Use it when they ask for a person, "
           "or "
           "when you cannot help them any further. Say first, in one short sentence, that you are putting "
           "them "
           "through; ask nothing with it.";
  }
  return "Notes that the caller wants a human. Nobody joins this call: say that somebody will get in touch, "
         "and "
         "go on helping. Use it when they ask for a person, or when you cannot help them any further.";
}

// Cut at the end of a character.
std::string cut_text(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  text.resize(clipped(text, most).size());
  return text + "\n[cut]";
}

// One call of an agent's tool over HTTP.
class HttpCall final : private net::ResponseListener {
 public:
  HttpCall(log::Logger log, std::function<void()> done) : log_(std::move(log)), done_(std::move(done)) {}

  void start(const async::Executor& executor, net::ClientRequest request) {
    transfer_ = net::http_client(executor).start(std::move(request), *this);
  }
  void end_with(std::string result) {
    used.failed = true;
    used.exchange.result = std::move(result);
    over = true;
  }

  ToolUsed used;
  bool over = false;

 private:
  void on_response_head(const net::ResponseHead& head) override { status_ = head.status; }
  void on_response_body(std::string_view bytes) override {
    body_ += bytes;
    if (body_.size() > kMostResultBytes) on_response_end();  // nothing of the rest would be used
  }
  void on_response_end() override {
    used.failed = status_ < 200 || status_ > 299;
    // Vendors refuse a conversation with a byte in it that is no character, in this turn and all that follow.
    std::string text = cut_text(valid_text(body_), kMostResultBytes);
    used.exchange.result =
        used.failed ? problem(fmt::format("the answer was {}: {}", status_, text)) : std::move(text);
    finish();
  }
  void on_response_failed(Error error) override {
    used.failed = true;
    // The model may tell the caller: addresses are nobody's business there.
    used.exchange.result =
        problem(error.code == Errc::timeout ? "it did not answer in time" : "it could not be reached");
    log_.warn("tool {}: {}", used.exchange.call.name, used.exchange.result);
    finish();
  }
  void finish() {
    used.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                      transfer_->started_at());
    over = true;
    transfer_.reset();
    done_();
  }

  log::Logger log_;
  std::function<void()> done_;
  int status_ = 0;
  std::string body_;
  std::unique_ptr<net::HttpTransfer> transfer_;
};

class Run final : public ToolRun {
 public:
  Run(ToolRequest request, const std::shared_ptr<const net::AddressPolicy>& policy,
      std::function<void(ToolOutcome)> done)
      : done_(std::move(done)) {
    bool only_actions = true;
    for (ToolCall& call : request.calls) {
      calls_.push_back(std::make_unique<HttpCall>(request.log, [this] { finish_if_over(); }));
      HttpCall& made = *calls_.back();
      made.used.exchange.call = call;
      if (call.name == kEndCall || call.name == kTransfer) {
        take_built_in(call);
        made.end_with(std::string(answer_of_built_in(call.name, *request.agent)));
        made.used.failed = false;
        continue;
      }
      only_actions = false;
      const agent::Tool* tool = find_tool(*request.agent, call.name);
      if (tool == nullptr) {
        made.end_with(problem(fmt::format("there is no tool '{}'", call.name.substr(0, 64))));
        continue;
      }
      auto wanted = make_tool_request(*tool, call.arguments);
      if (wanted) {
        wanted->policy = policy;
        made.start(request.executor, std::move(*wanted));
      } else {
        made.end_with(problem(wanted.error().message));
      }
    }
    outcome_.only_actions = only_actions;
    boost::asio::post(request.executor, [this, ticket = guard_.ticket()] {
      if (!ticket.valid()) return;
      begun_ = true;
      finish_if_over();
    });
  }

 private:
  void take_built_in(const ToolCall& call) {
    if (call.name == kEndCall) {
      outcome_.actions.emplace_back(EndCall{});
      return;
    }
    auto arguments = vendor::parse_json_object(call.arguments);
    outcome_.actions.emplace_back(Escalate{
        arguments ? cut_text(std::string(vendor::string_member(*arguments, "reason")), kMostReasonBytes)
                  : std::string()});
  }

  void finish_if_over() {
    if (!begun_ || !std::ranges::all_of(calls_, [](const auto& call) { return call->over; })) return;
    for (auto& call : calls_)
      outcome_.used.push_back(std::move(call->used));
    // A transfer may be over while it is still on the stack; its owner goes later.
    auto done = std::move(done_);
    done(std::move(outcome_));
  }

  std::function<void(ToolOutcome)> done_;
  ToolOutcome outcome_;
  bool begun_ = false;
  std::vector<std::unique_ptr<HttpCall>> calls_;
  async::Guard guard_;
};

class HttpToolRunner final : public ToolRunner {
 public:
  explicit HttpToolRunner(std::shared_ptr<const net::AddressPolicy> policy) : policy_(std::move(policy)) {}
  std::string words_for(const agent::Agent& agent, const std::vector<ToolCall>& calls) const override {
    for (const ToolCall& call : calls) {
      const agent::Tool* tool = find_tool(agent, call.name);
      if (tool != nullptr && !tool->say.empty()) return tool->say;
    }
    return {};
  }
  std::unique_ptr<ToolRun> start(ToolRequest request, std::function<void(ToolOutcome)> done) override {
    return std::make_unique<Run>(std::move(request), policy_, std::move(done));
  }

 private:
  const std::shared_ptr<const net::AddressPolicy> policy_;
};

}  // namespace

std::vector<ToolSpec> offered_tools(const agent::Agent& agent) {
  std::vector<ToolSpec> tools;
  tools.reserve(agent.tools.size() + 2);
  for (const agent::Tool& tool : agent.tools)
    tools.push_back({tool.name, tool.description, tool.parameters});
  tools.push_back(
      {std::string(kEndCall),
       "Hangs up after your present words. Use it when the conversation is over, and say goodbye first.",
       R"({"type":"object","properties":{}})"});
  tools.push_back(
      {std::string(kTransfer), std::string(transfer_description(agent)),
       R"({"type":"object","properties":{"reason":{"type":"string","description":"Why, in a few words"}}})"});
  return tools;
}

std::unique_ptr<ToolRunner> make_http_tool_runner(std::shared_ptr<const net::AddressPolicy> policy) {
  return std::make_unique<HttpToolRunner>(std::move(policy));
}

}  // namespace parley::llm

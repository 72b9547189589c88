#include "llm/brain/brain_model.hpp"

#include <utility>

#include <fmt/format.h>

#include "async/guarded.hpp"
#include "llm/context_fit.hpp"
#include "llm/own_account.hpp"
#include "llm/posted_reply.hpp"
#include "vendor/client_socket.hpp"

namespace parley::llm {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<vendor::ClientSocket> open_socket(const async::Executor& executor,
                                                  const vendor::Account& account,
                                                  vendor::ClientSocketListener* listener) {
  vendor::ClientSocketOptions options;
  options.url = account.websocket_url();
  options.policy = account.policy;
  if (account.has_key()) options.headers.emplace_back("Authorization", "Bearer " + account.key);
  options.subprotocol = kBrainSubprotocol;
  options.max_message_bytes = kMaxBrainMessageBytes;
  auto socket = vendor::open_client_socket(executor, std::move(options), listener);
  socket->send_text(brain_hello());
  return socket;
}

}  // namespace

class BrainReply final : public ChatReply, private vendor::ClientSocketListener {
 public:
  struct Asked {
    BrainModel& model;
    async::Executor executor;
    vendor::Account account;
    vendor::Observer& observer;
    std::uint64_t turn;
    std::string message;
    BrainTurnReader reader;
  };

  BrainReply(Asked asked, ChatListener& listener)
      : asked_(std::move(asked)), listener_(listener), silence_timer_(asked_.executor) {
    socket_ = asked_.model.pool_.take(asked_.executor, asked_.account.id(), *this);
    pooled_ = socket_ != nullptr;
    if (!pooled_) socket_ = open_socket(asked_.executor, asked_.account, this);
    socket_->send_text(asked_.message);
    await_message();
  }
  ~BrainReply() override {
    if (over_ || !socket_) return;
    socket_->send_text(brain_cancel(asked_.turn));
    give_back();
  }
  BrainReply(const BrainReply&) = delete;
  BrainReply& operator=(const BrainReply&) = delete;

 private:
  void on_socket_open() override {}
  void on_socket_binary(std::string_view /*bytes*/) override {
    fail_with(asked_.reader.error(vendor::Fault::protocol, "it sent bytes where the protocol has text"));
  }
  void on_socket_refused(const net::ConnectError& error) override {
    fail_with(asked_.reader.refused(error, asked_.model.clock_.wall_now()));
  }

  void on_socket_closed(const net::CloseInfo& close) override {
    // A socket that was dying in the pool says nothing about the brain: a fresh one decides.
    if (std::exchange(pooled_, false) && !heard_) {
      dead_socket_ = std::move(socket_);
      socket_ = open_socket(asked_.executor, asked_.account, this);
      socket_->send_text(asked_.message);
      return await_message();
    }
    fail_with(asked_.reader.closed(close));
  }

  // Any listener call may destroy this.
  void on_socket_text(std::string_view text) override {
    BrainStep step;
    if (!asked_.reader.take(text, step)) return;
    heard_ = true;
    const auto ticket = guard_.ticket();
    if (step.usage) asked_.observer.on_usage(*step.usage);
    if (step.error) return fail_with(std::move(*step.error));
    if (step.ended) return complete();
    await_message();
    if (!step.text.empty()) listener_.on_reply_text(step.text);
    for (auto& action : step.actions) {
      if (ticket.valid()) listener_.on_reply_action(std::move(action));
    }
    for (auto& call : step.calls) {
      if (ticket.valid()) listener_.on_reply_tool_call(std::move(call));
    }
  }

  void await_message() {
    silence_timer_.expires_after(asked_.model.silence_);
    silence_timer_.async_wait([ticket = guard_.ticket(), this](const boost::system::error_code& ec) {
      if (ec || !ticket.valid() || over_) return;
      if (socket_) socket_->send_text(brain_cancel(asked_.turn));
      fail_with(asked_.reader.error(vendor::Fault::timeout, "nothing came from it for too long"));
    });
  }

  void complete() {
    over_ = true;
    silence_timer_.cancel();
    give_back();
    listener_.on_reply_end();
  }

  // The socket goes with it: nobody knows what else is wrong with it.
  void fail_with(vendor::VendorError error) {
    over_ = true;
    silence_timer_.cancel();
    if (socket_) socket_->close();
    listener_.on_reply_failed(std::move(error));
  }

  void give_back() {
    socket_->set_listener(nullptr);
    asked_.model.pool_.put(asked_.executor, asked_.account.id(), std::move(socket_));
  }

  Asked asked_;
  ChatListener& listener_;
  async::Guard guard_;
  async::Timer silence_timer_;
  bool pooled_ = false;
  bool heard_ = false;
  bool over_ = false;
  std::unique_ptr<vendor::ClientSocket> dead_socket_;  // on the stack while it tells us so
  std::unique_ptr<vendor::ClientSocket> socket_;
};

BrainModel::BrainModel(vendor::Account account, const Clock& clock, std::chrono::milliseconds silence)
    : account_([&] {
        account.vendor = "brain";
        if (account.key_setting.empty()) account.key_setting = "BRAIN_KEY";
        return std::move(account);
      }()),
      clock_(clock),
      silence_(silence),
      pool_({.max_idle = 5min,
             .keep_alive_every = 20s,
             .keep_alive_text = brain_ping(),
             .max_idle_sockets = 64}) {}

Result<BrainModel::Setup> BrainModel::set_up(const agent::ProviderChoice& choice) const {
  auto options = read_brain_options(choice);
  if (!options) return fail(std::move(options.error()));
  auto account = own_account(account_, options->url, options->key_env, "url");
  if (!account) return fail(std::move(account.error()));
  if (account->url.empty())
    return fail(Errc::invalid_argument, "brain needs an address: option url or the setting BRAIN_URL");
  return Setup{std::move(*options), std::move(*account)};
}

Result<void> BrainModel::prepare(const agent::AgentPtr& /*agent*/, const agent::ProviderChoice& choice) {
  auto setup = set_up(choice);
  if (!setup) return fail(std::move(setup.error()));
  return {};
}

void BrainModel::warm(const ChatRequest& request) {
  const auto setup = set_up(request.choice);
  if (!setup || pool_.has(request.executor, setup->account.id())) return;
  pool_.put(request.executor, setup->account.id(), open_socket(request.executor, setup->account, nullptr));
}

std::unique_ptr<ChatReply> BrainModel::start(ChatRequest request, ChatListener& listener) {
  auto setup = set_up(request.choice);
  std::string message;
  const auto turn = next_turn_.fetch_add(1, std::memory_order_relaxed);
  if (setup) {
    auto history =
        fit_context(request.agent->prompt, request.tools, request.history, setup->options.max_context_tokens);
    if (history) message = brain_turn(turn, request, *history);
    if (!history)
      setup = fail(std::move(history.error()));
    else if (message.size() > kMaxBrainTurnBytes)
      setup = fail(Errc::invalid_argument,
                   "the prompt, the tools and the history are more than a brain is told (1 MiB)");
  }
  if (!setup) {
    vendor::VendorError error(std::move(setup.error()));
    error.vendor = account_.vendor;
    error.model = request.choice.model;
    error.key_setting = account_.key_setting;
    return post_failure(request.executor, listener, std::move(error));
  }
  BrainTurnReader reader(setup->account, request.choice.model, turn);
  return std::make_unique<BrainReply>(
      BrainReply::Asked{*this, request.executor, std::move(setup->account), request.observer, turn,
                        std::move(message), std::move(reader)},
      listener);
}

}  // namespace parley::llm

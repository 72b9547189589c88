#include "llm/answer_cache.hpp"

#include "llm/posted_reply.hpp"

namespace parley::llm {
namespace {

// What is longer is no answer that many callers want, and would fill the memory.
constexpr std::size_t kMostAnswerBytes = 4096;
constexpr std::size_t kMostQuestionBytes = 300;

// Listens to a reply on its way and keeps it when it was words alone.
class KeptReply final : public ChatReply, private ChatListener {
 public:
  KeptReply(std::shared_ptr<ChatModel> inner, ChatRequest request, ChatListener& listener, AnswerCache& cache,
            std::string key)
      : inner_(std::move(inner)),
        listener_(listener),
        cache_(cache),
        key_(std::move(key)),
        keep_for_(request.agent->caching.answers_for),
        reply_(inner_->start(std::move(request), *this)) {}

 private:
  void on_reply_text(std::string_view delta) override {
    plain_ = plain_ && text_.size() + delta.size() <= kMostAnswerBytes;
    if (plain_) text_ += delta;
    listener_.on_reply_text(delta);
  }
  void on_reply_action(ChatAction action) override {
    plain_ = false;
    listener_.on_reply_action(std::move(action));
  }
  void on_reply_tool_call(ToolCall call) override {
    plain_ = false;
    listener_.on_reply_tool_call(std::move(call));
  }
  void on_reply_end() override {
    if (plain_ && !text_.empty()) cache_.put(std::move(key_), std::move(text_), keep_for_);
    listener_.on_reply_end();
  }
  void on_reply_failed(vendor::VendorError error) override { listener_.on_reply_failed(std::move(error)); }

  const std::shared_ptr<ChatModel> inner_;
  ChatListener& listener_;
  AnswerCache& cache_;
  std::string key_;
  const std::chrono::seconds keep_for_;
  std::string text_;
  bool plain_ = true;
  std::unique_ptr<ChatReply> reply_;
};

class CachedModel final : public ChatModel {
 public:
  CachedModel(AnswerCache& cache, std::shared_ptr<ChatModel> inner)
      : cache_(cache), inner_(std::move(inner)) {}

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override {
    return inner_->prepare(agent, choice);
  }
  void warm(const ChatRequest& request) override { inner_->warm(request); }
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override {
    auto key =
        request.agent->caching.answers && !request.agent->personal ? question_key(request) : std::nullopt;
    if (!key) return inner_->start(std::move(request), listener);
    if (auto answer = cache_.find(*key)) {
      request.log.debug("answered from the cache");
      return post_reply(request.executor, listener, std::move(*answer), {});
    }
    return std::make_unique<KeptReply>(inner_, std::move(request), listener, cache_, std::move(*key));
  }

 private:
  AnswerCache& cache_;
  const std::shared_ptr<ChatModel> inner_;
};

}  // namespace

std::shared_ptr<ChatModel> AnswerCache::around(std::shared_ptr<ChatModel> inner) {
  return std::make_shared<CachedModel>(*this, std::move(inner));
}

std::optional<std::string> AnswerCache::find(const std::string& key) {
  const MutexLock lock(mutex_);
  const auto found = answers_.find(key);
  if (found == answers_.end()) return std::nullopt;
  if (clock_.now() < found->second.until) return found->second.text;
  by_age_.erase(found->second.age);
  answers_.erase(found);
  return std::nullopt;
}

void AnswerCache::put(std::string key, std::string answer, std::chrono::seconds keep_for) {
  const MutexLock lock(mutex_);
  if (const auto old = answers_.find(key); old != answers_.end()) {
    by_age_.erase(old->second.age);
    answers_.erase(old);
  } else if (answers_.size() >= max_answers_) {
    answers_.erase(by_age_.front());
    by_age_.pop_front();
  }
  by_age_.push_back(key);
  answers_.emplace(std::move(key),
                   Answer{std::move(answer), clock_.now() + keep_for, std::prev(by_age_.end())});
}

std::optional<std::string> question_key(const ChatRequest& request) {
  const Message* question = nullptr;
  for (const Message& entry : request.history) {
    if (entry.role == Role::agent && entry.tools.empty() && question == nullptr) continue;  // the greeting
    if (entry.role != Role::caller || entry.kind != InputKind::speech || question != nullptr)
      return std::nullopt;
    question = &entry;
  }
  if (question == nullptr) return std::nullopt;
  std::string words;
  bool space = false;
  for (const char c : question->text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool upper = c >= 'A' && c <= 'Z';
    if (byte >= 0x80 || upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      if (std::exchange(space, false) && !words.empty()) words += ' ';
      words += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else {
      space = true;
    }
  }
  if (words.empty() || words.size() > kMostQuestionBytes) return std::nullopt;
  return request.agent->name + '\n' + request.agent->version + '\n' + words;
}

}  // namespace parley::llm

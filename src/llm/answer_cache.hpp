// Answers to the first question of a call, kept for callers who ask the same: an agent has to allow it
// (caching.answers), and only plain words are kept: a reply that used a tool or wanted an action is not.
//
// Thread: any; one for the process. Lifetime: outlives the models it is put around.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "llm/chat_model.hpp"

namespace parley::llm {

class AnswerCache {
 public:
  explicit AnswerCache(const Clock& clock, std::size_t max_answers = 4096)
      : clock_(clock), max_answers_(max_answers) {}

  // A model that asks `inner` only for what is not known. `inner` is shared with the replies under way.
  std::shared_ptr<ChatModel> around(std::shared_ptr<ChatModel> inner);

  std::optional<std::string> find(const std::string& key);
  void put(std::string key, std::string answer, std::chrono::seconds keep_for);

 private:
  struct Answer {
    std::string text;
    SteadyTime until;
    std::list<std::string>::iterator age;
  };

  const Clock& clock_;
  const std::size_t max_answers_;
  Mutex mutex_;
  std::map<std::string, Answer, std::less<>> answers_ PARLEY_GUARDED_BY(mutex_);
  std::list<std::string> by_age_ PARLEY_GUARDED_BY(mutex_);  // oldest first
};

// What makes a first question: nullopt when the history is no first question in words. Case, punctuation and
// spaces do not count.
std::optional<std::string> question_key(const ChatRequest& request);

}  // namespace parley::llm

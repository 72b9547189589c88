#include "llm/script_model.hpp"

#include <ctime>

#include <fmt/core.h>

#include "llm/number_words.hpp"
#include "llm/posted_reply.hpp"
#include "llm/script_dialogue.hpp"

namespace parley::llm {
namespace {

std::string utc_offset_of(const agent::Agent& agent) {
  const auto found = agent.llm.options.find("utc_offset");
  return found == agent.llm.options.end() ? std::string() : found->second;
}

}  // namespace

Result<CalendarDay> day_at(WallTime when, std::string_view utc_offset) {
  if (utc_offset.empty()) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return CalendarDay(std::chrono::year(local.tm_year + 1900),
                       std::chrono::month(static_cast<unsigned>(local.tm_mon + 1)),
                       std::chrono::day(static_cast<unsigned>(local.tm_mday)));
  }
  const bool shaped =
      utc_offset.size() == 6 && (utc_offset[0] == '+' || utc_offset[0] == '-') && utc_offset[3] == ':';
  const auto hours = shaped ? figures(utc_offset.substr(1, 2), 2) : std::nullopt;
  const auto minutes = shaped ? figures(utc_offset.substr(4, 2), 2) : std::nullopt;
  if (!hours || !minutes || *hours > 14 || *minutes > 59)
    return fail(Errc::invalid_argument,
                fmt::format("utc_offset must be written as +05:30, not '{}'", utc_offset));
  const auto offset = std::chrono::minutes(*hours * 60 + *minutes);
  const auto shifted = utc_offset[0] == '+' ? when + offset : when - offset;
  return CalendarDay(std::chrono::floor<std::chrono::days>(shifted));
}

Result<void> ScriptModel::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& /*choice*/) {
  if (!agent->script.stages.contains(agent->script.first_stage))
    return fail(Errc::invalid_argument, fmt::format("agent {}: its script has no stage '{}'", agent->name,
                                                    agent->script.first_stage));
  const auto today = day_at(clock_.wall_now(), utc_offset_of(*agent));
  if (!today)
    return fail(Errc::invalid_argument,
                fmt::format("agent {}: llm.options: {}", agent->name, today.error().message));
  return {};
}

std::unique_ptr<ChatReply> ScriptModel::start(ChatRequest request, ChatListener& listener) {
  if (request.history.empty() || request.history.back().role != Role::caller)
    return post_failure(request.executor, listener,
                        Error{Errc::invalid_argument, "the history does not end with the caller"});
  const auto today = day_at(clock_.wall_now(), utc_offset_of(*request.agent));
  if (!today) return post_failure(request.executor, listener, today.error());
  auto answer = answer_history(request.agent->script, request.history, *today);
  request.log.debug("script answered actions={}", answer.actions.size());
  return post_reply(request.executor, listener, std::move(answer.reply), std::move(answer.actions));
}

}  // namespace parley::llm

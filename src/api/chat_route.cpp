// A turn of a chat: all at once, or as server-sent events while it is made.
#include <boost/json.hpp>
#include <fmt/format.h>

#include "api/handler_support.hpp"
#include "api/json_pages.hpp"
#include "api/session_routes.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using Dependencies = std::shared_ptr<const SessionRoutesDependencies>;
using control::ChatPiece;

json::object action_of(const ChatPiece& piece) {
  static constexpr std::pair<std::string_view, std::string_view> kKinds[] = {{"stage.changed", "stage"},
                                                                             {"slot.filled", "slot"},
                                                                             {"tool.used", "tool"},
                                                                             {"escalation", "escalation"},
                                                                             {"ended", "end"}};
  json::object action = parse_object_or_empty(piece.data);
  for (const auto& [type, kind] : kKinds) {
    if (piece.type == type) action["kind"] = kind;
  }
  return action;
}

json::object reply_of(const control::ChatOutcome& outcome, json::array actions) {
  return {{"sessionId", outcome.session_id},
          {"agent", outcome.agent},
          {"firstMessage", outcome.first_message},
          {"reply", outcome.reply},
          {"ended", outcome.ended},
          {"escalated", outcome.escalated},
          {"messagesCount", outcome.messages},
          {"actions", std::move(actions)}};
}

Problem chat_problem(const Error& error) {
  if (error.code == Errc::invalid_argument) return validation_failed({{"/body", error.message}});
  if (error.code == Errc::not_found) return validation_failed({{"/body/agent", error.message}});
  return problem_of(error);
}

std::string event(std::string_view name, const json::value& data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, json::serialize(data));
}

class ChatSource final : public net::BodySource {
 public:
  explicit ChatSource(std::unique_ptr<control::ChatTurn> turn) : turn_(std::move(turn)) {}

  async::Task<Result<std::optional<std::string>>> next() override {
    if (!std::exchange(begun_, true))
      co_return event("session", json::object{{"sessionId", turn_->session_id()}});
    if (done_) co_return std::optional<std::string>();
    ChatPiece piece = co_await turn_->next();
    switch (piece.kind) {
      case ChatPiece::Kind::first_message:
        co_return event("firstMessage", json::object{{"text", piece.text}});
      case ChatPiece::Kind::text:
        co_return event("delta", json::object{{"text", piece.text}});
      case ChatPiece::Kind::action: {
        json::object action = action_of(piece);
        actions_.push_back(action);
        co_return event("action", action);
      }
      case ChatPiece::Kind::end:
        done_ = true;
        co_return event("done", reply_of(piece.outcome, std::move(actions_)));
      case ChatPiece::Kind::failed:
        break;
    }
    done_ = true;
    const Problem problem = chat_problem(piece.error);
    co_return event(
        "problem",
        json::object{{"status", problem.status}, {"title", problem.title}, {"detail", problem.detail}});
  }

 private:
  std::unique_ptr<control::ChatTurn> turn_;
  json::array actions_;
  bool begun_ = false;
  bool done_ = false;
};

async::Task<net::HttpResponse> chat(Dependencies d, std::shared_ptr<const ApiRequest> request) {
  control::ChatInput input;
  input.workspace_id = request->workspace();
  input.session_id = text_member(request->body, "sessionId").value_or("");
  input.agent =
      text_member(request->body, "agent").value_or(text_member(request->body, "agentId").value_or(""));
  input.draft = bool_member(request->body, "draft").value_or(false);
  if (input.draft && !control::may(request->principal, "agents", control::AccessLevel::read))
    co_return to_response(forbidden("a draft needs the right agents:read"));
  input.message = text_member(request->body, "message").value_or("");
  auto turn = co_await d->chats.start(std::move(input));
  if (!turn) co_return to_response(chat_problem(turn.error()));

  net::HttpResponse response;
  if (bool_member(request->body, "stream").value_or(false) || request->accept == "text/event-stream") {
    response.content_type = "text/event-stream";
    response.headers.emplace_back("X-Accel-Buffering", "no");
    response.source = std::make_shared<ChatSource>(std::move(*turn));
    co_return response;
  }
  json::array actions;
  while (true) {
    ChatPiece piece = co_await (*turn)->next();
    if (piece.kind == ChatPiece::Kind::action) actions.push_back(action_of(piece));
    if (piece.kind == ChatPiece::Kind::failed) co_return to_response(chat_problem(piece.error));
    if (piece.kind != ChatPiece::Kind::end) continue;
    response.content_type = "application/json";
    response.body = json::serialize(reply_of(piece.outcome, std::move(actions)));
    co_return response;
  }
}

}  // namespace

void add_chat_route(Api& api, SessionRoutesDependencies dependencies) {
  const auto d = std::make_shared<const SessionRoutesDependencies>(std::move(dependencies));
  api.on_stream("chat",
                [d](std::shared_ptr<const ApiRequest> request) { return chat(d, std::move(request)); });
}

}  // namespace parley::api

#include "cli/dial_command.hpp"

#include <map>
#include <ostream>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/table.hpp"
#include "vendor/json.hpp"

namespace parley::cli {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto kPollEvery = 500ms;
// A server that restarts is back by then; the call itself does not need us.
constexpr int kMostFailures = 20;
// The row is written a moment after the call was accepted.
constexpr int kMostUnknown = 10;
// Behind a hang-up; the carrier may take its time to say that it is over.
constexpr int kPollsAfterHangUp = 40;

Result<json::object> body_of(const DialOptions& options) {
  json::object body{{"to", options.to}};
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  put("agent", options.agent);
  put("from", options.from);
  put("customField", options.custom_field);
  put("into", options.into);
  json::object variables;
  for (const std::string& one : options.variables) {
    const auto equals = one.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::invalid_argument, fmt::format("--var {}: must be name=value", printable(one)));
    variables[one.substr(0, equals)] = one.substr(equals + 1);
  }
  if (!variables.empty()) body["variables"] = std::move(variables);
  if (options.time_limit_seconds > 0) body["timeLimitSeconds"] = options.time_limit_seconds;
  if (options.ring_seconds > 0) body["ringTimeoutSeconds"] = options.ring_seconds;
  if (options.record) body["record"] = true;
  return body;
}

bool is_over(std::string_view status) {
  return status != "queued" && status != "ringing" && status != "in_progress" && !status.empty();
}

int code_of(std::string_view status) {
  if (status == "completed") return kDialCompleted;
  if (status == "busy" || status == "no_answer" || status == "canceled") return kDialNotReached;
  return kDialFailed;
}

// Prints what is new of a call each time it is looked at.
class Follower {
 public:
  Follower(std::ostream& out, bool silent) : out_(out), silent_(silent) {}

  void show(const json::object& call) {
    if (silent_) return;
    const std::string status = vendor::text_member(call, "status");
    // The words that belong to a state come before its end is told.
    if (!is_over(status)) tell(status, "");
    const json::array* turns = vendor::array_member(call, "turns");
    for (const json::value& turn : turns == nullptr ? json::array() : *turns) {
      if (turn.is_object()) show_turn(turn.get_object());
    }
    if (is_over(status)) {
      std::string reason = vendor::text_member(call, "endReason");
      const std::string cause = vendor::text_member(call, "carrierCause");
      if (!cause.empty()) reason += (reason.empty() ? "" : ": ") + cause;
      tell(status, reason);
    }
    out_.flush();
  }

 private:
  struct Shown {
    bool caller = false;
    bool agent = false;
  };

  void tell(const std::string& status, const std::string& reason) {
    if (status == status_) return;
    status_ = status;
    std::string word = printable(status);
    for (char& c : word)
      c = c == '_' ? ' ' : c;
    const bool says_more = !reason.empty() && reason != word;
    out_ << word << (says_more ? ": " + printable(reason) : std::string()) << '\n';
  }

  void show_turn(const json::object& turn) {
    Shown& shown = shown_[vendor::integer_member(turn, "number").value_or(0)];
    const auto say = [&](bool& done, const char* who, const char* member) {
      const std::string text = vendor::text_member(turn, member);
      if (done || text.empty()) return;
      done = true;
      out_ << who << ": " << printable(text) << '\n';
    };
    say(shown.caller, "caller", "callerText");
    say(shown.agent, "agent", "agentHeard");  // there when the turn is over
  }

  std::ostream& out_;
  const bool silent_;
  std::string status_;
  std::map<std::int64_t, Shown> shown_;
};

class Dial {
 public:
  Dial(const ApiClient& client, Output output, const DialSurroundings& around)
      : client_(client), output_(output), around_(around), follower_(around.out, output == Output::json) {}

  Result<int> run(const DialOptions& options);

 private:
  Result<json::object> place(const DialOptions& options);
  Result<json::object> follow();
  // What to do about a look that failed: go on, or end with it.
  Result<void> bear(const Error& error);
  void hang_up();

  const ApiClient& client_;
  const Output output_;
  const DialSurroundings& around_;
  Follower follower_;
  std::string id_;
  int failures_ = 0;
  int unknown_ = 0;
  bool hung_up_ = false;
};

Result<json::object> Dial::place(const DialOptions& options) {
  auto body = body_of(options);
  if (!body) return fail(std::move(body.error()));
  ApiRequest request;
  request.method = "POST";
  request.path = "/calls";
  request.content_type = "application/json";
  request.body = json::serialize(*body);
  auto placed = client_.ask_json(std::move(request));
  if (!placed) return fail(std::move(placed.error()));
  if (placed->is_object()) id_ = vendor::text_member(placed->get_object(), "id");
  if (id_.empty()) return fail(Errc::protocol, "the server's answer names no call");
  return std::move(placed->get_object());
}

Result<void> Dial::bear(const Error& error) {
  // Not there yet, or not there any more.
  if (error.code == Errc::not_found && ++unknown_ <= kMostUnknown) return {};
  const bool passing = error.code == Errc::unavailable || error.code == Errc::overloaded ||
                       error.code == Errc::timeout || error.code == Errc::io;
  if (passing && ++failures_ <= kMostFailures) return {};
  return fail(error);
}

void Dial::hang_up() {
  hung_up_ = true;
  ApiRequest request;
  request.method = "POST";
  request.path = "/calls/" + escaped(id_) + "/hang-up";
  request.content_type = "application/json";
  request.body = R"({"reason":"hung up by the caller of parley dial"})";
  if (output_ == Output::text) around_.out << "hanging up" << std::endl;
  // Also that nobody can end it: Exotel has no such request for a call that rings.
  if (auto done = client_.ask(std::move(request)); !done)
    around_.err << "parley: not hung up: " << done.error().message << '\n';
}

Result<json::object> Dial::follow() {
  int left = kPollsAfterHangUp;
  while (true) {
    ApiRequest request;
    request.path = "/calls/" + escaped(id_);
    auto call = client_.ask_json(std::move(request));
    if (!call) {
      if (auto borne = bear(call.error()); !borne) return fail(std::move(borne.error()));
    } else if (call->is_object()) {
      failures_ = 0;
      follower_.show(call->get_object());
      if (is_over(vendor::string_member(call->get_object(), "status"))) return std::move(call->get_object());
    }
    if (!around_.wait(kPollEvery)) {
      if (hung_up_) return fail(Errc::cancelled, fmt::format("left; the call {} may still be ending", id_));
      hang_up();
    }
    if (hung_up_ && --left == 0)
      return fail(Errc::timeout,
                  fmt::format("the call {} has not ended yet: see 'parley calls show {}'", id_, id_));
  }
}

Result<int> Dial::run(const DialOptions& options) {
  auto placed = place(options);
  if (!placed) return fail(std::move(placed.error()));
  if (output_ == Output::text) around_.out << fmt::format("call {} to {}\n", id_, printable(options.to));
  if (options.detach) {
    if (output_ == Output::json) around_.out << json::serialize(*placed) << '\n';
    return kDialCompleted;
  }
  follower_.show(*placed);
  auto call = follow();
  if (!call) return fail(std::move(call.error()));
  if (output_ == Output::json) around_.out << json::serialize(*call) << '\n';
  const std::string status = vendor::text_member(*call, "status");
  const int code = code_of(status);
  if (code == kDialFailed) {
    std::string reason = vendor::text_member(*call, "endReason");
    if (reason.empty()) reason = status;
    around_.err << "parley: the call failed: " << printable(reason) << '\n';
  }
  return code;
}

}  // namespace

int run_dial_command(const ApiClient& client, const DialOptions& options, Output output,
                     const DialSurroundings& around) {
  Dial dial(client, output, around);
  auto code = dial.run(options);
  if (code) return *code;
  around.err << "parley: " << code.error().message << '\n';
  return kDialFailed;
}

}  // namespace parley::cli

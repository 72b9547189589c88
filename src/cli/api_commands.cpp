#include "cli/api_commands.hpp"

#include <array>

namespace parley::cli {
namespace {

const Argument kAgent{"AGENT", "agent", Place::path, "Its name or id", Kind::text, true};
const Argument kNote{"--note", "note", Place::body, "Why, for those who look at the versions later"};
const Argument kNumber{"NUMBER", "number", Place::path, "The number, or its id", Kind::text, true};
const Lookup kNumberId{"number", "/phone-numbers", "phoneNumber"};
const Argument kCall{"CALL", "call", Place::path, "Its id, or the beginning of it", Kind::text, true};
const Lookup kCallId{"call", "/calls?limit=200", "id", true};
const Argument kTarget{"-f,--file", "", Place::target, "Where to; without it the standard output"};
const Argument kCount{"--limit", "limit", Place::count, "So many at most", Kind::integer, false, "50"};

const std::vector<Column> kNumberColumns = {{"NUMBER", "phoneNumber"},
                                            {"NAME", "displayName"},
                                            {"STATUS", "status"},
                                            {"AGENT", "linkedAgentId"},
                                            {"ID", "id"}};

std::vector<Argument> call_filters() {
  return {{"--agent", "agent", Place::query, "Only this agent's"},
          {"--number", "number", Place::query, "Only with this number on either side"},
          {"--status", "status", Place::query,
           "queued, ringing, in_progress, completed, failed, interrupted, busy, no_answer or canceled"},
          {"--outcome", "outcome", Place::query, "Why they ended, or escalated"},
          {"--text", "text", Place::query, "Words of one turn; the last may be the beginning of one"},
          {"--session", "sessionId", Place::query, "Only of this conversation"},
          {"--phone", "phoneId", Place::query, "Only those that came in on this number of ours (its id)"},
          {"--since", "since", Place::query, "Began at or after, as 2026-11-21T08:00:00Z"},
          {"--before", "before", Place::query, "Began before"}};
}

std::vector<Argument> with(std::vector<Argument> arguments, const Argument& one) {
  arguments.push_back(one);
  return arguments;
}

void add_agents(std::vector<ApiCommand>& all) {
  all.push_back({.group = "agents",
                 .name = "list",
                 .help = "All agents",
                 .method = "GET",
                 .path = "/agents",
                 .arguments = {},
                 .view = View::table,
                 .columns = {{"NAME", "name"},
                             {"VERSION", "publishedVersion"},
                             {"DRAFT", "hasDraft"},
                             {"PUBLISHED", "publishedAt"},
                             {"ID", "id"}}});
  all.push_back({.group = "agents",
                 .name = "show",
                 .help = "One agent with its configuration",
                 .method = "GET",
                 .path = "/agents/{agent}",
                 .arguments = {kAgent}});
  all.push_back(
      {.group = "agents",
       .name = "import",
       .help = "Take an agent file as a new agent, or as the draft of the one of that name",
       .method = "POST",
       .path = "/agents/import",
       .arguments = {{"FILE", "", Place::file,
                      "An agent file or a bundled agent's name; - is the standard input", Kind::text, true},
                     {"--publish", "publish", Place::query, "Publish it at once", Kind::boolean}},
       .content_type = "text/yaml"});
  all.push_back({.group = "agents",
                 .name = "export",
                 .help = "The configuration as an agent file",
                 .method = "GET",
                 .path = "/agents/{agent}/yaml",
                 .arguments = {kAgent,
                               {"--version", "version", Place::query,
                                "A version's number, or draft (default: the draft if there is one)"},
                               kTarget},
                 .view = View::text});
  all.push_back({.group = "agents",
                 .name = "publish",
                 .help = "Make the draft the version that answers from the next call on",
                 .method = "POST",
                 .path = "/agents/{agent}/publish",
                 .arguments = {kAgent, kNote}});
  all.push_back({.group = "agents",
                 .name = "versions",
                 .help = "Published versions, newest first",
                 .method = "GET",
                 .path = "/agents/{agent}/versions",
                 .arguments = {kAgent},
                 .view = View::table,
                 .columns = {{"VERSION", "number"},
                             {"CURRENT", "current"},
                             {"PUBLISHED", "publishedAt"},
                             {"BY", "publishedBy"},
                             {"NOTE", "note"}}});
  all.push_back(
      {.group = "agents",
       .name = "diff",
       .help = "What differs between two versions, or a version and the draft",
       .method = "GET",
       .path = "/agents/{agent}/diff",
       .arguments = {kAgent,
                     {"FROM", "from", Place::query, "A version's number, or draft", Kind::text, true},
                     {"TO", "to", Place::query, "The same", Kind::text, true}},
       .view = View::differences});
  all.push_back(
      {.group = "agents",
       .name = "rollback",
       .help = "Publish an older version again, as a new one",
       .method = "POST",
       .path = "/agents/{agent}/rollback",
       .arguments = {kAgent, {"VERSION", "version", Place::body, "Its number", Kind::integer, true}, kNote}});
  all.push_back({.group = "agents",
                 .name = "delete",
                 .help = "Delete an agent with its versions; its calls stay in the log",
                 .method = "DELETE",
                 .path = "/agents/{agent}",
                 .arguments = {kAgent},
                 .view = View::done,
                 .said = "The agent is deleted."});
}

void add_numbers(std::vector<ApiCommand>& all) {
  all.push_back({.group = "numbers",
                 .name = "list",
                 .help = "All numbers",
                 .method = "GET",
                 .path = "/phone-numbers",
                 .arguments = {},
                 .view = View::table,
                 .columns = kNumberColumns});
  all.push_back({.group = "numbers",
                 .name = "show",
                 .help = "One number, with the addresses to be put into the carrier's portal",
                 .method = "GET",
                 .path = "/phone-numbers/{number}",
                 .arguments = {kNumber},
                 .lookup = kNumberId});
  all.push_back(
      {.group = "numbers",
       .name = "import",
       .help = "Import a number of the carrier's",
       .method = "POST",
       .path = "/phone-numbers",
       .arguments = {{"NUMBER", "phoneNumber", Place::body, "As +919876543210", Kind::text, true},
                     {"--name", "displayName", Place::body, "What to call it"},
                     {"--agent", "linkedAgentId", Place::body, "Who answers: an agent's name or id"},
                     {"--configuration", "telephonyConfigurationId", Place::body,
                      "The carrier's account it belongs to"}}});
  all.push_back(
      {.group = "numbers",
       .name = "link",
       .help = "Choose the agent that answers a number",
       .method = "PATCH",
       .path = "/phone-numbers/{number}",
       .arguments = {kNumber, {"AGENT", "linkedAgentId", Place::body, "Its name or id", Kind::text, true}},
       .lookup = kNumberId});
  all.push_back({.group = "numbers",
                 .name = "unlink",
                 .help = "Let the most recently published agent answer a number",
                 .method = "PATCH",
                 .path = "/phone-numbers/{number}",
                 .arguments = {kNumber},
                 .fixed = {{"linkedAgentId", "null"}},
                 .lookup = kNumberId});
  all.push_back({.group = "numbers",
                 .name = "secret",
                 .help = "Make a secret that the carrier's requests for a number must carry, shown once",
                 .method = "POST",
                 .path = "/phone-numbers/{number}/secret",
                 .arguments = {kNumber},
                 .lookup = kNumberId});
  all.push_back({.group = "numbers",
                 .name = "remove-secret",
                 .help = "Take the carrier's requests for a number without a secret again",
                 .method = "DELETE",
                 .path = "/phone-numbers/{number}/secret",
                 .arguments = {kNumber},
                 .view = View::done,
                 .said = "The number needs no secret any more.",
                 .lookup = kNumberId});
  all.push_back({.group = "numbers",
                 .name = "delete",
                 .help = "Forget a number; its calls stay in the log",
                 .method = "DELETE",
                 .path = "/phone-numbers/{number}",
                 .arguments = {kNumber},
                 .view = View::done,
                 .said = "The number is forgotten.",
                 .lookup = kNumberId});
}

void add_calls(std::vector<ApiCommand>& all) {
  all.push_back({.group = "calls",
                 .name = "list",
                 .help = "The newest calls",
                 .method = "GET",
                 .path = "/calls",
                 .arguments = with(call_filters(), kCount),
                 .view = View::calls,
                 .from_database = true});
  all.push_back({.group = "calls",
                 .name = "show",
                 .help = "One call: transcript, latencies, events, cost",
                 .method = "GET",
                 .path = "/calls/{call}",
                 .arguments = {kCall},
                 .view = View::call,
                 .lookup = kCallId,
                 .from_database = true});
  all.push_back({.group = "calls",
                 .name = "transcript",
                 .help = "What was said in a call",
                 .method = "GET",
                 .path = "/calls/{call}/transcript",
                 .arguments = {kCall},
                 .view = View::transcript,
                 .lookup = kCallId});
  all.push_back({.group = "calls",
                 .name = "recording",
                 .help = "A call's sound as WAV: the caller left, the agent right",
                 .method = "GET",
                 .path = "/calls/{call}/recording?redirect=false",
                 .arguments = {kCall, kTarget},
                 .view = View::text,
                 .lookup = kCallId});
  all.push_back({.group = "calls",
                 .name = "hang-up",
                 .help = "End a call in progress",
                 .method = "POST",
                 .path = "/calls/{call}/hang-up",
                 .arguments = {kCall, {"--reason", "reason", Place::body, "For the log"}},
                 .view = View::done,
                 .said = "The call is being ended.",
                 .lookup = kCallId});
  all.push_back({.group = "calls",
                 .name = "transfer",
                 .help = "Hand a call in progress to a person",
                 .method = "POST",
                 .path = "/calls/{call}/transfer",
                 .arguments = {kCall,
                               {"TO", "to", Place::body, "The person's number", Kind::text, true},
                               {"--say", "say", Place::body, "Spoken to the caller first"}},
                 .view = View::done,
                 .said = "The call is being transferred.",
                 .lookup = kCallId});
  all.push_back({.group = "calls",
                 .name = "export",
                 .help = "Calls as a table for a spreadsheet (CSV)",
                 .method = "GET",
                 .path = "/calls.csv",
                 .arguments = with(call_filters(), kTarget),
                 .view = View::text});
  all.push_back({.group = "calls",
                 .name = "delete",
                 .help = "Remove an ended call with its transcript and recording",
                 .method = "DELETE",
                 .path = "/calls/{call}",
                 .arguments = {kCall},
                 .view = View::done,
                 .said = "The call is removed.",
                 .lookup = kCallId});
}

}  // namespace

std::span<const ApiGroup> api_groups() {
  static constexpr std::array kGroups = {
      ApiGroup{"agents", "Agents: drafts, versions, files"},
      ApiGroup{"numbers", "Phone numbers and who answers them"},
      ApiGroup{"calls", "The call log, and calls in progress"},
      ApiGroup{"users", "Who may log in"},
      ApiGroup{"keys", "API keys"},
      ApiGroup{"providers", "Vendors' keys"},
      ApiGroup{"webhooks", "Events posted to other servers"},
  };
  return kGroups;
}

const std::vector<ApiCommand>& api_commands() {
  static const std::vector<ApiCommand> commands = [] {
    std::vector<ApiCommand> all;
    add_agents(all);
    add_numbers(all);
    add_calls(all);
    add_people_commands(all);
    add_outside_commands(all);
    return all;
  }();
  return commands;
}

}  // namespace parley::cli

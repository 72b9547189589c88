// Users, keys, vendors' keys and webhooks.
#include "cli/api_commands.hpp"

namespace parley::cli {
namespace {

const Argument kUser{"USER", "user", Place::path, "The e-mail address, or the id", Kind::text, true};
const Lookup kUserId{"user", "/users", "email"};
const Argument kWebhook{"WEBHOOK", "webhook", Place::path, "Its id, or the address", Kind::text, true};
const Lookup kWebhookId{"webhook", "/webhooks", "url"};
const Argument kCount{"--limit", "limit", Place::count, "So many at most", Kind::integer, false, "50"};

}  // namespace

void add_people_commands(std::vector<ApiCommand>& all) {
  all.push_back({.group = "users",
                 .name = "list",
                 .help = "The workspace's users",
                 .method = "GET",
                 .path = "/users",
                 .arguments = {},
                 .view = View::table,
                 .columns = {{"EMAIL", "email"},
                             {"NAME", "name"},
                             {"ROLE", "role"},
                             {"DISABLED", "disabled"},
                             {"LAST LOGIN", "lastLoginAt"},
                             {"ID", "id"}}});
  all.push_back(
      {.group = "users",
       .name = "invite",
       .help = "Invite somebody; the link is shown once, to be passed on",
       .method = "POST",
       .path = "/users",
       .arguments = {{"EMAIL", "email", Place::body, "Their address", Kind::text, true},
                     {"--role", "role", Place::body, "viewer, editor or owner", Kind::text, false, "viewer"},
                     {"--name", "name", Place::body, "Their name"}}});
  all.push_back(
      {.group = "users",
       .name = "role",
       .help = "Change what somebody may do",
       .method = "PATCH",
       .path = "/users/{user}",
       .arguments = {kUser, {"ROLE", "role", Place::body, "viewer, editor or owner", Kind::text, true}},
       .lookup = kUserId});
  all.push_back({.group = "users",
                 .name = "disable",
                 .help = "Let somebody in no more",
                 .method = "PATCH",
                 .path = "/users/{user}",
                 .arguments = {kUser},
                 .fixed = {{"disabled", "true"}},
                 .lookup = kUserId});
  all.push_back({.group = "users",
                 .name = "enable",
                 .help = "Let somebody in again",
                 .method = "PATCH",
                 .path = "/users/{user}",
                 .arguments = {kUser},
                 .fixed = {{"disabled", "false"}},
                 .lookup = kUserId});
  all.push_back({.group = "users",
                 .name = "delete",
                 .help = "Remove a user; their sessions end",
                 .method = "DELETE",
                 .path = "/users/{user}",
                 .arguments = {kUser},
                 .view = View::done,
                 .said = "The user is removed.",
                 .lookup = kUserId});
  all.push_back({.group = "keys",
                 .name = "list",
                 .help = "API keys by what can be known of them",
                 .method = "GET",
                 .path = "/api-keys",
                 .arguments = {},
                 .view = View::table,
                 .columns = {{"NAME", "name"},
                             {"BEGINS", "prefix"},
                             {"MAY", "scopes"},
                             {"LAST USED", "lastUsedAt"},
                             {"EXPIRES", "expiresAt"},
                             {"REVOKED", "revokedAt"},
                             {"ID", "id"}}});
  all.push_back(
      {.group = "keys",
       .name = "create",
       .help = "Make an API key; it is shown once",
       .method = "POST",
       .path = "/api-keys",
       .arguments = {
           {"NAME", "name", Place::body, "What it is for", Kind::text, true},
           {"--scope", "scopes", Place::body,
            "What it may: a resource or *, and read, write or admin, as calls:read", Kind::list, true},
           {"--expires", "expiresAt", Place::body, "When it ends, as 2027-01-31T00:00:00Z"}}});
  all.push_back({.group = "keys",
                 .name = "revoke",
                 .help = "Revoke an API key for good",
                 .method = "DELETE",
                 .path = "/api-keys/{key}",
                 .arguments = {{"KEY", "key", Place::path, "Its id, or its name", Kind::text, true}},
                 .view = View::done,
                 .said = "The key is revoked.",
                 .lookup = {"key", "/api-keys", "name"}});
}

void add_outside_commands(std::vector<ApiCommand>& all) {
  const Argument provider{"PROVIDER", "provider", Place::path, "deepgram, openai, gemini …",
                          Kind::text, true};
  all.push_back({.group = "providers",
                 .name = "list",
                 .help = "Which vendors have a key here",
                 .method = "GET",
                 .path = "/provider-keys",
                 .arguments = {},
                 .view = View::table,
                 .columns = {{"PROVIDER", "provider"},
                             {"KEY", "hint"},
                             {"FROM", "source"},
                             {"ADDRESS", "url"},
                             {"CHANGED", "updatedAt"}}});
  all.push_back({.group = "providers",
                 .name = "set",
                 .help = "Set a vendor's key, which is asked for or read from the standard input",
                 .method = "PUT",
                 .path = "/provider-keys/{provider}",
                 .arguments = {provider,
                               {"", "key", Place::secret, "Key", Kind::text, true},
                               {"--url", "url", Place::body, "Instead of the vendor's own address"}}});
  all.push_back({.group = "providers",
                 .name = "remove",
                 .help = "Forget a vendor's key",
                 .method = "DELETE",
                 .path = "/provider-keys/{provider}",
                 .arguments = {provider},
                 .view = View::done,
                 .said = "The key is forgotten."});
  all.push_back({.group = "webhooks",
                 .name = "list",
                 .help = "Where events are posted to",
                 .method = "GET",
                 .path = "/webhooks",
                 .arguments = {},
                 .view = View::table,
                 .columns = {{"ADDRESS", "url"},
                             {"EVENTS", "events"},
                             {"ENABLED", "enabled"},
                             {"DESCRIPTION", "description"},
                             {"ID", "id"}}});
  all.push_back(
      {.group = "webhooks",
       .name = "create",
       .help = "Have events posted to an address; the secret that signs them is shown once",
       .method = "POST",
       .path = "/webhooks",
       .arguments = {{"URL", "url", Place::body, "The address", Kind::text, true},
                     {"--event", "events", Place::body, "Which, as call.ended; * is all", Kind::list, true},
                     {"--description", "description", Place::body, "What it is for"}}});
  all.push_back({.group = "webhooks",
                 .name = "delete",
                 .help = "Post no more events there",
                 .method = "DELETE",
                 .path = "/webhooks/{webhook}",
                 .arguments = {kWebhook},
                 .view = View::done,
                 .said = "The webhook is deleted.",
                 .lookup = kWebhookId});
  all.push_back(
      {.group = "webhooks",
       .name = "deliveries",
       .help = "What was posted, newest first",
       .method = "GET",
       .path = "/webhooks/{webhook}/deliveries",
       .arguments = {kWebhook, {"--status", "status", Place::query, "pending, delivered or dead"}, kCount},
       .view = View::table,
       .columns = {{"ID", "id"},
                   {"EVENT", "eventType"},
                   {"STATUS", "status"},
                   {"ATTEMPTS", "attempts"},
                   {"ANSWER", "lastStatus"},
                   {"ERROR", "lastError"},
                   {"MADE", "createdAt"}},
       .lookup = kWebhookId});
  all.push_back({.group = "webhooks",
                 .name = "redeliver",
                 .help = "Post one again now",
                 .method = "POST",
                 .path = "/deliveries/{delivery}/redeliver",
                 .arguments = {{"DELIVERY", "delivery", Place::path, "Its id", Kind::text, true}},
                 .view = View::done,
                 .said = "It is posted again."});
}

}  // namespace parley::cli

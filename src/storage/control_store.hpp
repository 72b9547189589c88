// What people set up: workspaces, users, keys, agents, numbers, webhooks, settings; and sessions of chats.
// One implementation over sql::Database for both databases.
//
// Every function names the workspace; a record of another workspace is not_found like one that does not
// exist. Ids are ULIDs made by the caller of create_*; times are milliseconds since 1970 in UTC; `etag` rises
// by one with every change. Fields named sealed_* hold what security::Vault made of a secret.
//
// update_* with expected_etag > 0 fails with Errc::conflict when the record has another one by now, so that
// of two who write at once one is told; 0 writes whatever is there. A name that is taken: already_exists, the
// message names it.
//
// Thread: any; everything blocks (pools and commands only).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage {

// The workspace that is always there.
inline constexpr std::string_view kDefaultWorkspace = "default";

struct WorkspaceRecord {
  std::string id;
  std::string name;
  std::string settings = "{}";  // JSON object
  std::int64_t etag = 1;
  WallMillis created_at = 0;
};

enum class UserRole { viewer, editor, owner };
std::string_view to_string(UserRole role);
std::optional<UserRole> parse_user_role(std::string_view text);

// A user as a member of one workspace.
struct UserRecord {
  std::string id;
  std::string workspace_id;
  std::string email;  // lower case; unique among all users
  std::string name;
  UserRole role = UserRole::viewer;
  std::string password_hash;  // argon2id; empty: has not set one yet
  bool disabled = false;
  std::int64_t etag = 1;
  WallMillis created_at = 0;
  WallMillis last_login_at = 0;
};

struct LoginRecord {
  std::string token_hash;  // SHA-256 in hex: the token itself is only in the cookie
  std::string user_id;
  std::string workspace_id;
  std::string csrf_token;
  WallMillis created_at = 0;
  WallMillis expires_at = 0;
};

// A link that makes an owner or invites a user, good once.
struct InviteRecord {
  std::string token_hash;
  std::string workspace_id;
  std::string user_id;  // of an invited user; empty: whoever opens it becomes the first owner
  WallMillis created_at = 0;
  WallMillis expires_at = 0;
};

struct ApiKeyRecord {
  std::string id;
  std::string workspace_id;
  std::string name;
  std::string prefix;               // its first characters, to recognise it by
  std::string key_hash;             // SHA-256 in hex
  std::vector<std::string> scopes;  // "calls:read", "*:write" …
  std::string created_by;           // a user's id, or "cli"
  WallMillis created_at = 0;
  WallMillis expires_at = 0;    // 0: never
  WallMillis last_used_at = 0;  // to the minute
  WallMillis revoked_at = 0;
};

struct AgentRow {
  std::string id;
  std::string workspace_id;
  std::string name;           // unique in the workspace; what its text says
  std::string draft;          // YAML or JSON as it was given; empty: nothing unpublished
  int published_version = 0;  // 0: never
  WallMillis published_at = 0;
  std::int64_t etag = 1;
  WallMillis created_at = 0;
  WallMillis updated_at = 0;
};
struct AgentVersionRow {
  std::string agent_id;
  int number = 0;               // from 1, without gaps
  std::string text;             // as it was published
  std::string content_version;  // agent::content_version
  std::string note;
  std::string published_by;
  WallMillis published_at = 0;
};

struct TelephonyConfigRecord {
  std::string id;
  std::string workspace_id;
  std::string name;
  std::string carrier;             // "exotel"
  std::string options = "{}";      // JSON: sid, appId, domain, region, subdomain …
  std::string sealed_credentials;  // JSON: apiKey, apiToken
  std::int64_t etag = 1;
  WallMillis created_at = 0;
  WallMillis updated_at = 0;
};

struct PhoneNumberRecord {
  std::string id;
  std::string workspace_id;
  std::string number;  // E.164 as far as it could be understood; unique in the workspace
  std::string display_name;
  std::string carrier;
  std::string telephony_config_id;  // may be empty
  std::string agent_id;             // empty: the most recently published agent
  std::string owner;                // the `userId` of set-ups that have one
  std::string answer_with;          // "stream", "record"; empty: as the address says
  std::string after_recording;      // the offline way: "summary" or "call_back"; empty: summary
  std::string secret_hash;          // SHA-256 in hex of what its addresses must hold; empty: nothing
  bool active = true;
  std::int64_t etag = 1;
  WallMillis created_at = 0;
  WallMillis updated_at = 0;
};

struct WebhookRecord {
  std::string id;
  std::string workspace_id;
  std::string url;
  std::string description;
  std::string sealed_secret;
  std::vector<std::string> events;  // "*" is all
  bool enabled = true;
  std::int64_t etag = 1;
  WallMillis created_at = 0;
  WallMillis updated_at = 0;
};

enum class DeliveryStatus { pending, delivered, dead };
std::string_view to_string(DeliveryStatus status);
std::optional<DeliveryStatus> parse_delivery_status(std::string_view text);
struct DeliveryRecord {
  std::string id;
  std::string workspace_id;
  std::string webhook_id;
  std::string event_id;  // with the webhook unique: an event is delivered once
  std::string event_type;
  std::string body;  // JSON as it is sent
  DeliveryStatus status = DeliveryStatus::pending;
  int attempts = 0;
  WallMillis next_attempt_at = 0;
  int last_status = 0;  // HTTP; 0: no answer
  std::string last_error;
  WallMillis created_at = 0;
  WallMillis finished_at = 0;
};

struct ProviderKeyRecord {
  std::string id;
  std::string workspace_id;
  std::string provider;  // one for each provider and workspace
  std::string sealed_key;
  std::string hint;  // its last characters
  std::string url;   // empty: the provider's own
  std::int64_t etag = 1;
  WallMillis created_at = 0;
  WallMillis updated_at = 0;
};

struct AuditRecord {
  std::string id;
  std::string workspace_id;
  WallMillis at = 0;
  std::string actor;   // "user:…", "key:…", "local", "cli"
  std::string action;  // the operation's id
  std::string target;  // what was changed; never a secret
  std::string address;
  std::string detail;  // JSON; never a secret
};

// An answer kept for a request that is sent again with the same Idempotency-Key.
struct IdempotencyRecord {
  std::string workspace_id;
  std::string key;
  std::string operation;
  std::string fingerprint;  // of the request
  int status = 0;           // 0: the first is still at work
  std::string response;     // JSON: headers and body
  WallMillis created_at = 0;
};

struct SessionRecord {
  std::string id;  // unique in the workspace; a given one is used as it is
  std::string workspace_id;
  std::string channel;  // "phone", "web", "chat"
  std::string agent;
  std::string agent_version;
  std::string agent_text;       // the configuration it began with, frozen
  std::string carrier_call_id;  // of a phone session
  std::string caller;           // number or name, as far as it is known
  bool ended = false;
  int messages = 0;
  WallMillis created_at = 0;
  WallMillis updated_at = 0;
};
struct ChatMessageRecord {
  std::string workspace_id;
  std::string session_id;
  int number = 0;    // from 1, without gaps
  std::string role;  // "user", "agent", "tool"
  std::string text;
  std::string detail;  // JSON of a tool's use or a stage; may be empty
  WallMillis at = 0;
};

// A page of a listing, newest first. `after` is the cursor: the id of the last record seen; ids sort by time.
struct Page {
  std::string after{};
  int limit = 50;  // one more row is not fetched: ask for limit + 1 to know whether there is more
};

class ControlStore {
 public:
  virtual ~ControlStore() = default;

  // Workspaces.
  virtual Result<std::vector<WorkspaceRecord>> list_workspaces() = 0;
  virtual Result<WorkspaceRecord> find_workspace(const std::string& id) = 0;
  virtual Result<void> create_workspace(const WorkspaceRecord& record) = 0;
  // Errc::not_found also while there are users in it.
  virtual Result<void> delete_empty_workspace(const std::string& id) = 0;
  virtual Result<std::int64_t> update_workspace(const WorkspaceRecord& record,
                                                std::int64_t expected_etag) = 0;  // the new etag, everywhere

  // Users, their logins and invitations.
  // Owners of any workspace who can log in: without one, nobody can let anybody in.
  virtual Result<std::int64_t> count_owners() = 0;
  virtual Result<std::vector<UserRecord>> list_users(const std::string& workspace) = 0;
  virtual Result<UserRecord> find_user(const std::string& workspace, const std::string& id) = 0;
  virtual Result<UserRecord> find_user_by_email(const std::string& email) = 0;  // any workspace: for logins
  virtual Result<void> create_user(const UserRecord& record) = 0;
  // Errc::conflict also when the workspace would be left without an owner who can log in.
  virtual Result<std::int64_t> update_user(const UserRecord& record, std::int64_t expected_etag) = 0;
  virtual Result<void> delete_user(const std::string& workspace, const std::string& id) = 0;
  virtual Result<void> create_login(const LoginRecord& record) = 0;
  // not_found when it is over; `now` decides.
  virtual Result<LoginRecord> find_login(const std::string& token_hash, WallMillis now) = 0;
  // Later, never earlier; one that is gone or over by now stays so.
  virtual Result<void> extend_login(const std::string& token_hash, WallMillis expires_at, WallMillis now) = 0;
  virtual Result<void> delete_login(const std::string& token_hash) = 0;
  virtual Result<void> delete_logins_of(const std::string& user_id) = 0;
  virtual Result<void> create_invite(const InviteRecord& record) = 0;
  virtual Result<InviteRecord> find_invite(const std::string& token_hash, WallMillis now) = 0;
  // Uses it up: of two who try, one succeeds, the other gets not_found. Nothing else may have happened yet.
  virtual Result<InviteRecord> take_invite(const std::string& token_hash, WallMillis now) = 0;

  // API keys.
  virtual Result<std::vector<ApiKeyRecord>> list_api_keys(const std::string& workspace) = 0;
  virtual Result<ApiKeyRecord> find_api_key(const std::string& workspace, const std::string& id) = 0;
  virtual Result<ApiKeyRecord> find_api_key_by_hash(const std::string& key_hash) = 0;  // revoked ones too
  virtual Result<void> create_api_key(const ApiKeyRecord& record) = 0;
  virtual Result<void> revoke_api_key(const std::string& workspace, const std::string& id,
                                      WallMillis now) = 0;
  virtual Result<void> touch_api_key(const std::string& id, WallMillis now) = 0;

  // Agents. `id_or_name` finds by either.
  virtual Result<std::vector<AgentRow>> list_agents(const std::string& workspace) = 0;  // by name
  virtual Result<AgentRow> find_agent(const std::string& workspace, const std::string& id_or_name) = 0;
  virtual Result<void> create_agent(const AgentRow& record) = 0;
  virtual Result<std::int64_t> update_agent_draft(const AgentRow& record, std::int64_t expected_etag) = 0;
  // Adds the next version (its number is given back), makes it the published one and empties the draft.
  virtual Result<AgentRow> publish_agent(const std::string& workspace, const std::string& id,
                                         std::int64_t expected_etag, AgentVersionRow version) = 0;
  virtual Result<void> delete_agent(const std::string& workspace, const std::string& id,
                                    std::int64_t expected_etag) = 0;  // its numbers become unlinked
  virtual Result<std::vector<AgentVersionRow>> list_agent_versions(const std::string& workspace,
                                                                   const std::string& agent_id) = 0;
  virtual Result<AgentVersionRow> find_agent_version(const std::string& workspace,
                                                     const std::string& agent_id, int number) = 0;
  // Of every workspace, with their text: what calls are answered with.
  struct PublishedAgent {
    AgentRow agent;
    AgentVersionRow version;
  };
  virtual Result<std::vector<PublishedAgent>> published_agents() = 0;

  // Telephony.
  virtual Result<std::vector<TelephonyConfigRecord>> list_telephony_configs(const std::string& workspace) = 0;
  virtual Result<TelephonyConfigRecord> find_telephony_config(const std::string& workspace,
                                                              const std::string& id) = 0;
  virtual Result<void> create_telephony_config(const TelephonyConfigRecord& record) = 0;
  virtual Result<std::int64_t> update_telephony_config(const TelephonyConfigRecord& record,
                                                       std::int64_t expected_etag) = 0;
  // Errc::conflict while a number uses it.
  virtual Result<void> delete_telephony_config(const std::string& workspace, const std::string& id) = 0;
  virtual Result<std::vector<PhoneNumberRecord>> list_phone_numbers(const std::string& workspace) = 0;
  virtual Result<std::vector<PhoneNumberRecord>> all_phone_numbers() = 0;  // of every workspace
  virtual Result<PhoneNumberRecord> find_phone_number(const std::string& workspace,
                                                      const std::string& id) = 0;
  virtual Result<void> create_phone_number(const PhoneNumberRecord& record) = 0;
  virtual Result<std::int64_t> update_phone_number(const PhoneNumberRecord& record,
                                                   std::int64_t expected_etag) = 0;
  virtual Result<void> delete_phone_number(const std::string& workspace, const std::string& id) = 0;

  // Outgoing webhooks.
  virtual Result<std::vector<WebhookRecord>> list_webhooks(const std::string& workspace) = 0;
  virtual Result<WebhookRecord> find_webhook(const std::string& workspace, const std::string& id) = 0;
  virtual Result<void> create_webhook(const WebhookRecord& record) = 0;
  virtual Result<std::int64_t> update_webhook(const WebhookRecord& record, std::int64_t expected_etag) = 0;
  virtual Result<void> delete_webhook(const std::string& workspace, const std::string& id) = 0;
  // A row for each enabled webhook that wants this event; those that are there already stay as they are.
  virtual Result<int> queue_deliveries(const std::string& workspace, const std::string& event_id,
                                       const std::string& event_type, const std::string& body,
                                       WallMillis now) = 0;
  // An event for this one only, whatever it wants: a test of it.
  virtual Result<void> queue_delivery(const std::string& workspace, const std::string& webhook_id,
                                      const std::string& event_id, const std::string& event_type,
                                      const std::string& body, WallMillis now) = 0;
  // Takes deliveries that are due, so that no other node does before `until` (their next_attempt_at).
  virtual Result<std::vector<DeliveryRecord>> take_due_deliveries(WallMillis now, WallMillis until,
                                                                  int limit) = 0;
  virtual Result<void> update_delivery(const DeliveryRecord& record) = 0;
  virtual Result<std::vector<DeliveryRecord>> list_deliveries(const std::string& workspace,
                                                              const std::string& webhook_id,
                                                              std::optional<DeliveryStatus> status,
                                                              const Page& page) = 0;
  virtual Result<DeliveryRecord> find_delivery(const std::string& workspace, const std::string& id) = 0;

  // Vendors' keys.
  virtual Result<std::vector<ProviderKeyRecord>> list_provider_keys(const std::string& workspace) = 0;
  virtual Result<std::vector<ProviderKeyRecord>> all_provider_keys() = 0;  // of every workspace
  virtual Result<void> put_provider_key(const ProviderKeyRecord& record) = 0;
  virtual Result<void> delete_provider_key(const std::string& workspace, const std::string& provider) = 0;

  // Everything sealed, of every workspace, to be sealed anew: `reseal` gets each with its place ("webhook
  // ID", "telephony ID", "provider WORKSPACE NAME") and gives its replacement. In one transaction. The number
  // of secrets.
  virtual Result<int> reseal_all(
      const std::function<Result<std::string>(const std::string& sealed, const std::string& place)>&
          reseal) = 0;

  // One value for the whole installation: "prices", "owner_link_printed" …
  virtual Result<std::optional<std::string>> find_instance_value(const std::string& name) = 0;
  virtual Result<void> put_instance_value(const std::string& name, const std::string& value) = 0;

  // Audit.
  virtual Result<void> append_audit(const AuditRecord& record) = 0;
  virtual Result<std::vector<AuditRecord>> list_audit(const std::string& workspace, const Page& page) = 0;

  // Idempotency. nullopt: the key was free and is now taken by `record`; else what is there.
  virtual Result<std::optional<IdempotencyRecord>> begin_idempotent(const IdempotencyRecord& record,
                                                                    WallMillis abandoned_before) = 0;
  virtual Result<void> finish_idempotent(const IdempotencyRecord& record) = 0;
  virtual Result<void> forget_idempotent(const std::string& workspace, const std::string& key) = 0;

  // Sessions. Phone sessions are made by the call log; chats by create_session.
  virtual Result<SessionRecord> create_session(const SessionRecord& record) = 0;  // or the one that is there
  virtual Result<SessionRecord> find_session(const std::string& workspace, const std::string& id) = 0;
  virtual Result<std::vector<SessionRecord>> list_sessions(const std::string& workspace,
                                                           const std::string& channel, const Page& page) = 0;
  virtual Result<void> end_session(const std::string& workspace, const std::string& id, WallMillis now) = 0;
  // With its calls' rows and its messages. Recordings' files are the caller's business.
  virtual Result<void> delete_session(const std::string& workspace, const std::string& id) = 0;
  // Numbers them on from what is there; all or none.
  virtual Result<void> append_messages(const std::string& workspace, const std::string& session_id,
                                       std::vector<ChatMessageRecord> messages) = 0;
  virtual Result<std::vector<ChatMessageRecord>> list_messages(const std::string& workspace,
                                                               const std::string& session_id) = 0;
  // Chats that ended, or rested since `before`, with `most` messages or fewer: not worth keeping. How many.
  virtual Result<int> delete_short_chats(const std::string& workspace, int most, WallMillis before) = 0;

  // Old rows that nobody needs any more: logins, invites, idempotency, delivered deliveries, audit.
  virtual Result<void> sweep(WallMillis now) = 0;
};

// `database` is migrated and outlives it.
std::unique_ptr<ControlStore> make_control_store(sql::Database& database);

}  // namespace parley::storage

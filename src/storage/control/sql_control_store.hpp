// The ControlStore over sql::Database. The functions are defined by what they are about: each group below
// names its file.
#pragma once

#include "storage/control_store.hpp"

namespace parley::storage {

class SqlControlStore final : public ControlStore {
 public:
  // `database` is migrated and outlives it.
  explicit SqlControlStore(sql::Database& database) : database_(database) {}

  // control/workspaces.cpp
  Result<std::vector<WorkspaceRecord>> list_workspaces() override;
  Result<WorkspaceRecord> find_workspace(const std::string& id) override;
  Result<void> create_workspace(const WorkspaceRecord& record) override;
  Result<void> delete_empty_workspace(const std::string& id) override;
  Result<std::int64_t> update_workspace(const WorkspaceRecord& record, std::int64_t expected_etag) override;

  // control/users.cpp
  Result<std::int64_t> count_owners() override;
  Result<std::vector<UserRecord>> list_users(const std::string& workspace) override;
  Result<UserRecord> find_user(const std::string& workspace, const std::string& id) override;
  Result<UserRecord> find_user_by_email(const std::string& email) override;
  Result<void> create_user(const UserRecord& record) override;
  Result<std::int64_t> update_user(const UserRecord& record, std::int64_t expected_etag) override;
  Result<void> delete_user(const std::string& workspace, const std::string& id) override;

  // control/logins.cpp
  Result<void> create_login(const LoginRecord& record) override;
  Result<LoginRecord> find_login(const std::string& token_hash, WallMillis now) override;
  Result<void> extend_login(const std::string& token_hash, WallMillis expires_at, WallMillis now) override;
  Result<void> delete_login(const std::string& token_hash) override;
  Result<void> delete_logins_of(const std::string& user_id) override;
  Result<void> create_invite(const InviteRecord& record) override;
  Result<InviteRecord> find_invite(const std::string& token_hash, WallMillis now) override;
  Result<InviteRecord> take_invite(const std::string& token_hash, WallMillis now) override;

  // control/api_keys.cpp
  Result<std::vector<ApiKeyRecord>> list_api_keys(const std::string& workspace) override;
  Result<ApiKeyRecord> find_api_key(const std::string& workspace, const std::string& id) override;
  Result<ApiKeyRecord> find_api_key_by_hash(const std::string& key_hash) override;
  Result<void> create_api_key(const ApiKeyRecord& record) override;
  Result<void> revoke_api_key(const std::string& workspace, const std::string& id, WallMillis now) override;
  Result<void> touch_api_key(const std::string& id, WallMillis now) override;

  // control/agents.cpp
  Result<std::vector<AgentRow>> list_agents(const std::string& workspace) override;
  Result<AgentRow> find_agent(const std::string& workspace, const std::string& id_or_name) override;
  Result<void> create_agent(const AgentRow& record) override;
  Result<std::int64_t> update_agent_draft(const AgentRow& record, std::int64_t expected_etag) override;
  Result<AgentRow> publish_agent(const std::string& workspace, const std::string& id,
                                 std::int64_t expected_etag, AgentVersionRow version) override;
  Result<void> delete_agent(const std::string& workspace, const std::string& id,
                            std::int64_t expected_etag) override;

  // control/agent_versions.cpp
  Result<std::vector<AgentVersionRow>> list_agent_versions(const std::string& workspace,
                                                           const std::string& agent_id) override;
  Result<AgentVersionRow> find_agent_version(const std::string& workspace, const std::string& agent_id,
                                             int number) override;
  Result<std::vector<PublishedAgent>> published_agents() override;

  // control/telephony_configs.cpp
  Result<std::vector<TelephonyConfigRecord>> list_telephony_configs(const std::string& workspace) override;
  Result<TelephonyConfigRecord> find_telephony_config(const std::string& workspace,
                                                      const std::string& id) override;
  Result<void> create_telephony_config(const TelephonyConfigRecord& record) override;
  Result<std::int64_t> update_telephony_config(const TelephonyConfigRecord& record,
                                               std::int64_t expected_etag) override;
  Result<void> delete_telephony_config(const std::string& workspace, const std::string& id) override;

  // control/phone_numbers.cpp
  Result<std::vector<PhoneNumberRecord>> list_phone_numbers(const std::string& workspace) override;
  Result<std::vector<PhoneNumberRecord>> all_phone_numbers() override;
  Result<PhoneNumberRecord> find_phone_number(const std::string& workspace, const std::string& id) override;
  Result<void> create_phone_number(const PhoneNumberRecord& record) override;
  Result<std::int64_t> update_phone_number(const PhoneNumberRecord& record,
                                           std::int64_t expected_etag) override;
  Result<void> delete_phone_number(const std::string& workspace, const std::string& id) override;

  // control/webhooks.cpp
  Result<std::vector<WebhookRecord>> list_webhooks(const std::string& workspace) override;
  Result<WebhookRecord> find_webhook(const std::string& workspace, const std::string& id) override;
  Result<void> create_webhook(const WebhookRecord& record) override;
  Result<std::int64_t> update_webhook(const WebhookRecord& record, std::int64_t expected_etag) override;
  Result<void> delete_webhook(const std::string& workspace, const std::string& id) override;

  // control/deliveries.cpp
  Result<int> queue_deliveries(const std::string& workspace, const std::string& event_id,
                               const std::string& event_type, const std::string& body,
                               WallMillis now) override;
  Result<std::vector<DeliveryRecord>> take_due_deliveries(WallMillis now, WallMillis until,
                                                          int limit) override;
  Result<void> queue_delivery(const std::string& workspace, const std::string& webhook_id,
                              const std::string& event_id, const std::string& event_type,
                              const std::string& body, WallMillis now) override;
  Result<void> update_delivery(const DeliveryRecord& record) override;
  Result<std::vector<DeliveryRecord>> list_deliveries(const std::string& workspace,
                                                      const std::string& webhook_id,
                                                      std::optional<DeliveryStatus> status,
                                                      const Page& page) override;
  Result<DeliveryRecord> find_delivery(const std::string& workspace, const std::string& id) override;

  // control/provider_keys.cpp, reseal.cpp
  Result<std::vector<ProviderKeyRecord>> list_provider_keys(const std::string& workspace) override;
  Result<std::vector<ProviderKeyRecord>> all_provider_keys() override;
  Result<void> put_provider_key(const ProviderKeyRecord& record) override;
  Result<void> delete_provider_key(const std::string& workspace, const std::string& provider) override;
  Result<int> reseal_all(const std::function<Result<std::string>(const std::string& sealed,
                                                                 const std::string& place)>& reseal) override;

  // control/installation.cpp: one value for all, and the audit log
  Result<std::optional<std::string>> find_instance_value(const std::string& name) override;
  Result<void> put_instance_value(const std::string& name, const std::string& value) override;
  Result<void> append_audit(const AuditRecord& record) override;
  Result<std::vector<AuditRecord>> list_audit(const std::string& workspace, const Page& page) override;

  // control/idempotency.cpp
  Result<std::optional<IdempotencyRecord>> begin_idempotent(const IdempotencyRecord& record,
                                                            WallMillis abandoned_before) override;
  Result<void> finish_idempotent(const IdempotencyRecord& record) override;
  Result<void> forget_idempotent(const std::string& workspace, const std::string& key) override;

  // control/sessions.cpp
  Result<SessionRecord> create_session(const SessionRecord& record) override;
  Result<SessionRecord> find_session(const std::string& workspace, const std::string& id) override;
  Result<std::vector<SessionRecord>> list_sessions(const std::string& workspace, const std::string& channel,
                                                   const Page& page) override;
  Result<void> end_session(const std::string& workspace, const std::string& id, WallMillis now) override;
  Result<void> delete_session(const std::string& workspace, const std::string& id) override;

  // control/messages.cpp
  Result<void> append_messages(const std::string& workspace, const std::string& session_id,
                               std::vector<ChatMessageRecord> messages) override;
  Result<std::vector<ChatMessageRecord>> list_messages(const std::string& workspace,
                                                       const std::string& session_id) override;
  Result<int> delete_short_chats(const std::string& workspace, int most, WallMillis before) override;

  // control/sweep.cpp
  Result<void> sweep(WallMillis now) override;

 private:
  sql::Database& database_;
};

}  // namespace parley::storage

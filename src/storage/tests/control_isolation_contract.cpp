// What must hold for every kind of record: other workspaces see nothing, and every text comes back as it was.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "storage/tests/control_store_contract.hpp"

namespace parley::storage {
namespace {

using testing::IsEmpty;

TEST_P(ControlStoreContract, another_workspace_sees_and_changes_nothing) {
  UserRecord user = make_user("U1");
  make_user("U2");
  AgentRow agent = make_agent("A1", "clinic");
  ASSERT_EQ(problem(store_->publish_agent(kHere, "A1", 0, {})), "");
  TelephonyConfigRecord telephony = make_telephony("T1");
  PhoneNumberRecord number = phone_number("P1", "+918030752400");
  ASSERT_EQ(problem(store_->create_phone_number(number)), "");
  WebhookRecord webhook = make_webhook("W1", {"*"});
  ASSERT_EQ(store_->queue_deliveries(kHere, "E1", "x", "{}", kTestNow), 1);
  DeliveryRecord delivery = store_->list_deliveries(kHere, "", std::nullopt, {})->front();
  make_session("S1");
  ASSERT_EQ(problem(store_->append_messages(kHere, "S1", {ChatMessageRecord()})), "");
  ApiKeyRecord key;
  key.id = "K1";
  key.workspace_id = kHere;
  key.key_hash = "hash";
  ASSERT_EQ(problem(store_->create_api_key(key)), "");
  ProviderKeyRecord provider_key;
  provider_key.id = "V1";
  provider_key.workspace_id = kHere;
  provider_key.provider = "openai";
  ASSERT_EQ(problem(store_->put_provider_key(provider_key)), "");
  AuditRecord entry;
  entry.id = "L1";
  entry.workspace_id = kHere;
  ASSERT_EQ(problem(store_->append_audit(entry)), "");

  EXPECT_THAT(*store_->list_users(kOther), IsEmpty());
  EXPECT_THAT(*store_->list_api_keys(kOther), IsEmpty());
  EXPECT_THAT(*store_->list_agents(kOther), IsEmpty());
  EXPECT_THAT(*store_->list_telephony_configs(kOther), IsEmpty());
  EXPECT_THAT(*store_->list_phone_numbers(kOther), IsEmpty());
  EXPECT_THAT(*store_->list_webhooks(kOther), IsEmpty());
  EXPECT_THAT(*store_->list_deliveries(kOther, "", std::nullopt, {}), IsEmpty());
  EXPECT_THAT(*store_->list_deliveries(kOther, "W1", std::nullopt, {}), IsEmpty());
  EXPECT_THAT(*store_->list_provider_keys(kOther), IsEmpty());
  EXPECT_THAT(*store_->list_audit(kOther, {}), IsEmpty());
  EXPECT_THAT(*store_->list_sessions(kOther, "", {}), IsEmpty());

  user.workspace_id = agent.workspace_id = telephony.workspace_id = number.workspace_id =
      webhook.workspace_id = delivery.workspace_id = kOther;
  const std::pair<std::string, std::optional<Errc>> refused[] = {
      {"find_user", code_of(store_->find_user(kOther, "U1"))},
      {"update_user", code_of(store_->update_user(user, 0))},
      {"delete_user", code_of(store_->delete_user(kOther, "U1"))},
      {"find_api_key", code_of(store_->find_api_key(kOther, "K1"))},
      {"revoke_api_key", code_of(store_->revoke_api_key(kOther, "K1", 1))},
      {"find_agent", code_of(store_->find_agent(kOther, "A1"))},
      {"find_agent by name", code_of(store_->find_agent(kOther, "clinic"))},
      {"update_agent_draft", code_of(store_->update_agent_draft(agent, 0))},
      {"publish_agent", code_of(store_->publish_agent(kOther, "A1", 0, {}))},
      {"delete_agent", code_of(store_->delete_agent(kOther, "A1", 0))},
      {"list_agent_versions", code_of(store_->list_agent_versions(kOther, "A1"))},
      {"find_agent_version", code_of(store_->find_agent_version(kOther, "A1", 1))},
      {"find_telephony_config", code_of(store_->find_telephony_config(kOther, "T1"))},
      {"update_telephony_config", code_of(store_->update_telephony_config(telephony, 0))},
      {"delete_telephony_config", code_of(store_->delete_telephony_config(kOther, "T1"))},
      {"find_phone_number", code_of(store_->find_phone_number(kOther, "P1"))},
      {"update_phone_number", code_of(store_->update_phone_number(number, 0))},
      {"delete_phone_number", code_of(store_->delete_phone_number(kOther, "P1"))},
      {"find_webhook", code_of(store_->find_webhook(kOther, "W1"))},
      {"update_webhook", code_of(store_->update_webhook(webhook, 0))},
      {"delete_webhook", code_of(store_->delete_webhook(kOther, "W1"))},
      {"update_delivery", code_of(store_->update_delivery(delivery))},
      {"find_delivery", code_of(store_->find_delivery(kOther, delivery.id))},
      {"delete_provider_key", code_of(store_->delete_provider_key(kOther, "openai"))},
      {"find_session", code_of(store_->find_session(kOther, "S1"))},
      {"end_session", code_of(store_->end_session(kOther, "S1", 1))},
      {"delete_session", code_of(store_->delete_session(kOther, "S1"))},
      {"append_messages", code_of(store_->append_messages(kOther, "S1", {ChatMessageRecord()}))},
      {"list_messages", code_of(store_->list_messages(kOther, "S1"))},
  };
  for (const auto& [name, code] : refused)
    EXPECT_EQ(code, Errc::not_found) << name;

  for (const std::string table : {"api_keys", "agents", "telephony_configs", "phone_numbers", "webhooks",
                                  "deliveries", "provider_keys", "audit", "chat_messages"}) {
    EXPECT_EQ(count(table + " WHERE workspace_id = 'default'"), 1) << table;
  }
  EXPECT_EQ(store_->find_user(kHere, "U1")->etag, 1);
  EXPECT_EQ(store_->find_agent(kHere, "A1")->etag, 2);
  EXPECT_EQ(store_->find_session(kHere, "S1")->messages, 1);
  EXPECT_EQ(store_->find_api_key(kHere, "K1")->revoked_at, 0);
}

TEST_P(ControlStoreContract, every_text_comes_back_as_it_was) {
  int number = 0;
  std::vector<std::string> texts = hostile_texts();
  texts.push_back(std::string(100'000, '\'') + "end");
  for (const std::string& text : texts) {
    SCOPED_TRACE(text.substr(0, 60));
    const std::string id = fmt::format("id{}", number++);
    AgentRow agent;
    agent.id = id;
    agent.workspace_id = kHere;
    agent.name = id;
    agent.draft = text;
    ASSERT_EQ(problem(store_->create_agent(agent)), "");
    EXPECT_EQ(store_->find_agent(kHere, id)->draft, text);
    AgentVersionRow version;
    version.text = version.note = version.published_by = version.content_version = text;
    ASSERT_EQ(problem(store_->publish_agent(kHere, id, 0, version)), "");
    EXPECT_EQ(store_->find_agent_version(kHere, id, 1)->text, text);
    EXPECT_EQ(store_->find_agent_version(kHere, id, 1)->note, text);

    WebhookRecord webhook = make_webhook(id, {text, "*"});
    webhook.url = webhook.description = webhook.sealed_secret = text;
    ASSERT_EQ(problem(store_->update_webhook(webhook, 1)), "");
    EXPECT_EQ(store_->find_webhook(kHere, id)->url, text);
    EXPECT_EQ(store_->find_webhook(kHere, id)->events, webhook.events);

    make_session(id);
    ChatMessageRecord message;
    message.role = "user";
    message.text = message.detail = text;
    ASSERT_EQ(problem(store_->append_messages(kHere, id, {message})), "");
    EXPECT_EQ(store_->list_messages(kHere, id)->front().text, text);
    EXPECT_EQ(store_->list_messages(kHere, id)->front().detail, text);

    ASSERT_EQ(problem(store_->put_instance_value(id, text)), "");
    EXPECT_EQ(*store_->find_instance_value(id), text);
  }
}

TEST_P(ControlStoreContract, every_name_is_found_as_it_was_and_only_so) {
  int number = 0;
  for (const std::string& text : hostile_texts()) {
    SCOPED_TRACE(text);
    const std::string id = fmt::format("id{}", number++);
    make_agent(id, text);
    EXPECT_EQ(store_->find_agent(kHere, text)->id, id);
    SessionRecord session = make_session(text);
    EXPECT_EQ(store_->find_session(kHere, text)->id, text);
    EXPECT_EQ(code_of(store_->find_session(text, text)), Errc::not_found);
    PhoneNumberRecord phone = phone_number(id, text);
    ASSERT_EQ(problem(store_->create_phone_number(phone)), "");
    EXPECT_EQ(store_->find_phone_number(kHere, id)->number, text);
    EXPECT_EQ(code_of(store_->find_user_by_email(text)), Errc::not_found);
    EXPECT_EQ(code_of(store_->find_api_key_by_hash(text)), Errc::not_found);
    EXPECT_EQ(code_of(store_->take_invite(text, 0)), Errc::not_found);
    EXPECT_EQ(code_of(store_->find_login(text, 0)), Errc::not_found);
    EXPECT_THAT(*store_->list_deliveries(kHere, text.empty() ? "x" : text, std::nullopt, {.after = text}),
                IsEmpty());
    EXPECT_THAT(*store_->list_audit(kHere, {.after = text}), IsEmpty());
  }
  EXPECT_EQ(store_->list_agents(kHere)->size(), hostile_texts().size());
  EXPECT_EQ(store_->list_sessions(kHere, "", {})->size(), hostile_texts().size());
}

}  // namespace
}  // namespace parley::storage

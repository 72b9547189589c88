// What a ControlStore must do over every database (the tests are in control_*_contract.cpp). A database's own
// test instantiates the suite:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, ControlStoreContract, testing::Values(&make_sqlite_control_database));
#pragma once

#include <barrier>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "storage/control_store.hpp"

namespace parley::storage {

// One empty database, migrated; each open() is a node of its own.
class ControlTestDatabase {
 public:
  virtual ~ControlTestDatabase() = default;
  virtual std::unique_ptr<sql::Database> open() = 0;
};
using MakeControlDatabase = std::unique_ptr<ControlTestDatabase> (*)();

template <class T>
std::string problem(const Result<T>& result) {
  return result ? std::string() : describe(result.error());
}
template <class T>
std::optional<Errc> code_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

// Texts that go wrong where a statement is put together from pieces, or where a text is cut or recoded.
inline const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts = {
      "",
      " ",
      "'; DROP TABLE agents; --",
      "\"quoted\" 'twice' `thrice` \\ \\' $$ $1 ?1 ? :name @name",
      "100 % _ like *",
      "NULL",
      "line\nbreak\r\n\ttab",
      "{\"json\": [\"'\", \"\\\"\"]}",
      "👩🏽‍🚀 ಕನ್ನಡ हिन्दी \u202Eright-to-left",
  };
  return texts;
}

inline constexpr WallMillis kTestNow = 1'700'000'000'000;

class ControlStoreContract : public testing::TestWithParam<MakeControlDatabase> {
 protected:
  void SetUp() override {
    WorkspaceRecord other;
    other.id = kOther;
    other.name = "Other";
    ASSERT_EQ(problem(store_->create_workspace(other)), "");
  }

  // Both at the same time, each on a node of its own.
  void at_once(const std::function<void(ControlStore&)>& first,
               const std::function<void(ControlStore&)>& second) {
    std::barrier start(2);
    const std::jthread thread([&] {
      start.arrive_and_wait();
      first(*store_);
    });
    start.arrive_and_wait();
    second(*second_store_);
  }

  std::int64_t count(const std::string& from_where) {
    auto reader = database_->reader();
    if (!reader) return -1;
    const auto rows = (*reader)->query("SELECT count(*) FROM " + from_where);
    return rows ? rows->integer(0, 0) : -1;
  }

  UserRecord make_user(const std::string& id, UserRole role = UserRole::owner,
                       const std::string& workspace = kHere) {
    UserRecord user;
    user.id = id;
    user.workspace_id = workspace;
    user.email = id + "@example.com";
    user.name = "User " + id;
    user.role = role;
    user.password_hash = "$argon2id$…";
    user.created_at = kTestNow;
    EXPECT_EQ(problem(store_->create_user(user)), "");
    return user;
  }
  AgentRow make_agent(const std::string& id, const std::string& name, const std::string& workspace = kHere) {
    AgentRow agent;
    agent.id = id;
    agent.workspace_id = workspace;
    agent.name = name;
    agent.draft = "name: " + name;
    agent.created_at = kTestNow;
    agent.updated_at = kTestNow;
    EXPECT_EQ(problem(store_->create_agent(agent)), "");
    return agent;
  }
  TelephonyConfigRecord make_telephony(const std::string& id, const std::string& workspace = kHere) {
    TelephonyConfigRecord config;
    config.id = id;
    config.workspace_id = workspace;
    config.name = "Exotel";
    config.carrier = "exotel";
    config.options = R"({"sid":"acme"})";
    config.sealed_credentials = "sealed:" + id;
    config.created_at = kTestNow;
    EXPECT_EQ(problem(store_->create_telephony_config(config)), "");
    return config;
  }
  PhoneNumberRecord phone_number(const std::string& id, const std::string& number) {
    PhoneNumberRecord record;
    record.id = id;
    record.workspace_id = kHere;
    record.number = number;
    record.display_name = "Front desk";
    record.carrier = "exotel";
    record.owner = "user-1";
    record.created_at = kTestNow;
    record.updated_at = kTestNow;
    return record;
  }
  WebhookRecord make_webhook(const std::string& id, std::vector<std::string> events,
                             const std::string& workspace = kHere) {
    WebhookRecord webhook;
    webhook.id = id;
    webhook.workspace_id = workspace;
    webhook.url = "https://example.com/" + id;
    webhook.sealed_secret = "sealed:" + id;
    webhook.events = std::move(events);
    webhook.created_at = kTestNow;
    EXPECT_EQ(problem(store_->create_webhook(webhook)), "");
    return webhook;
  }
  SessionRecord make_session(const std::string& id, WallMillis at = kTestNow,
                             const std::string& channel = "chat", const std::string& workspace = kHere) {
    SessionRecord session;
    session.id = id;
    session.workspace_id = workspace;
    session.channel = channel;
    session.agent = "clinic";
    session.agent_version = "3";
    session.agent_text = "name: clinic";
    session.caller = "Asha";
    session.created_at = at;
    session.updated_at = at;
    EXPECT_EQ(problem(store_->create_session(session)), "");
    return session;
  }

  inline static const std::string kHere = "default";
  inline static const std::string kOther = "other";

  std::unique_ptr<ControlTestDatabase> test_database_ = GetParam()();
  std::unique_ptr<sql::Database> database_ = test_database_->open();
  std::unique_ptr<sql::Database> second_database_ = test_database_->open();
  std::unique_ptr<ControlStore> store_ = make_control_store(*database_);
  std::unique_ptr<ControlStore> second_store_ = make_control_store(*second_database_);
};

// The ids of a listing, in its order.
template <class T>
std::vector<std::string> ids_of(const Result<std::vector<T>>& records) {
  if (!records) return {describe(records.error())};
  std::vector<std::string> ids;
  for (const T& record : *records)
    ids.push_back(record.id);
  return ids;
}

}  // namespace parley::storage

// What every CallStore must do, whatever database is below it (the tests are in the .cpp). A store's own test
// instantiates the suite with a TestDatabase of its kind:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, CallStoreContract, testing::Values(&make_sqlite_test_database));
#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/call_log.hpp"
#include "storage/owning_call_store.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {

// One empty database; each open() is a store of its own over it.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  virtual std::unique_ptr<sql::Database> connect(bool read_only) = 0;

  std::unique_ptr<CallStore> open(const std::string& node = {}) {
    auto database = connect(false);
    if (!database) return nullptr;
    CallLogOptions options;
    options.node = node;
    options.spool_dir = directory_.path() / "spool";
    options.retry_delay = std::chrono::milliseconds(20);
    auto store = open_call_log(*database, options, registry_);
    if (!store) {
      ADD_FAILURE() << describe(store.error());
      return nullptr;
    }
    return std::make_unique<OwningCallStore>(std::move(database), std::move(*store));
  }
  std::unique_ptr<CallStore> open_read_only() {
    auto database = connect(true);
    if (!database) return nullptr;
    auto store = open_call_log_for_reading(*database, registry_);
    return std::make_unique<OwningCallStore>(std::move(database), std::move(store));
  }

 protected:
  TemporaryDirectory directory_;
  metrics::Registry registry_;
};
using MakeTestDatabase = std::unique_ptr<TestDatabase> (*)();

inline Result<void> flush_and_wait(CallStore& store) {
  const auto done = std::make_shared<std::promise<Result<void>>>();
  store.flush([done](Result<void> result) { done->set_value(std::move(result)); });
  return done->get_future().get();
}

inline CallRecord sample_call(std::string id, WallMillis started_at = 1'700'000'000'000) {
  CallRecord call;
  call.session_id = "session-" + id;
  call.id = std::move(id);
  call.carrier = "exotel";
  call.carrier_call_id = "c5797dcbaaeed7678c4062a4a3ed2f8a";
  call.stream_id = "stream-1";
  call.account_id = "account-1";
  call.phone_id = "front-desk";
  call.agent = "clinic";
  call.agent_version = "3";
  call.from = "+919876543210";
  call.to = "+918030752400";
  call.sample_rate_hz = 8000;
  call.started_at = started_at;
  return call;
}

inline TurnRecord sample_turn(const std::string& call_id, int number) {
  TurnRecord turn;
  turn.call_id = call_id;
  turn.number = number;
  turn.caller_text = "I need an appointment";
  turn.agent_text = "Sure. Which day suits you?";
  turn.agent_heard = "Sure.";
  turn.interrupted = true;
  turn.input_kind = "speech";
  turn.started_at = 1'700'000'001'000;
  turn.start_ms = 1000;
  turn.end_ms = 4500;
  turn.agent_start_ms = 2990;
  turn.endpoint_ms = 600;
  turn.transcript_ms = 700.5;
  turn.first_token_ms = 850.25;
  turn.first_audio_ms = 990;
  return turn;
}

class CallStoreContract : public testing::TestWithParam<MakeTestDatabase> {
 protected:
  // Everything queued so far is in the database.
  void flush() {
    const Result<void> flushed = flush_and_wait(*store_);
    ASSERT_TRUE(flushed) << describe(flushed.error());
  }
  std::vector<std::string> ids(const CallFilter& filter) {
    const auto calls = store_->list_calls(filter);
    if (!calls) return {describe(calls.error())};
    std::vector<std::string> ids;
    for (const CallSummary& summary : *calls)
      ids.push_back(summary.call.id);
    return ids;
  }

  CallSummary summary(const std::string& id = "A1") {
    flush();
    auto found = store_->find_call(id);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? std::move(found->summary) : CallSummary{};
  }
  CallStatus status(const std::string& id = "A1") { return summary(id).status; }
  std::string session_ended(const std::string& id = "session-A1") {
    flush();
    return value("SELECT ended FROM sessions WHERE id = '" + id + "'");
  }

  // The first column of the first row, or why there is none.
  std::string value(std::string_view sql) {
    const auto database = database_->connect(true);
    auto lease = database->reader();
    if (!lease) return describe(lease.error());
    const auto rows = (*lease)->query(sql);
    if (!rows) return describe(rows.error());
    return rows->empty() ? "no row" : rows->text(0, 0);
  }

  std::unique_ptr<TestDatabase> database_ = GetParam()();
  std::unique_ptr<CallStore> store_ = database_->open();
};

}  // namespace parley::storage

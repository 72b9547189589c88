#include "control/overview.hpp"

#include <algorithm>
#include <future>
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ids.hpp"
#include "base/wall_millis.hpp"
#include "storage/call_log.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::control {
namespace {

class OverviewTest : public testing::Test {
 protected:
  void flush() {
    std::promise<void> done;
    calls_->flush([&](const Result<void>& result) {
      EXPECT_TRUE(result);
      done.set_value();
    });
    done.get_future().wait();
  }
  storage::CallRecord call(const char* id, const char* carrier, const char* account) const {
    storage::CallRecord record;
    record.id = record.session_id = id;
    record.workspace_id = "default";
    record.carrier = carrier;
    record.account_id = account;
    record.agent = "desk";
    record.started_at = now_millis(clock_);
    return record;
  }
  Overview overview() {
    auto found = book_.since("default", now_millis(clock_) - 60'000);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : Overview{};
  }
  std::string list() {
    clock_.advance(OverviewBook::kKeep);
    const Checklist list = overview().checklist;
    std::string words;
    for (const auto& [name, is] : {std::pair{"talked", list.talked_to_agent},
                                   {"keys", list.keys_set},
                                   {"number", list.number_imported},
                                   {"url", list.public_url},
                                   {"agent", list.agent_published},
                                   {"phone", list.phone_call_taken}}) {
      if (is) words += fmt::format("{} ", name);
    }
    return words;
  }

  storage::TemporaryDirectory directory_;
  ManualClock clock_;
  metrics::Registry registry_;
  std::unique_ptr<storage::sql::Database> database_ =
      *storage::sql::open_sqlite(directory_.path() / "parley.db", {});
  std::unique_ptr<storage::ControlStore> store_ = storage::make_control_store(*database_);
  std::unique_ptr<storage::CallStore> calls_ =
      *storage::open_call_log(*database_, {.spool_dir = directory_.path() / "spool"}, registry_);
  UsageBook usage_{[this](const std::string& workspace, storage::WallMillis since, storage::WallMillis before,
                          storage::UsageGroup by) { return calls_->sum_usage(workspace, since, before, by); },
                   clock_};
  bool server_keys_ = false;
  OverviewBook::Dependencies parts_{.calls = *calls_,
                                    .store = *store_,
                                    .usage = usage_,
                                    .clock = clock_,
                                    .public_url = "",
                                    .has_server_keys = [this](const std::string&) { return server_keys_; }};
  OverviewBook book_{parts_};
};

TEST_F(OverviewTest, TheChecklistFollowsWhatIsSetUp) {
  EXPECT_EQ(list(), "");
  server_keys_ = true;
  EXPECT_EQ(list(), "keys ");
  server_keys_ = false;
  storage::ProviderKeyRecord key;
  key.id = make_id();
  key.workspace_id = "default";
  key.provider = "openai";
  ASSERT_TRUE(store_->put_provider_key(key));
  storage::PhoneNumberRecord number;
  number.id = make_id();
  number.workspace_id = "default";
  number.number = "+919876543210";
  number.carrier = "exotel";
  ASSERT_TRUE(store_->create_phone_number(number));
  EXPECT_EQ(list(), "keys number ");

  storage::AgentRow agent;
  agent.id = make_id();
  agent.workspace_id = "default";
  agent.name = "desk";
  agent.draft = "name: desk\n";
  ASSERT_TRUE(store_->create_agent(agent));
  EXPECT_EQ(list(), "keys number ") << "a draft answers nobody";
  storage::AgentVersionRow version;
  version.text = agent.draft;
  ASSERT_TRUE(store_->publish_agent("default", agent.id, 0, version));
  ASSERT_TRUE(store_->delete_provider_key("default", "openai"));
  EXPECT_EQ(list(), "number agent ");
}

TEST_F(OverviewTest, AChatOrABrowserIsTalkingToAnAgentAndTheSimulatedCallerIsNoPhone) {
  calls_->append_call(call("A1", "exotel", OverviewBook::kSimulator));
  flush();
  EXPECT_EQ(list(), "");
  calls_->append_call(call("A2", "browser", ""));
  calls_->append_call(call("A3", "exotel", "acme1"));
  flush();
  EXPECT_EQ(list(), "talked phone ");
}

TEST_F(OverviewTest, AChatIsTalkingToAnAgent) {
  storage::SessionRecord chat;
  chat.id = "s1";
  chat.workspace_id = "default";
  chat.channel = "chat";
  chat.agent = "desk";
  ASSERT_TRUE(store_->create_session(chat));
  EXPECT_EQ(list(), "talked ");
  ASSERT_TRUE(store_->delete_session("default", "s1"));
  EXPECT_EQ(list(), "talked ") << "it was done, though nothing is left of it";
}

TEST_F(OverviewTest, WhatWasReckonedIsKeptForAMomentAndCostsAreSummedUpByCurrency) {
  const auto record = call("A1", "exotel", "acme1");
  calls_->append_call(record);
  for (const auto& [turn, micros] : {std::pair{1, 100}, {2, 50}}) {
    storage::UsageRecord used;
    used.call_id = "A1";
    used.turn = turn;
    used.usage.part = vendor::Part::tts;
    used.usage.vendor = "deepgram";
    used.cost = vendor::Cost{micros, "USD", "2026-07-22"};
    calls_->put_usage(used);
  }
  flush();
  const Overview first = overview();
  EXPECT_EQ(first.tally.calls, 1);
  EXPECT_EQ(first.cost_micros, (std::map<std::string, std::int64_t>{{"USD", 150}}));

  calls_->append_call(call("A2", "exotel", "acme1"));
  flush();
  EXPECT_EQ(overview().tally.calls, 1) << "many dashboards ask the database once";
  const auto since = now_millis(clock_) - 60'000;
  clock_.advance(OverviewBook::kKeep);
  EXPECT_EQ(book_.since("default", since)->tally.calls, 2);
}

TEST_F(OverviewTest, SpansOfOneMinuteAreOneAndTheLongestIsFourHundredDays) {
  const auto minute = now_millis(clock_) / 60'000 * 60'000;
  EXPECT_EQ(book_.since("default", minute + 59'999)->since, minute);
  calls_->append_call(call("A1", "exotel", "acme1"));
  flush();
  EXPECT_EQ(book_.since("default", minute)->tally.calls, 0) << "as was reckoned for the other";
  const auto longest = now_millis(clock_) - std::chrono::milliseconds(OverviewBook::kLongest).count();
  EXPECT_TRUE(book_.since("default", longest));
  EXPECT_EQ(book_.since("default", longest - 1).error().code, Errc::invalid_argument);
  EXPECT_EQ(book_.since("default", std::numeric_limits<std::int64_t>::min()).error().code,
            Errc::invalid_argument);
}

// Whoever asks for the server's keys stands in the middle of a reckoning.
TEST_F(OverviewTest, OneWorkspaceKeepsNoOtherWaitingAndGetsWhatWasKnownLast) {
  std::promise<void> reached;
  std::promise<void> go_on;
  bool stop_there = false;
  parts_.has_server_keys = [&, let_go = go_on.get_future().share()](const std::string& workspace) {
    if (workspace == "default" && std::exchange(stop_there, false)) {
      reached.set_value();
      let_go.wait();
    }
    return false;
  };
  OverviewBook book(parts_);
  const auto since = now_millis(clock_) / 60'000 * 60'000 - 60'000;
  ASSERT_TRUE(book.since("default", since));
  clock_.advance(OverviewBook::kKeep);
  calls_->append_call(call("A1", "exotel", "acme1"));
  flush();
  stop_there = true;
  auto reckoned = std::async(std::launch::async, [&] { return book.since("default", since); });
  reached.get_future().wait();
  EXPECT_EQ(book.since("another", since)->tally.calls, 0);
  EXPECT_EQ(book.since("default", since)->tally.calls, 0) << "what was known last";
  // Of another span nothing is known: one more than may wait is told so.
  std::vector<std::future<Result<Overview>>> others;
  for (int one = 0; one <= OverviewBook::kMostWaiting; ++one)
    others.push_back(std::async(std::launch::async, [&] { return book.since("default", since - 60'000); }));
  const auto is_over = [](const auto& one) {
    return one.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready;
  };
  while (std::ranges::none_of(others, is_over)) {
  }
  go_on.set_value();
  EXPECT_EQ(reckoned.get()->tally.calls, 1);
  int refused = 0;
  for (auto& one : others) {
    const auto overview = one.get();
    if (overview) EXPECT_EQ(overview->tally.calls, 1);
    if (!overview && overview.error().code == Errc::overloaded) ++refused;
  }
  EXPECT_EQ(refused, 1);
}

}  // namespace
}  // namespace parley::control

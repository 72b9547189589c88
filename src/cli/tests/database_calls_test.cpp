#include "cli/database_calls.hpp"

#include <cstdlib>
#include <ctime>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "base/metrics.hpp"
#include "base/tests/temporary_directory.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"

namespace parley::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const ApiCommand& command(std::string_view name) {
  for (const ApiCommand& one : api_commands()) {
    if (one.group == "calls" && one.name == name) return one;
  }
  std::abort();
}

class DatabaseCallsTest : public testing::Test {
 protected:
  DatabaseCallsTest() {
    // India's zone, spelled so that no zone data is needed.
    ::setenv("TZ", "IST-5:30", 1);
    ::tzset();
    settings_.data_dir = directory_.path().string();
  }

  void write_two_calls() {
    metrics::Registry registry;
    auto store = storage::open_sqlite_call_store(directory_.path() / storage::kSqliteFile, {}, registry);
    ASSERT_TRUE(store) << describe(store.error());
    storage::CallRecord call;
    call.id = "01HF7YAT00ABCDEFGHJKMNPQRS";
    call.agent = "clinic";
    call.started_at = 1'700'000'000'000;
    (*store)->append_call(call);
    call.id = "01HF7YAT02";
    call.agent = "echo";
    (*store)->append_call(call);
  }

  int run(std::string_view name, const Given& given, Output output = Output::text) {
    out_.str("");
    err_.str("");
    return run_on_database(settings_, command(name), given, output, {in_, out_, err_, {}});
  }

  TemporaryDirectory directory_;
  settings::Settings settings_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(DatabaseCallsTest, the_log_of_a_data_directory_is_listed_and_shown) {
  write_two_calls();
  EXPECT_EQ(run("list", {{"--agent", {"echo"}}}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("\n01HF7YAT02  2023-11-15 03:43:20  inbound    in_progress"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("clinic")));

  EXPECT_EQ(run("show", {{"CALL", {"01HF7YAT00"}}}, Output::json), 0);
  EXPECT_EQ(boost::json::parse(out_.str()).at("agent").as_string(), "clinic");
  EXPECT_EQ(err_.str(), "");

  EXPECT_EQ(run("show", {{"CALL", {"01HF7YAT0"}}}), 1);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), StartsWith("parley: '01HF7YAT0' begins the id of several calls: 01HF7YAT00"));
}

TEST_F(DatabaseCallsTest, a_listing_as_json_is_a_page_of_the_api) {
  write_two_calls();
  EXPECT_EQ(run("list", {{"--limit", {"1"}}}, Output::json), 0);
  const auto page = boost::json::parse(out_.str());
  EXPECT_EQ(page.at("items").as_array().size(), 1U);
  EXPECT_EQ(page.at("items").at(0).at("startedAt").as_string(), "2023-11-14T22:13:20.000Z");
  EXPECT_TRUE(page.at("nextCursor").is_null());
}

TEST_F(DatabaseCallsTest, filters_that_cannot_be_are_named) {
  write_two_calls();
  EXPECT_EQ(run("list", {{"--since", {"yesterday"}}}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("'yesterday' is no time like 2026-11-21T08:00:00Z"));
  EXPECT_EQ(run("list", {{"--status", {"gone"}}}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("--status is queued, ringing, in_progress"));
  EXPECT_EQ(run("list", {{"--limit", {"0"}}}), 1);
  EXPECT_EQ(run("list", {{"--since", {"2023-11-15T00:00:00Z"}}}), 0);
  EXPECT_EQ(out_.str(), "No calls.\n");
}

TEST_F(DatabaseCallsTest, an_empty_directory_gets_one_line_that_says_what_to_do) {
  EXPECT_EQ(run("list", {}, Output::json), 1);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(),
              AllOf(StartsWith("parley: there is no call log at "), HasSubstr(directory_.path().string())));
}

}  // namespace
}  // namespace parley::cli

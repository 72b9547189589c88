#include "control/carrier_desk.hpp"

#include <gtest/gtest.h>

#include "control/tests/desk_fixture.hpp"

namespace parley::control {
namespace {

using storage::CallStatus;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Announced, and answered.

TEST_F(DeskTest, AnIncomingCallIsARowBeforeItsStreamAndGetsItsAddress) {
  const std::string answer = incoming(call_form());
  EXPECT_THAT(answer, StartsWith("stream wss://voice.example.com/api/v1/telephony/exotel/stream/"));
  EXPECT_THAT(answer, HasSubstr("sessionId=call_" + std::string(kSid)));
  EXPECT_TRUE(desk_->token_opens(token_in(answer)));
  const auto call = only_call();
  EXPECT_EQ(call.summary.status, CallStatus::ringing);
  EXPECT_EQ(call.summary.call.phone_id, kPhoneId);
  EXPECT_EQ(call.summary.call.agent, "reception");
  EXPECT_EQ(call.summary.call.carrier_call_id, kSid);
  EXPECT_EQ(call.summary.call.session_id, "call_" + std::string(kSid));
  EXPECT_THAT(told_, Contains("call.queued"));
}

TEST_F(DeskTest, TheAddressOfAStreamIsGivenAsJson) {
  const auto answer = desk_->stream_address(carrier_, address(), call_form());
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->content_type, "application/json");
  EXPECT_THAT(answer->body, StartsWith(R"({"url":"wss://voice.example.com/api/v1/telephony/exotel/stream/)"));
  EXPECT_TRUE(desk_->token_opens(token_in(answer->body)));
}

TEST_F(DeskTest, AnnouncementsOfOneCallMakeOneRow) {
  incoming(call_form());
  ASSERT_TRUE(desk_->stream_address(carrier_, address(), call_form()));
  const std::string again = incoming(call_form());
  const auto chosen = choose(start_of(), token_in(again));
  ASSERT_TRUE(chosen) << describe(chosen.error());
  open(*chosen, start_of());
  EXPECT_THAT(all_calls(), SizeIs(1));
  EXPECT_EQ(only_call().summary.status, CallStatus::in_progress);
}

TEST_F(DeskTest, WhoCannotBeAnsweredIsToldSoAndHungUp) {
  full_ = true;
  EXPECT_THAT(incoming(call_form()), StartsWith("hang up \"All our lines are busy"));
  EXPECT_EQ(desk_->stream_address(carrier_, address(), call_form()).error().code, Errc::overloaded);
  full_ = false;
  numbers_.front().active = false;
  ASSERT_TRUE(directory_->refresh());
  EXPECT_THAT(incoming(call_form()), StartsWith("hang up \"This number is not in service"));
  numbers_.front().active = true;
  numbers_.front().workspace_id = "shop";
  ASSERT_TRUE(directory_->refresh());
  EXPECT_THAT(incoming(call_form()), StartsWith("hang up \"Nobody can take your call"));
  EXPECT_THAT(all_calls(), IsEmpty());
  EXPECT_THAT(registry_.expose(), HasSubstr(R"(message="incoming",outcome="full"} 1)"));
  EXPECT_THAT(registry_.expose(), HasSubstr(R"(message="incoming",outcome="inactive"} 1)"));
  EXPECT_THAT(registry_.expose(), HasSubstr(R"(message="incoming",outcome="no_agent"} 1)"));
}

TEST_F(DeskTest, WhatIsNoCallIsAnError) {
  EXPECT_EQ(desk_->incoming(carrier_, address(), {}).error().code, Errc::invalid_argument);
  EXPECT_EQ(desk_->stream_address(carrier_, address(), {}).error().code, Errc::invalid_argument);
  EXPECT_EQ(status({}).error().code, Errc::invalid_argument);
  EXPECT_EQ(run(desk_->passthru(carrier_, {})).error().code, Errc::invalid_argument);
  EXPECT_EQ(run(desk_->connect_target(carrier_, {})).error().code, Errc::invalid_argument);
}

TEST_F(DeskTest, TheNumbersOwnWayOfAnsweringBeatsThatOfTheAddress) {
  EXPECT_THAT(incoming(call_form("a1"), AnswerWith::record), StartsWith("record "));
  numbers_.front().answer_with = "record";
  ASSERT_TRUE(directory_->refresh());
  EXPECT_EQ(incoming(with(call_form("a2"), "CustomField", R"({"name":"Asha"})")),
            "record \"Hello Asha.\" en-IN "
            "https://voice.example.com/api/v1/webhooks/exotel/recording/call_a2/s3cret 3600 #");
  numbers_.front().answer_with = "stream";
  ASSERT_TRUE(directory_->refresh());
  EXPECT_THAT(incoming(call_form("a3"), AnswerWith::record), StartsWith("stream "));
}

TEST_F(DeskTest, AGreetingIsTheAgentsFirstMessageWithTheCallsValues) {
  const auto answer =
      desk_->greeting(carrier_, address(), with(call_form(), "CustomField", R"({"name":"Asha"})"));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "Hello Asha.");
  EXPECT_THAT(answer->content_type, StartsWith("text/plain"));
  EXPECT_EQ(book_.size(), 0U);
}

TEST_F(DeskTest, ARequestMayNameAnotherAgent) {
  publish("sales");
  const std::string answer = incoming(with(call_form(), "agent", "sales"));
  EXPECT_THAT(answer, HasSubstr(" agent=sales"));
  const auto chosen = choose(start_of(), token_in(answer));
  ASSERT_TRUE(chosen) << describe(chosen.error());
  EXPECT_EQ(chosen->agent->name, "sales");
  EXPECT_EQ(chosen->phone_id, kPhoneId);
}

// The stream.

TEST_F(DeskTest, AStreamGetsTheValuesOfItsCall) {
  const std::string answer = incoming(with(call_form(), "CustomField", R"({"name":"Asha","plan":"gold"})"));
  const auto chosen = choose(start_of(), token_in(answer));
  ASSERT_TRUE(chosen) << describe(chosen.error());
  EXPECT_EQ(chosen->agent->first_message, "Hello Asha.");
  EXPECT_TRUE(chosen->agent->personal);
  EXPECT_EQ(chosen->agent->transfer.announce, "A caller from 09876543210.");
  EXPECT_EQ(chosen->variables, R"({"name":"Asha","plan":"gold"})");
  EXPECT_EQ(chosen->session_id, "call_" + std::string(kSid));
  EXPECT_EQ(chosen->call_id, only_call().summary.call.id);
  EXPECT_THAT(chosen->earlier, IsEmpty());
}

TEST_F(DeskTest, AStreamThatNobodyAnnouncedIsACallToo) {
  auto start = start_of();
  start.custom_parameters["sessionId"] = "session_123";
  const auto chosen = choose(start);
  ASSERT_TRUE(chosen) << describe(chosen.error());
  EXPECT_EQ(chosen->session_id, "session_123");
  EXPECT_EQ(chosen->direction, "inbound");
  open(*chosen, start);
  EXPECT_EQ(only_call().summary.call.id, chosen->call_id);
}

TEST_F(DeskTest, ATokenOpensOneStream) {
  const std::string token = token_in(incoming(call_form()));
  ASSERT_TRUE(choose(start_of(), token));
  EXPECT_FALSE(desk_->token_opens(token));
  const auto replayed = choose(start_of(), token);
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().code, Errc::permission_denied);
  EXPECT_FALSE(choose(start_of("another"), token));
}

TEST_F(DeskTest, ATokenOfOneCallAndTheIdOfAnotherAreRefused) {
  const std::string first = token_in(incoming(call_form("a1")));
  incoming(call_form("a2"));
  const auto chosen = choose(start_of("a2"), first);
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, Errc::permission_denied);
  EXPECT_TRUE(choose(start_of("a1"), first)) << "its own call keeps it";
}

TEST_F(DeskTest, AnOutboundCallIsAnsweredByTheAgentItWasPlacedWith) {
  publish("sales");
  BookedCall placed;
  placed.call_id = "01HOUTBOUND000000000000001";
  placed.session_id = "sess_out";
  placed.workspace_id = storage::kDefaultWorkspace;
  placed.phone_id = kPhoneId;
  placed.telephony_config_id = "settings";
  placed.agent = "reception";
  placed.carrier = "exotel";
  placed.direction = "outbound";
  placed.from = kOurs;
  placed.to = "+919876543210";
  placed.variables = {{"name", "Ravi"}};
  book_.expect(placed);
  // The carrier writes the numbers its own way round, and the stream comes before the answer to the request.
  auto start = start_of();
  start.custom_parameters["CustomField"] = "parley:01HOUTBOUND000000000000001";
  const auto chosen = choose(start);
  ASSERT_TRUE(chosen) << describe(chosen.error());
  EXPECT_EQ(chosen->call_id, placed.call_id);
  EXPECT_EQ(chosen->session_id, "sess_out");
  EXPECT_EQ(chosen->direction, "outbound");
  EXPECT_EQ(chosen->agent->first_message, "Hello Ravi.");
  EXPECT_EQ(chosen->agent->transfer.announce, "A caller from +919876543210.");
}

TEST_F(DeskTest, AStreamOfAnotherAccountIsNotTheCallWePlaced) {
  BookedCall placed;
  placed.call_id = "01HOUTBOUND000000000000003";
  placed.workspace_id = storage::kDefaultWorkspace;
  placed.telephony_config_id = "settings";
  placed.carrier = "exotel";
  placed.direction = "outbound";
  placed.from = kOurs;
  placed.to = "+919876543210";
  book_.expect(placed);
  auto start = start_of();
  start.account_id = "evil1";
  start.custom_parameters["parley"] = placed.call_id;
  const auto chosen = choose(start);
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, Errc::permission_denied);
  start.account_id = "acme1";
  EXPECT_TRUE(choose(start));
}

TEST_F(DeskTest, ACallBackOpensWithTheAnswer) {
  BookedCall placed;
  placed.call_id = "01HOUTBOUND000000000000002";
  placed.workspace_id = storage::kDefaultWorkspace;
  placed.carrier = "exotel";
  placed.direction = "outbound";
  placed.from = kOurs;
  placed.to = "+919876543210";
  placed.variables = {{"offline_answer", "We open at {{nine}}."}};
  book_.expect(placed);
  auto start = start_of();
  start.custom_parameters["parley"] = placed.call_id;
  const auto chosen = choose(start);
  ASSERT_TRUE(chosen) << describe(chosen.error());
  EXPECT_EQ(chosen->agent->first_message, "We open at {{nine}}.");
}

}  // namespace
}  // namespace parley::control

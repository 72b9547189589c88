#include "control/workspace_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::control {
namespace {

using testing::HasSubstr;

TEST(WorkspaceSettingsTest, WhatIsNotSaidHasItsDefault) {
  const auto settings = parse_workspace_settings("{}");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->retention.recordings_days, 0);
  EXPECT_EQ(settings->retention.calls_days, 0);
  EXPECT_EQ(settings->chats.min_messages, 3);
  EXPECT_FALSE(settings->redaction.cards);
}

TEST(WorkspaceSettingsTest, WhatIsWrittenIsReadBack) {
  const std::string text =
      R"({"retention":{"recordingsDays":30,"callsDays":90},"chats":{"minMessages":0},)"
      R"("redaction":{"cardNumbers":true,"aadhaar":false,"pan":true,"phoneNumbers":false,"emails":true}})";
  const auto settings = parse_workspace_settings(text);
  ASSERT_TRUE(settings) << describe(settings.error());
  EXPECT_EQ(settings->retention.calls_days, 90);
  EXPECT_TRUE(settings->redaction.pan);
  EXPECT_EQ(to_json(*settings), text);
}

TEST(WorkspaceSettingsTest, AMistakeIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "JSON object"},
      {"[]", "JSON object"},
      {R"({"retention":{"callsDays":1})", "JSON object"},
      {R"({"retenton":{}})", "retenton is not a setting"},
      {R"({"retention":7})", "retention must be an object"},
      {R"({"retention":null})", "retention must be an object"},
      {R"({"retention":{"days":7}})", "retention.days is not a setting"},
      {R"({"retention":{"callsDays":-1}})", "retention.callsDays must be a whole number from 0 to 36500"},
      {R"({"retention":{"callsDays":1.5}})", "retention.callsDays"},
      {R"({"retention":{"recordingsDays":99999999999999999999}})", "retention.recordingsDays"},
      {R"({"retention":{"recordingsDays":"7"}})", "retention.recordingsDays"},
      {R"({"chats":{"minMessages":101}})", "chats.minMessages must be a whole number from 0 to 100"},
      {R"({"redaction":{"pan":1}})", "redaction.pan must be true or false"},
  };
  for (const auto& [text, sentence] : cases) {
    const auto settings = parse_workspace_settings(text);
    ASSERT_FALSE(settings) << text;
    EXPECT_EQ(settings.error().code, Errc::invalid_argument);
    EXPECT_THAT(settings.error().message, HasSubstr(sentence));
  }
}

}  // namespace
}  // namespace parley::control

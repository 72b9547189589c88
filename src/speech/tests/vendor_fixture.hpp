// The loopback vendor of the vendor room with the requests and listeners of speech.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "speech/tests/listeners.hpp"
#include "vendor/tests/vendor_fixture.hpp"

namespace parley::speech::testing {

using vendor::testing::base64_of;
using vendor::testing::Books;
using vendor::testing::json_answer;
using vendor::testing::samples_as_bytes;

class VendorTest : public vendor::testing::VendorTest {
 protected:
  TtsRequest tts_request(std::string text, agent::ProviderChoice choice = {}) {
    return {.executor = executor(),
            .text = std::move(text),
            .choice = std::move(choice),
            .language = "en-IN",
            .sample_rate_hz = 8000,
            .log = log::Logger("test"),
            .observer = books_};
  }

  SttRequest stt_request(agent::ProviderChoice choice = {}, int rate_hz = 8000) {
    return {.executor = executor(),
            .agent = std::make_shared<agent::Agent>(),
            .choice = std::move(choice),
            .sample_rate_hz = rate_hz,
            .log = log::Logger("test"),
            .observer = books_};
  }
};

}  // namespace parley::speech::testing

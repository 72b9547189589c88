// A job that cannot even be tried: tells so from the loop, as the port wants it.
#pragma once

#include <memory>

#include "speech/text_to_speech.hpp"

namespace parley::speech {

std::unique_ptr<TtsJob> failed_speech(async::Executor executor, TtsListener& listener,
                                      vendor::VendorError error);

}  // namespace parley::speech

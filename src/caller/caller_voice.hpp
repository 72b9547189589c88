// The caller's voice, and scripts with their sounds made before the call begins, so that nothing is
// synthesised while time is being measured.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "caller/script_runner.hpp"

namespace parley::caller {

// Mono sound of a sentence at the rate. Blocking; any thread.
using Voice = std::function<Result<std::vector<std::int16_t>>(const std::string& text, int sample_rate_hz)>;

// slt, rms, awb or kal16 of flite.
Result<Voice> flite_voice(std::string_view name);

// A WAV file as mono at the rate.
Result<std::vector<std::int16_t>> read_sound(const std::filesystem::path& file, int sample_rate_hz);

// Speaks and reads every sound of the script. `folder`: where relative file names begin.
Result<std::shared_ptr<const PreparedScript>> prepare_script(const CallerScript& script,
                                                             const std::filesystem::path& folder,
                                                             int sample_rate_hz, const Voice& voice);

}  // namespace parley::caller

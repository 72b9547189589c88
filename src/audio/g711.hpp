// ITU-T G.711 companding: both laws to 16-bit linear, and mu-law back. Any thread.
#pragma once

#include <cstdint>

namespace parley::audio {

std::int16_t mulaw_to_linear(std::uint8_t code);
std::uint8_t linear_to_mulaw(std::int16_t sample);
std::int16_t alaw_to_linear(std::uint8_t code);

}  // namespace parley::audio

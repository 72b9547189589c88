// The world's YAML file into a World, strictly: every mistake with its line and what would be right.
//
// Pure. Addresses come out with `{server}` and `{server_ws}` replaced.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "emulator/world.hpp"

namespace parley::emulator {

// `source` stands before each line of the error. `server`: http(s)://host[:port] of the server under test.
Result<World> read_world(std::string_view text, std::string_view source, std::string_view server);

// The world of whoever brings none.
std::string_view default_world_text();

}  // namespace parley::emulator

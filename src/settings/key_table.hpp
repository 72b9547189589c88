// The table of all keys: one entry says everything about a key, its documentation included.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "settings/settings.hpp"

namespace parley::settings {

struct Key {
  std::string name;                    // "stream.auth.user"
  std::vector<std::string> variables;  // of the environment; the first one set is used
  std::string values;                  // "a duration from 20ms to 1s"
  std::string doc;                     // a sentence or two
  bool secret = false;
  bool list = false;  // takes several values; in a variable separated by commas
  // Sets the value, or says what is wrong with it ("must be … , not 'x'"), without the value when it is a
  // secret.
  std::function<Result<void>(Settings&, std::span<const std::string>)> set;
  std::function<std::string(const Settings&)> show;
};

const std::vector<Key>& key_table();

// Inside this room: the rows about carriers; key_table() has them.
void add_carrier_keys(std::vector<Key>& keys);

}  // namespace parley::settings

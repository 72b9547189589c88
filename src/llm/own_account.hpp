// Where an agent's requests go, and with which key, when the agent file says so itself. Reads the
// environment.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "vendor/account.hpp"

namespace parley::llm {

// The account with the agent's own address (`url`, empty: the account's) and key (the environment variable
// `key_env`, empty: the account's). A key from the settings never goes to an address that an agent file
// names: such an account has the key of key_env or none. A name that does not end in _KEY or _TOKEN is
// refused, so that an agent file cannot send other parts of the environment away, and so is the account's own
// key under any name.
//
// `url_option` is what `url` is called in messages.
Result<vendor::Account> own_account(const vendor::Account& account, std::string_view url,
                                    std::string_view key_env, std::string_view url_option);

}  // namespace parley::llm

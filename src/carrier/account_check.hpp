// Does an account at a carrier work, and if not, what is to be done? Asked with what changes nothing: the
// account's state and its list of numbers. For `parley doctor` and for whoever looks at a number.
//
// Thread: check_account() on the executor it is awaited on; the others are pure. Lifetime: the carrier
// outlives the coroutine. No sentence holds a secret or a phone number.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "async/task.hpp"
#include "carrier/carrier.hpp"

namespace parley::carrier {

enum class Verdict { good, warning, bad };
std::string_view to_string(Verdict verdict);  // "ok", "warning", "bad"

struct AccountFinding {
  // What it is about, for programs: "account" (key, token, sid, region), "reach" (nobody answers, or somebody
  // else does), "streams" (may it use them?), "number", "public_url".
  std::string topic;
  Verdict verdict = Verdict::good;
  std::string says;  // one sentence, with the fix where something is wrong
};
using AccountFindings = std::vector<AccountFinding>;

// At least one finding, the most important first. `number`: one that is to be the account's, in any spelling;
// empty: account.number; where that is empty as well, no number is looked for. It takes as long as the
// carrier's own deadlines.
async::Task<AccountFindings> check_account(Carrier& carrier, Account account, std::string number = {});

// Can a carrier find this server by `public_url` (PUBLIC_URL; may be empty)? Looks at what is written only,
// asks nobody.
AccountFinding check_public_url(std::string_view public_url);

// The worst among them; good when there is none.
Verdict worst_of(const AccountFindings& findings);

}  // namespace parley::carrier

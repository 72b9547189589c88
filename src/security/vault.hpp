// Secrets at rest: carriers' and vendors' keys are kept encrypted, with a key that is not in the database.
// XChaCha20-Poly1305 over libsodium; a sealed text is "v1.KEYID.NONCE_AND_BOX" in URL-safe base64.
//
// Thread: any; immutable. Lifetime: values.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::security {

class Vault {
 public:
  // Keys as 64 hex digits; the first seals, all open.
  static Result<Vault> from_keys(const std::vector<std::string>& hex_keys);
  // The key of `variable_value` (keys separated by commas) when it is not empty; else of `file`, which is
  // made with a new key (mode 600) when it is not there. Errors name the file and the fix: not ours, readable
  // by others, not a key. Blocking.
  static Result<Vault> open(const std::string& variable_value, const std::filesystem::path& file);

  // A new key is put first into `file`, the old ones stay for opening; then everything is to be sealed anew
  // and drop_old_keys() called. Blocking, atomic.
  static Result<Vault> rotate(const std::filesystem::path& file);
  static Result<void> drop_old_keys(const std::filesystem::path& file);

  // `place` ("webhook 01ABC…") is bound in: a sealed text copied to another record does not open there.
  std::string seal(std::string_view secret, std::string_view place) const;
  // Errc::permission_denied: sealed with another key, changed, or for another place.
  Result<std::string> open_sealed(std::string_view sealed, std::string_view place) const;
  bool sealed_with_first_key(std::string_view sealed) const;

 private:
  struct Key {
    std::string id;     // the beginning of its hash
    std::string bytes;  // 32
  };
  std::vector<Key> keys_;
};

}  // namespace parley::security

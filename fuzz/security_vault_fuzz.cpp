// Sealed texts under any bytes: nothing crashes, and nothing opens that was not sealed here.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "security/vault.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using parley::security::Vault;
  static const Vault vault = Vault::from_keys({std::string(64, '1'), std::string(64, '2')}).value();
  const std::string text(reinterpret_cast<const char*>(data), size);
  require(!vault.open_sealed(text, "place"));
  vault.sealed_with_first_key(text);

  // The input as a secret and as a place, then the sealed text with one byte changed.
  std::string sealed = vault.seal(text, text);
  require(vault.sealed_with_first_key(sealed));
  const auto opened = vault.open_sealed(sealed, text);
  require(opened && *opened == text);
  require(!vault.open_sealed(sealed, text + "x"));
  if (size < 3 || data[2] == 0) return 0;
  const std::size_t at = (data[0] * 256UL + data[1]) % sealed.size();
  sealed[at] = static_cast<char>(sealed[at] ^ data[2]);
  require(!vault.open_sealed(sealed, text));

  // What is no key is refused, however it looks.
  const auto made = Vault::from_keys({text});
  require(!made || size == 64);
  return 0;
}

#include "app/secrets_command.hpp"

#include <ostream>

#include <fmt/format.h>

#include "app/data_directory.hpp"
#include "security/key_file.hpp"
#include "security/vault.hpp"
#include "storage/control_store.hpp"

namespace parley::app {
namespace {

Result<int> seal_all_with_first_key(storage::sql::Database& database, const security::Vault& vault) {
  return storage::make_control_store(database)->reseal_all(
      [&](const std::string& sealed, const std::string& place) -> Result<std::string> {
        const auto secret = vault.open_sealed(sealed, place);
        if (!secret) {
          return fail(secret.error().code,
                      fmt::format("{}: {}; nothing was changed. Set it anew, or bring the key back that "
                                  "sealed it",
                                  place, secret.error().message));
        }
        return vault.seal(*secret, place);
      });
}

}  // namespace

Result<int> rotate_secrets(const settings::Settings& settings, const AfterStep& after) {
  if (!settings.secrets.key.empty()) {
    return fail(
        Errc::conflict,
        "the key comes from PARLEY_SECRET_KEY or secrets.key: put a new one (openssl rand -hex 32) and "
        "a comma before it, start all servers anew, run 'parley secrets reseal' with the same value, "
        "then take the old key away");
  }
  const auto claim = DirectoryClaim::for_command(settings.data_dir, "the key is changed");
  if (!claim) return fail(claim.error());
  const auto database = open_existing_database(settings, {});
  if (!database) return fail(database.error());
  const auto file = secret_file_of(settings);
  const auto keys = security::read_key_file(file);
  if (!keys) return fail(keys.error());
  // More than one: a rotation that was interrupted, and whose new key has sealed something already perhaps.
  auto vault = keys->size() > 1 ? security::Vault::from_keys(*keys) : security::Vault::rotate(file);
  if (!vault) return fail(std::move(vault.error()));
  if (after) {
    if (auto go_on = after("key added"); !go_on) return fail(go_on.error());
  }
  const auto count = seal_all_with_first_key(**database, *vault);
  if (!count) return count;
  if (after) {
    if (auto go_on = after("resealed"); !go_on) return fail(go_on.error());
  }
  if (auto dropped = security::Vault::drop_old_keys(file); !dropped) return fail(dropped.error());
  return count;
}

Result<int> reseal_secrets(const settings::Settings& settings) {
  const auto file = secret_file_of(settings);
  if (settings.secrets.key.empty()) {
    // Opening a vault makes a file that is missing; here that could only be a mistake.
    if (const auto keys = security::read_key_file(file); !keys) return fail(keys.error());
  }
  const auto vault = security::Vault::open(settings.secrets.key, file);
  if (!vault) return fail(vault.error());
  const auto database = open_existing_database(settings, {});
  if (!database) return fail(database.error());
  return seal_all_with_first_key(**database, *vault);
}

int run_rotate_secrets(const settings::Settings& settings, std::ostream& out, std::ostream& err) {
  const auto count = rotate_secrets(settings);
  if (!count) {
    err << "parley: " << count.error().message << "\n";
    return 1;
  }
  out << fmt::format(
      "{} secrets are sealed with a new key in {}; keep a copy of it apart from the backups.\n", *count,
      secret_file_of(settings).string());
  if (!settings.database_url.empty())
    out << "Other servers of this database need a copy of the file before they are started.\n";
  return 0;
}

int run_reseal_secrets(const settings::Settings& settings, std::ostream& out, std::ostream& err) {
  const auto count = reseal_secrets(settings);
  if (!count) {
    err << "parley: " << count.error().message << "\n";
    return 1;
  }
  out << fmt::format("{} secrets are sealed with the first key; the others are not needed any more.\n",
                     *count);
  return 0;
}

}  // namespace parley::app

// Commands on the server's machine, on real files: links for people, rotation of the key, backups.
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>

#include "app/access_command.hpp"
#include "app/backup_command.hpp"
#include "app/data_directory.hpp"
#include "app/secrets_command.hpp"
#include "app/stores.hpp"
#include "base/tests/temporary_directory.hpp"
#include "control/access.hpp"
#include "security/key_file.hpp"
#include "storage/cache.hpp"
#include "storage/sql/migrator.hpp"
#include "storage/sqlite/sqlite_sql.hpp"

namespace parley::app {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kPassword = "correct horse battery";

class UpkeepTest : public testing::Test {
 protected:
  UpkeepTest() { settings_.data_dir = (directory_.path() / "live").string(); }

  std::filesystem::path live() const { return settings_.data_dir; }
  std::filesystem::path copy() const { return directory_.path() / "copy"; }

  Stores open() { return open(settings_); }
  Stores open(const settings::Settings& settings) {
    std::filesystem::create_directories(settings.data_dir);
    auto stores = open_stores(settings, registry_);
    EXPECT_TRUE(stores) << describe(stores.error());
    return std::move(*stores);
  }
  void save_secret(const std::string& provider, const std::string& secret) {
    const Stores stores = open();
    storage::ProviderKeyRecord record;
    record.id = provider;
    record.workspace_id = "default";
    record.provider = provider;
    record.sealed_key = stores.vault.seal(secret, "provider default " + provider);
    ASSERT_TRUE(stores.control->put_provider_key(record));
  }
  std::string secret_of(const std::string& provider) {
    const Stores stores = open();
    for (const auto& record : *stores.control->all_provider_keys()) {
      if (record.provider != provider) continue;
      return stores.vault.open_sealed(record.sealed_key, "provider default " + provider)
          .value_or("(does not open)");
    }
    return "(not there)";
  }
  void add_call(storage::CallStore& calls, int number) {
    storage::CallRecord call;
    call.id = "01HF7YAT00ABCDEFGHJKM" + std::to_string(10'000 + number);
    call.started_at = 1'700'000'000'000 + number;
    calls.append_call(call);
  }
  static std::size_t calls_in(const Stores& stores) {
    return stores.calls->list_calls({.limit = 1'000'000})->size();
  }

  template <class Work>
  int told(const Work& work) {
    out_.str("");
    err_.str("");
    return work(out_, err_);
  }
  int backup(bool recordings = false) {
    return told([&](auto& out, auto& err) { return run_backup(settings_, copy(), recordings, out, err); });
  }
  int restore(const settings::Settings& into, bool force = false) {
    return told([&](auto& out, auto& err) { return run_restore(into, copy(), force, out, err); });
  }
  settings::Settings elsewhere() const {
    settings::Settings other = settings_;
    other.data_dir = (directory_.path() / "other").string();
    return other;
  }

  TemporaryDirectory directory_;
  settings::Settings settings_;
  metrics::Registry registry_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(UpkeepTest, the_owner_link_makes_the_first_owner_and_is_refused_afterwards) {
  {
    const Stores stores = open();
  }
  const auto ask = [&](auto& out, auto& err) {
    return run_owner_link(settings_, "https://voice.example.com", system_clock(), out, err);
  };
  ASSERT_EQ(told(ask), 0) << err_.str();
  const std::string link = out_.str();
  ASSERT_THAT(link, MatchesRegex("https://voice.example.com/invite/[A-Za-z0-9_-]+\n"));

  const Stores stores = open();
  const auto cache = storage::make_memory_cache(system_clock());
  control::Access access(*stores.control, *cache, system_clock());
  const std::string token = link.substr(link.rfind('/') + 1, link.size() - link.rfind('/') - 2);
  ASSERT_TRUE(access.accept_invite(token, "Asha", "asha@example.com", kPassword));
  EXPECT_EQ(told(ask), 1);
  EXPECT_THAT(err_.str(), HasSubstr("parley users reset-password"));

  const auto reset = [&](const char* email) {
    return told([&](auto& out, auto& err) {
      return run_reset_password(settings_, email, "http://127.0.0.1:8080", system_clock(), out, err);
    });
  };
  EXPECT_EQ(reset("nobody@example.com"), 1);
  EXPECT_THAT(err_.str(), HasSubstr("nobody has this e-mail address"));
  ASSERT_EQ(reset("Asha@Example.com"), 0) << err_.str();
  const std::string second = out_.str();
  const std::string new_token = second.substr(second.rfind('/') + 1, second.size() - second.rfind('/') - 2);
  ASSERT_TRUE(access.accept_invite(new_token, "", "", "staple horse correct"));
  EXPECT_TRUE(access.log_in("asha@example.com", "staple horse correct", "127.0.0.1"));
  EXPECT_FALSE(access.log_in("asha@example.com", kPassword, "127.0.0.1"));
  const auto audit = stores.control->list_audit("default", {});
  ASSERT_TRUE(audit);
  ASSERT_THAT(*audit, SizeIs(1));
  EXPECT_EQ(audit->front().actor, "cli");
}

TEST_F(UpkeepTest, commands_make_no_database_where_there_is_none) {
  EXPECT_EQ(told([&](auto& out, auto& err) {
              return run_owner_link(settings_, "http://127.0.0.1:8080", system_clock(), out, err);
            }),
            1);
  EXPECT_THAT(err_.str(), HasSubstr("there is no database at "));
  EXPECT_EQ(backup(), 1);
  EXPECT_FALSE(std::filesystem::exists(copy()));
  EXPECT_FALSE(std::filesystem::exists(live()));
}

TEST_F(UpkeepTest, a_rotation_seals_everything_with_a_new_key_and_drops_the_old_one) {
  save_secret("openai", "sk-one");
  save_secret("deepgram", "dg-two");
  const auto before = security::read_key_file(secret_file_of(settings_));
  ASSERT_TRUE(before);
  const auto count = rotate_secrets(settings_);
  ASSERT_TRUE(count) << describe(count.error());
  EXPECT_EQ(*count, 2);
  const auto after = security::read_key_file(secret_file_of(settings_));
  ASSERT_TRUE(after);
  ASSERT_THAT(*after, SizeIs(1));
  EXPECT_NE(*after, *before);
  EXPECT_EQ(secret_of("openai"), "sk-one");
  EXPECT_EQ(secret_of("deepgram"), "dg-two");
}

class RotationTest : public UpkeepTest, public testing::WithParamInterface<const char*> {};

TEST_P(RotationTest, that_dies_between_two_steps_loses_nothing_and_is_finished_by_the_next) {
  save_secret("openai", "sk-one");
  const auto rotated = rotate_secrets(settings_, [](std::string_view step) -> Result<void> {
    if (step == GetParam()) return fail(Errc::cancelled, "killed");
    return {};
  });
  ASSERT_FALSE(rotated);
  EXPECT_EQ(secret_of("openai"), "sk-one");
  const auto between = security::read_key_file(secret_file_of(settings_));
  ASSERT_THAT(*between, SizeIs(2));

  ASSERT_TRUE(rotate_secrets(settings_));
  EXPECT_EQ(secret_of("openai"), "sk-one");
  const auto after = security::read_key_file(secret_file_of(settings_));
  ASSERT_THAT(*after, SizeIs(1));
  EXPECT_EQ(after->front(), between->front());
}
INSTANTIATE_TEST_SUITE_P(Steps, RotationTest, testing::Values("key added", "resealed"),
                         [](const auto& step) { return step.index == 0 ? "key_added" : "resealed"; });

TEST_F(UpkeepTest, a_rotation_is_refused_beside_a_server_and_for_a_key_of_the_environment) {
  save_secret("openai", "sk-one");
  {
    const auto server = DirectoryClaim::for_server(live());
    ASSERT_TRUE(server);
    const auto rotated = rotate_secrets(settings_);
    ASSERT_FALSE(rotated);
    EXPECT_THAT(rotated.error().message, HasSubstr("a server is running in "));
    // Another server is nobody's business.
    EXPECT_TRUE(DirectoryClaim::for_server(live()));
  }
  settings_.secrets.key = std::string(64, 'a');
  const auto rotated = rotate_secrets(settings_);
  ASSERT_FALSE(rotated);
  EXPECT_THAT(rotated.error().message, HasSubstr("parley secrets reseal"));
  EXPECT_THAT(rotated.error().message, testing::Not(HasSubstr("aaaa")));
}

TEST_F(UpkeepTest, keys_of_the_environment_are_changed_by_sealing_anew) {
  const std::string old_key(64, 'a');
  const std::string new_key(64, 'b');
  settings_.secrets.key = old_key;
  save_secret("openai", "sk-one");
  settings_.secrets.key = new_key + "," + old_key;
  const auto count = reseal_secrets(settings_);
  ASSERT_TRUE(count) << describe(count.error());
  EXPECT_EQ(*count, 1);
  settings_.secrets.key = new_key;
  EXPECT_EQ(secret_of("openai"), "sk-one");
}

TEST_F(UpkeepTest, a_secret_that_does_not_open_stops_the_rotation_and_changes_nothing) {
  save_secret("openai", "sk-one");
  settings_.secrets.key = std::string(64, 'c');
  save_secret("deepgram", "dg-two");
  settings_.secrets.key.clear();
  const auto rotated = rotate_secrets(settings_);
  ASSERT_FALSE(rotated);
  EXPECT_THAT(rotated.error().message, StartsWith("provider default deepgram: "));
  EXPECT_EQ(secret_of("openai"), "sk-one");
}

TEST_F(UpkeepTest, a_backup_taken_while_calls_are_written_is_whole) {
  const Stores stores = open();
  std::filesystem::create_directories(live() / "recordings");
  std::ofstream(live() / "recordings" / "01HF.wav") << "RIFF";
  for (int i = 0; i < 200; ++i)
    add_call(*stores.calls, i);
  std::promise<void> flushed;
  stores.calls->flush([&](const Result<void>&) { flushed.set_value(); });
  flushed.get_future().wait();
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 200; !stop && i < 20'000; ++i)
      add_call(*stores.calls, i);
  });
  const int code = backup(true);
  stop = true;
  writer.join();
  ASSERT_EQ(code, 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("keep a copy of " + (live() / "secret.key").string()));
  struct stat info{};
  ASSERT_EQ(::stat((copy() / "parley.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(copy() / "secret.key"));

  const auto other = elsewhere();
  ASSERT_EQ(restore(other), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("1 recordings are restored"));
  const Stores restored = open(other);
  EXPECT_GE(calls_in(restored), 200U);
  EXPECT_TRUE(restored.calls->find_call("01HF7YAT00ABCDEFGHJKM10199"));
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(other.data_dir) / "recordings" / "01HF.wav"));
}

TEST_F(UpkeepTest, restoring_puts_a_database_aside_only_when_told_to) {
  {
    add_call(*open().calls, 1);
  }
  ASSERT_EQ(backup(), 0) << err_.str();
  {
    add_call(*open().calls, 2);
  }
  EXPECT_EQ(restore(settings_), 1);
  EXPECT_THAT(err_.str(), HasSubstr("--force"));
  EXPECT_EQ(calls_in(open()), 2U);

  ASSERT_EQ(restore(settings_, true), 0) << err_.str();
  EXPECT_EQ(calls_in(open()), 1U);
  const auto kept = out_.str().find("kept as ");
  ASSERT_NE(kept, std::string::npos);
  std::string aside = out_.str().substr(kept + 8);
  aside.erase(aside.rfind(".\n"));
  EXPECT_TRUE(std::filesystem::exists(aside));

  EXPECT_EQ(backup(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("is there already"));
  const auto server = DirectoryClaim::for_server(live());
  EXPECT_EQ(restore(settings_, true), 1);
  EXPECT_THAT(err_.str(), HasSubstr("stop it before a backup is restored"));
}

TEST_F(UpkeepTest, what_is_damaged_or_newer_or_no_backup_is_not_restored) {
  {
    add_call(*open().calls, 1);
  }
  EXPECT_EQ(restore(elsewhere()), 1);
  EXPECT_THAT(err_.str(), HasSubstr("is no backup"));
  ASSERT_EQ(backup(), 0) << err_.str();
  {
    auto database =
        storage::sqlite::Database::open(copy() / "parley.db", storage::sqlite::Database::Mode::read_write);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("INSERT INTO schema_migrations VALUES (999, 'later', 0)"));
  }
  EXPECT_EQ(restore(elsewhere()), 1);
  EXPECT_THAT(err_.str(), HasSubstr("is of a newer Parley (schema 999"));

  {
    std::fstream file(copy() / "parley.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(60'000, '\x5a');
  }
  EXPECT_EQ(restore(elsewhere()), 1);
  EXPECT_FALSE(std::filesystem::exists(database_file_of(elsewhere())));

  settings_.database_url = "postgresql://localhost/parley";
  EXPECT_EQ(told([&](auto& out, auto& err) {
              return run_backup(settings_, directory_.path() / "third", false, out, err);
            }),
            1);
  EXPECT_THAT(err_.str(), HasSubstr("pg_dump"));
}

TEST_F(UpkeepTest, migrating_says_from_where_to_where) {
  using storage::sqlite::Database;
  using storage::sqlite::SqliteConnection;
  const auto migrations = storage::sql::embedded_migrations(storage::sql::Dialect::sqlite);
  std::filesystem::create_directories(live());
  {
    auto database = Database::open(database_file_of(settings_), Database::Mode::read_write);
    ASSERT_TRUE(database);
    SqliteConnection connection(std::move(*database), Database::Mode::read_write);
    ASSERT_TRUE(storage::sql::migrate(connection, "test", migrations.first(1), 0));
  }
  const auto migrate = [&](auto& out, auto& err) { return run_migrate(settings_, out, err); };
  ASSERT_EQ(told(migrate), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("went from schema 1 to " + std::to_string(migrations.size())));
  ASSERT_EQ(told(migrate), 0);
  EXPECT_THAT(out_.str(), HasSubstr("is up to date"));
}

}  // namespace
}  // namespace parley::app

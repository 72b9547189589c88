#include "security/vault.hpp"

#include <sys/stat.h>

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/tests/temporary_directory.hpp"
#include "security/key_file.hpp"

namespace parley::security {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kOld(64, '1');
const std::string kNew(64, '2');

Vault vault_of(const std::vector<std::string>& keys) {
  auto vault = Vault::from_keys(keys);
  EXPECT_TRUE(vault) << (vault ? "" : vault.error().message);
  return *vault;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_file(const fs::path& file, std::string_view text, mode_t mode = 0600) {
  std::ofstream(file, std::ios::trunc) << text;
  ::chmod(file.c_str(), mode);
}
mode_t mode_of(const fs::path& file) {
  struct stat info{};
  ::stat(file.c_str(), &info);
  return info.st_mode & 07777U;
}
std::size_t files_in(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), {}));
}

TEST(Vault, GivesBackWhatWasSealed) {
  const Vault vault = vault_of({kOld});
  for (const std::string& secret :
       {std::string(), std::string("k"), std::string("\0\xff\n", 3), std::string(70'000, 'x')}) {
    const std::string sealed = vault.seal(secret, "webhook 1");
    EXPECT_THAT(sealed, StartsWith("v1."));
    EXPECT_EQ(sealed.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
              std::string::npos);
    const auto opened = vault.open_sealed(sealed, "webhook 1");
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, secret);
  }
}

TEST(Vault, TheSameSecretIsSealedDifferentlyEachTime) {
  const Vault vault = vault_of({kOld});
  EXPECT_NE(vault.seal("key", "place"), vault.seal("key", "place"));
}

TEST(Vault, AnyChangedCharacterIsNoticed) {
  const Vault vault = vault_of({kOld});
  const std::string sealed = vault.seal("the carrier's key", "telephony 1");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    // The last looks like a character of the alphabet to a decoder that forgets the eighth bit.
    for (const char to : {'A', 'z', '.', '\0', static_cast<char>(sealed[i] ^ '\x80'), '\xD5'}) {
      std::string changed = sealed;
      if (changed[i] == to) continue;
      changed[i] = to;
      const auto opened = vault.open_sealed(changed, "telephony 1");
      ASSERT_FALSE(opened) << i;
      EXPECT_EQ(opened.error().code, Errc::permission_denied);
    }
    EXPECT_FALSE(vault.open_sealed(sealed.substr(0, i), "telephony 1")) << i;
  }
  EXPECT_FALSE(vault.open_sealed(sealed + "A", "telephony 1"));
  EXPECT_FALSE(vault.open_sealed(" " + sealed, "telephony 1"));
}

TEST(Vault, WhatIsCopiedToAnotherRecordDoesNotOpenThere) {
  const Vault vault = vault_of({kOld});
  const std::string sealed = vault.seal("secret", "webhook 1");
  EXPECT_FALSE(vault.open_sealed(sealed, "webhook 2"));
  EXPECT_FALSE(vault.open_sealed(sealed, "webhook 1 "));
  EXPECT_FALSE(vault.open_sealed(sealed, ""));
}

TEST(Vault, AnotherKeyOpensNothingAndTheErrorNamesTheFix) {
  const std::string sealed = vault_of({kOld}).seal("secret", "place");
  const auto opened = vault_of({kNew}).open_sealed(sealed, "place");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::permission_denied);
  EXPECT_THAT(opened.error().message, HasSubstr("key file"));
}

TEST(Vault, TheFirstKeySealsAndAllOpen) {
  const std::string old_text = vault_of({kOld}).seal("secret", "place");
  const Vault both = vault_of({kNew, kOld});
  EXPECT_EQ(both.open_sealed(old_text, "place").value(), "secret");
  EXPECT_FALSE(both.sealed_with_first_key(old_text));
  const std::string new_text = both.seal("secret", "place");
  EXPECT_TRUE(both.sealed_with_first_key(new_text));
  EXPECT_EQ(vault_of({kNew}).open_sealed(new_text, "place").value(), "secret");
  EXPECT_FALSE(vault_of({kOld}).open_sealed(new_text, "place"));
}

TEST(Vault, GarbageIsNotOpened) {
  const Vault vault = vault_of({kOld});
  for (const char* text :
       {"", "v1", "v1.", "v1..", "v1.12345678", "v1.12345678.", "v2.12345678.AAAA", "sk-plain-key"}) {
    EXPECT_FALSE(vault.open_sealed(text, "place")) << text;
    EXPECT_FALSE(vault.sealed_with_first_key(text)) << text;
  }
}

TEST(Vault, RefusesWhatIsNoKeyWithoutShowingIt) {
  const std::string wrong = std::string(63, 'a') + "g";
  for (const std::vector<std::string>& keys :
       {std::vector<std::string>{}, {""}, {wrong}, {kOld, wrong}, {kOld.substr(1)}, {kOld + "1"}}) {
    const auto vault = Vault::from_keys(keys);
    ASSERT_FALSE(vault);
    EXPECT_EQ(vault.error().code, Errc::invalid_argument);
    EXPECT_THAT(vault.error().message, Not(HasSubstr("aaaa")));
  }
}

TEST(Vault, TakesSeveralKeysFromTheVariableAndLeavesTheFileAlone) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  const auto vault = Vault::open(" " + kNew + " , " + kOld + "\n", file);
  ASSERT_TRUE(vault);
  EXPECT_TRUE(vault->sealed_with_first_key(vault_of({kNew}).seal("s", "p")));
  EXPECT_TRUE(vault->open_sealed(vault_of({kOld}).seal("s", "p"), "p"));
  EXPECT_FALSE(fs::exists(file));
  EXPECT_FALSE(Vault::open(" , ", file));
  EXPECT_FALSE(Vault::open("not a key", file));
}

TEST(Vault, MakesTheFileOnceForItsOwnerOnly) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  const mode_t before = ::umask(0);
  const auto first = Vault::open("", file);
  ::umask(before);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(files_in(directory.path()), 1U);
  const auto second = Vault::open("", file);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->open_sealed(first->seal("secret", "place"), "place").value(), "secret");
}

TEST(Vault, ProcessesThatMakeTheFileAtOnceGetTheSameKey) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  std::vector<std::string> sealed(8);
  {
    std::vector<std::jthread> starters;
    for (std::string& text : sealed)
      starters.emplace_back([&text, &file] { text = Vault::open("", file).value().seal("secret", "place"); });
  }
  const auto vault = Vault::open("", file);
  for (const std::string& text : sealed)
    EXPECT_EQ(vault.value().open_sealed(text, "place").value(), "secret");
  EXPECT_EQ(files_in(directory.path()), 1U);
}

TEST(Vault, AFileThatOthersCanReadIsRefusedWithTheFix) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  for (const mode_t mode : {0640, 0604, 0644, 0660, 0601}) {
    write_file(file, kOld, mode);
    const auto vault = Vault::open("", file);
    ASSERT_FALSE(vault) << mode;
    EXPECT_EQ(vault.error().code, Errc::permission_denied);
    EXPECT_THAT(vault.error().message, HasSubstr("chmod 600 " + file.string()));
    EXPECT_THAT(vault.error().message, Not(HasSubstr("1111")));
    EXPECT_FALSE(Vault::rotate(file));
  }
  write_file(file, kOld, 0400);
  EXPECT_TRUE(Vault::open("", file));
}

TEST(Vault, AFileOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  write_file(file, kOld);
  ASSERT_EQ(::chown(file.c_str(), 65534, 65534), 0);
  const auto vault = Vault::open("", file);
  ASSERT_FALSE(vault);
  EXPECT_EQ(vault.error().code, Errc::permission_denied);
  EXPECT_THAT(vault.error().message, HasSubstr("another user"));
}

TEST(Vault, AFileWithSomethingElseInItIsRefusedAndKept) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  for (const std::string& text : {std::string(), std::string("\n\n"), std::string("password"), kOld + "x",
                                  kOld + "\n" + kOld.substr(1) + "\n", std::string(100'000, 'a')}) {
    write_file(file, text);
    const auto vault = Vault::open("", file);
    ASSERT_FALSE(vault) << text.substr(0, 80);
    EXPECT_EQ(vault.error().code, Errc::invalid_argument);
    EXPECT_THAT(vault.error().message, HasSubstr(file.string()));
    EXPECT_EQ(text_of(file), text);
    EXPECT_FALSE(Vault::rotate(file));
    EXPECT_EQ(text_of(file), text);
  }
}

TEST(Vault, ADirectoryOrAMissingOneIsAnErrorThatNamesIt) {
  const TemporaryDirectory directory;
  const auto inside = directory.path() / "keys";
  fs::create_directory(inside);
  EXPECT_FALSE(Vault::open("", inside));
  const auto missing = Vault::open("", directory.path() / "missing" / "vault.key");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("missing"));
  // A pipe without a writer must not hold the start up.
  const auto pipe = directory.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(Vault::open("", pipe));
}

TEST(Vault, RotationPutsANewKeyFirstAndDroppingLeavesOnlyIt) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  const std::string old_text = Vault::open("", file).value().seal("secret", "place");

  const auto rotated = Vault::rotate(file);
  ASSERT_TRUE(rotated) << rotated.error().message;
  EXPECT_FALSE(rotated->sealed_with_first_key(old_text));
  EXPECT_EQ(rotated->open_sealed(old_text, "place").value(), "secret");
  const std::string new_text = rotated->seal("secret", "place");
  // A process that starts in between opens both.
  EXPECT_TRUE(Vault::open("", file).value().open_sealed(old_text, "place"));
  EXPECT_TRUE(Vault::open("", file).value().open_sealed(new_text, "place"));

  ASSERT_TRUE(Vault::drop_old_keys(file));
  ASSERT_TRUE(Vault::drop_old_keys(file));
  EXPECT_FALSE(Vault::open("", file).value().open_sealed(old_text, "place"));
  EXPECT_TRUE(Vault::open("", file).value().open_sealed(new_text, "place"));
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(files_in(directory.path()), 1U);
}

TEST(Vault, RotationNeedsTheFile) {
  const TemporaryDirectory directory;
  const auto rotated = Vault::rotate(directory.path() / "vault.key");
  ASSERT_FALSE(rotated);
  EXPECT_EQ(rotated.error().code, Errc::not_found);
  EXPECT_EQ(files_in(directory.path()), 0U);
}

TEST(Vault, RotationsAtOnceLoseNoKey) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  const std::string first = Vault::open("", file).value().seal("secret", "place");
  std::vector<std::string> sealed(6);
  {
    std::vector<std::jthread> rotations;
    for (std::string& text : sealed)
      rotations.emplace_back([&text, &file] { text = Vault::rotate(file).value().seal("secret", "place"); });
  }
  const Vault vault = Vault::open("", file).value();
  EXPECT_TRUE(vault.open_sealed(first, "place"));
  for (const std::string& text : sealed)
    EXPECT_TRUE(vault.open_sealed(text, "place"));
}

TEST(Vault, RotationKeepsALinkToTheFile) {
  const TemporaryDirectory directory;
  const auto real = directory.path() / "real.key";
  const auto link = directory.path() / "vault.key";
  write_file(real, kOld);
  fs::create_symlink(real, link);
  ASSERT_TRUE(Vault::rotate(link));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_key_file(real).value().size(), 2U);
}

TEST(Vault, RotationEndsBeforeTheFileHoldsMoreKeysThanAreRead) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "vault.key";
  ASSERT_TRUE(Vault::open("", file));
  Result<Vault> rotated = Vault::rotate(file);
  for (int i = 0; i < 100 && rotated; ++i)
    rotated = Vault::rotate(file);
  ASSERT_FALSE(rotated);
  EXPECT_EQ(rotated.error().code, Errc::conflict);
  EXPECT_TRUE(Vault::open("", file));
}

}  // namespace
}  // namespace parley::security

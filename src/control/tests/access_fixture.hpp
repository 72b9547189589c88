// Users, their logins and keys over a real database, with a clock that stands still.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/tests/temporary_directory.hpp"
#include "base/wall_millis.hpp"
#include "control/access.hpp"
#include "storage/sql/database.hpp"

namespace parley::control {

using storage::UserRole;

inline constexpr const char* kPassword = "correct horse battery";
inline constexpr const char* kOther = "another good password";
inline constexpr const char* kAddress = "203.0.113.7";

// Of the error, or "" when there is none.
template <class T>
std::string problem(const Result<T>& result) {
  return result ? "" : std::string(to_string(result.error().code));
}
inline const std::string kDenied{to_string(Errc::permission_denied)};
inline const std::string kInvalid{to_string(Errc::invalid_argument)};
inline const std::string kOverloaded{to_string(Errc::overloaded)};
inline const std::string kNotFound{to_string(Errc::not_found)};
inline const std::string kConflict{to_string(Errc::conflict)};

class AccessTest : public testing::Test {
 protected:
  static std::unique_ptr<storage::sql::Database> open(const std::filesystem::path& directory) {
    auto database = storage::sql::open_sqlite(directory / "parley.db", {});
    if (!database) throw std::runtime_error(describe(database.error()));
    return std::move(*database);
  }
  storage::WallMillis now() const { return now_millis(clock_); }
  Login make_owner() {
    auto login =
        access_.accept_invite(access_.owner_link_token().value(), "Asha", "asha@example.com", kPassword);
    EXPECT_TRUE(login) << describe(login.error());
    return *login;
  }
  static storage::UserRecord user(const std::string& email, UserRole role) {
    storage::UserRecord record;
    record.email = email;
    record.name = "Ravi";
    record.role = role;
    return record;
  }
  Login make_user(const std::string& email, UserRole role) {
    const auto token = access_.invite(kWorkspace, user(email, role));
    EXPECT_TRUE(token) << describe(token.error());
    return access_.accept_invite(*token, "", "", kPassword).value();
  }
  Principal principal(const Login& login) { return access_.by_session(login.token).value(); }

  const std::string kWorkspace{storage::kDefaultWorkspace};
  TemporaryDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<storage::sql::Database> database_ = open(directory_.path());
  std::unique_ptr<storage::ControlStore> store_ = storage::make_control_store(*database_);
  std::unique_ptr<storage::Cache> cache_ = storage::make_memory_cache(clock_);
  Access access_{*store_, *cache_, clock_};
};

}  // namespace parley::control

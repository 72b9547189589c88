#include "app/access_command.hpp"

#include <functional>
#include <ostream>

#include <fmt/format.h>

#include "app/data_directory.hpp"
#include "base/ids.hpp"
#include "control/access.hpp"
#include "storage/cache.hpp"
#include "storage/control_store.hpp"

namespace parley::app {
namespace {

using Work = std::function<Result<std::string>(control::Access&, storage::ControlStore&)>;

// The path of what `work` gives, behind the server's address.
int print_link(const settings::Settings& settings, const std::string& server_url, const Clock& clock,
               std::ostream& out, std::ostream& err, const Work& work) {
  const auto failed = [&](const Error& error) {
    err << "parley: " << error.message << "\n";
    return 1;
  };
  const auto database = open_existing_database(settings, {});
  if (!database) return failed(database.error());
  const auto store = storage::make_control_store(**database);
  const auto cache = storage::make_memory_cache(clock);
  control::Access access(*store, *cache, clock);
  const auto token = work(access, *store);
  if (!token) return failed(token.error());
  out << fmt::format("{}/invite/{}\n", server_url, *token);
  return 0;
}

}  // namespace

int run_owner_link(const settings::Settings& settings, const std::string& server_url, const Clock& clock,
                   std::ostream& out, std::ostream& err) {
  return print_link(settings, server_url, clock, out, err,
                    [](control::Access& access, storage::ControlStore&) -> Result<std::string> {
                      auto token = access.owner_link_token();
                      if (token || token.error().code != Errc::conflict) return token;
                      return fail(Errc::conflict,
                                  "there are users already: 'parley users reset-password EMAIL' lets one of "
                                  "them in again");
                    });
}

int run_reset_password(const settings::Settings& settings, const std::string& email,
                       const std::string& server_url, const Clock& clock, std::ostream& out,
                       std::ostream& err) {
  return print_link(
      settings, server_url, clock, out, err,
      [&](control::Access& access, storage::ControlStore& store) -> Result<std::string> {
        std::string address = email;
        for (char& c : address) {
          if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
        const auto user = store.find_user_by_email(address);
        if (!user && user.error().code == Errc::not_found)
          return fail(Errc::not_found, "nobody has this e-mail address here");
        if (!user) return fail(user.error());
        auto token = access.invite_again(user->workspace_id, user->id);
        if (!token) return token;
        storage::AuditRecord audit;
        audit.id = make_id();
        audit.workspace_id = user->workspace_id;
        audit.at = std::chrono::duration_cast<std::chrono::milliseconds>(clock.wall_now().time_since_epoch())
                       .count();
        audit.actor = "cli";
        audit.action = "resetPassword";
        audit.target = "user " + user->id;
        audit.detail = "{}";
        if (auto written = store.append_audit(audit); !written) return fail(written.error());
        return token;
      });
}

}  // namespace parley::app

#include "app/dev_command.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <ostream>
#include <unistd.h>

#include <fmt/format.h>

#include "app/browser_opener.hpp"
#include "app/emulated_vendors.hpp"
#include "app/emulator_command.hpp"
#include "app/server.hpp"

namespace parley::app {
namespace {

// Which vendors have a key. Servers of one's own need none and are not told of.
void print_vendors(const settings::Settings& settings, std::ostream& out) {
  std::string with;
  std::string without;
  for (const settings::VendorSetting& vendor : settings::vendor_settings()) {
    const settings::VendorAccess& access = settings.vendors.*vendor.access;
    if (!access.key.empty()) with += fmt::format("{}{}", with.empty() ? "" : ", ", vendor.name);
    const bool well_known = access.url.starts_with("https://");
    if (access.key.empty() && well_known)
      without += fmt::format("{}{} ({})", without.empty() ? "" : ", ", vendor.name, vendor.key_variable);
  }
  out << "dev: vendors with a key: " << (with.empty() ? "none" : with) << "\n";
  if (!without.empty()) out << "dev: without one: " << without << "\n";
  if (with.empty()) out << "dev: --mock brings emulated vendors, which need no key\n";
}

// The emulated Exotel must know where this server will be before it listens.
int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const bool known = ::bind(socket, any, size) == 0 && ::getsockname(socket, any, &size) == 0;
  ::close(socket);
  return known ? ntohs(address.sin_port) : 0;
}

// Exotel on this machine, in this process; how to use it.
Result<std::unique_ptr<emulator::ExotelEmulator>> bring_exotel(settings::Settings& settings,
                                                               std::ostream& out) {
  if (settings.listen.port == 0) settings.listen.port = free_port();
  const char* const scheme = settings.tls.certificate.empty() ? "http" : "https";
  if (settings.public_url.empty())
    settings.public_url = fmt::format("{}://127.0.0.1:{}", scheme, settings.listen.port);
  auto exotel = start_emulated_exotel(settings, settings.public_url);
  if (!exotel) return exotel;
  out << "dev: emulated Exotel at " << (*exotel)->url() << "; its journal: " << (*exotel)->url()
      << "/emulator/calls\n";
  out << "dev:   place a call: parley dial +919800000001 --agent " << settings.agents.default_agent << "\n";
  out << "dev:   be rung: curl -d '{\"from\":\"+919800000001\",\"to\":\"" << settings.exotel.number << "\"}' "
      << (*exotel)->url() << "/emulator/calls\n";
  return exotel;
}

}  // namespace

Result<void> run_dev(settings::Settings settings, const DevOptions& options, std::ostream& out) {
  // Tools, brains and webhooks of whoever tries things out run on the same machine.
  if (settings.outbound.allow.empty()) {
    const std::string loopback[] = {"127.0.0.0/8", "::1"};
    if (auto networks = settings::IpAllowList::parse(loopback))
      settings.outbound.allow = std::move(*networks);
  }
  std::optional<EmulatedVendors> emulated;
  std::unique_ptr<emulator::ExotelEmulator> exotel;
  if (options.mock) {
    auto started = EmulatedVendors::start({options.emulators, options.latency});
    if (!started) return fail(std::move(started.error()));
    emulated.emplace(std::move(*started));
    emulated->put_into(settings.vendors);
    // An agent that was asked for stays.
    if (settings.agents.default_agent == settings::Settings{}.agents.default_agent)
      settings.agents.default_agent = "vendors-demo";
    out << "dev: emulated vendors of " << emulated->directory().string() << ", with made-up keys:\n";
    for (const auto& [vendor, address] : emulated->addresses())
      out << "dev:   " << vendor << " at " << address << "\n";
    out << "dev: they hear the sentences of conversation.yaml there and nothing else\n";
    if (settings.exotel.api_key.empty()) {
      auto brought = bring_exotel(settings, out);
      if (!brought) return fail(std::move(brought.error()));
      exotel = *std::move(brought);
    }
  } else {
    print_vendors(settings, out);
  }
  out << "dev: agent " << settings.agents.default_agent;
  if (settings.listen.port != 0) {
    out << "; try: parley call ws://127.0.0.1:" << settings.listen.port
        << "/media --say \"what are your opening hours\"";
  }
  out << "\n" << std::flush;
  return run_server(settings, [&](const std::string& url) {
    out << "dev: the dashboard is at " << url << "\n" << std::flush;
    if (options.browser && has_desktop() && !open_in_browser(url))
      out << "dev: it could not be opened in a browser: is xdg-open installed?\n" << std::flush;
  });
}

}  // namespace parley::app

#include "app/dev_command.hpp"

#include <optional>
#include <ostream>

#include <fmt/format.h>

#include "app/emulated_vendors.hpp"
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

}  // namespace

Result<void> run_dev(settings::Settings settings, const DevOptions& options, std::ostream& out) {
  // Tools, brains and webhooks of whoever tries things out run on the same machine.
  if (settings.outbound.allow.empty()) {
    const std::string loopback[] = {"127.0.0.0/8", "::1"};
    if (auto networks = settings::IpAllowList::parse(loopback))
      settings.outbound.allow = std::move(*networks);
  }
  std::optional<EmulatedVendors> emulated;
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
  } else {
    print_vendors(settings, out);
  }
  out << "dev: agent " << settings.agents.default_agent;
  if (settings.listen.port != 0) {
    out << "; try: parley call ws://127.0.0.1:" << settings.listen.port
        << "/media --say \"what are your opening hours\"";
  }
  out << "\n" << std::flush;
  return run_server(settings);
}

}  // namespace parley::app

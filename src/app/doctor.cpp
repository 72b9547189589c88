#include "app/doctor.hpp"

#include <algorithm>
#include <ostream>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "agent/agent_catalog.hpp"
#include "app/checkup/finding.hpp"
#include "app/vendor_parts.hpp"
#include "cli/table.hpp"
#include "vendor/model_notes.hpp"

namespace parley::app {
namespace {

namespace json = boost::json;

std::string milliseconds_text(std::chrono::microseconds time) {
  return time.count() == 0 ? "-" : fmt::format("{:.0f} ms", static_cast<double>(time.count()) / 1000);
}

// The agent that answers, and the others there are.
Result<std::vector<agent::AgentPtr>> all_agents(const settings::Settings& settings) {
  auto catalog = agent::AgentCatalog::open(settings.agents.directory);
  if (!catalog) return fail(std::move(catalog.error()));
  std::vector<agent::AgentPtr> agents = catalog->all();
  auto answering = catalog->find(settings.agents.default_agent);
  if (!answering) return fail(std::move(answering.error()));
  if (std::ranges::find(agents, *answering) == agents.end()) agents.push_back(*answering);
  return agents;
}

bool uses(const agent::Agent& agent, std::string_view vendor, std::string_view model) {
  for (const auto* part : {&agent.stt, &agent.llm, &agent.tts, &agent.sts, &agent.recording.transcribe}) {
    const auto is_it = [&](const agent::ProviderChoice& choice) {
      return choice.provider == vendor && choice.model == model;
    };
    if (is_it(*part) || std::ranges::any_of(part->fallbacks, is_it)) return true;
  }
  return false;
}

std::vector<std::string> warnings_of_agents(const settings::Settings& settings,
                                            const vendor::ModelNotes& notes,
                                            const std::vector<KeyCheckup>& checkups, const Clock& clock) {
  const auto agents = all_agents(settings);
  if (!agents) return {agents.error().message};
  std::vector<std::string> warnings;
  for (const agent::AgentPtr& agent : *agents) {
    std::ranges::move(model_warnings(*agent, notes, iso_day(clock.wall_now())), std::back_inserter(warnings));
    for (const KeyCheckup& checkup : checkups) {
      for (const std::string& note : checkup.notes) {
        // Vendors announce the end of many models; those that nobody here uses are in the JSON only.
        if (uses(*agent, checkup.vendor, note.substr(0, note.find(' '))))
          warnings.push_back(fmt::format("agent '{}': {}", agent->name, note));
      }
    }
  }
  return warnings;
}

json::object to_json(const KeyCheckup& checkup) {
  json::object object{{"vendor", checkup.vendor}, {"has_key", checkup.has_key}, {"asked", checkup.asked}};
  object["works"] = checkup.asked ? json::value(!checkup.error) : json::value(nullptr);
  const auto ms = [](std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; };
  object["first_ms"] = ms(checkup.first);
  object["warm_ms"] = ms(checkup.warm);
  if (checkup.error) {
    object["fault"] = to_string(checkup.error->fault);
    object["error"] = describe(*checkup.error);
  }
  json::array notes;
  for (const std::string& note : checkup.notes)
    notes.emplace_back(note);
  object["notes"] = std::move(notes);
  object["models"] = checkup.models.size();
  return object;
}

}  // namespace

// By how much our clock is ahead of the vendor that agrees with it best: one of them may be wrong itself.
std::optional<std::chrono::seconds> ahead_of(const std::vector<KeyCheckup>& checkups, const Clock& clock) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock.wall_now().time_since_epoch()).count();
  std::optional<std::int64_t> least;
  for (const KeyCheckup& checkup : checkups) {
    if (!checkup.date) continue;
    const std::int64_t ahead = now - *checkup.date;
    if (!least || std::abs(ahead) < std::abs(*least)) least = ahead;
  }
  if (!least) return std::nullopt;
  return std::chrono::seconds(*least);
}

Findings look_around(const settings::Settings& settings, const std::vector<KeyCheckup>& checkups,
                     const Clock& clock) {
  Findings all;
  const auto add = [&](Findings some) { std::ranges::move(some, std::back_inserter(all)); };
  add(check_database(settings));
  add(check_spool(settings));
  add(check_secrets(settings));
  Findings carriers = check_carriers(settings);
  const bool has_carrier =
      std::ranges::any_of(carriers, [](const Finding& one) { return one.health != Health::unused; });
  add(std::move(carriers));
  add(check_public_address(settings, has_carrier));
  add(check_certificate(settings, clock));
  add(check_clock(ahead_of(checkups, clock)));
  add(check_bucket(settings, clock));
  add(check_disk(settings));
  add(check_open_files(settings));
  return all;
}

int run_doctor(const settings::Settings& settings, const Clock& clock, bool as_json, std::ostream& out) {
  auto notes = load_model_notes(settings);
  if (!notes) {
    out << "parley: " << notes.error().message << '\n';
    return 1;
  }
  const auto checkups = check_keys(settings, clock);
  const auto warnings = warnings_of_agents(settings, **notes, checkups, clock);
  const Findings findings = look_around(settings, checkups, clock);
  const bool sick =
      std::ranges::any_of(checkups, [](const KeyCheckup& checkup) { return checkup.error.has_value(); }) ||
      std::ranges::any_of(findings, [](const Finding& one) { return one.health == Health::bad; });
  if (as_json) {
    json::array vendors;
    for (const KeyCheckup& checkup : checkups)
      vendors.push_back(to_json(checkup));
    json::array lines;
    for (const std::string& warning : warnings)
      lines.emplace_back(warning);
    json::array checks;
    for (const Finding& one : findings)
      checks.push_back({{"part", one.part}, {"result", to_string(one.health)}, {"says", one.says}});
    out << json::serialize(json::object{{"vendors", std::move(vendors)},
                                        {"checks", std::move(checks)},
                                        {"warnings", std::move(lines)}})
        << '\n';
    return sick ? 1 : 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const KeyCheckup& checkup : checkups) {
    std::string result = "works";
    if (!checkup.asked) result = "not set up";
    if (checkup.error) result = std::string(to_string(checkup.error->fault));
    rows.push_back({checkup.vendor, checkup.has_key ? "set" : "-", result, milliseconds_text(checkup.first),
                    milliseconds_text(checkup.warm)});
  }
  out << cli::render_table({"VENDOR", "KEY", "RESULT", "FIRST", "WARM"}, rows);
  for (const KeyCheckup& checkup : checkups) {
    if (checkup.error) out << "\n" << cli::printable(describe(*checkup.error)) << "\n";
  }
  for (const std::string& warning : warnings)
    out << "warning: " << cli::printable(warning) << "\n";
  if (std::ranges::none_of(checkups, &KeyCheckup::asked))
    out << "\nNo key is set: agents use the local recogniser, voice and script, which need none.\n";
  std::vector<std::vector<std::string>> checks;
  for (const Finding& one : findings)
    checks.push_back(
        {cli::printable(one.part), std::string(to_string(one.health)), cli::printable(one.says)});
  out << "\n" << cli::render_table({"CHECK", "RESULT", "FOUND"}, checks);
  return sick ? 1 : 0;
}

}  // namespace parley::app

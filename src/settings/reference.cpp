// docs/configuration.md out of the table of keys.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "settings/key_table.hpp"
#include "settings/settings.hpp"

namespace parley::settings {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

Parley starts without any configuration. What is set comes from four places, the later winning:

1. `parley.yaml` in the working directory, or the file given with `--config`
2. `.env` in the working directory
3. the environment
4. options of the command line

An empty variable counts as not set. Of several variables for one key the first that is set is used. Durations are
written with their unit: `600ms`, `2s`, `10m`, `1h`. Lists are YAML lists in the file and separated by commas in a
variable. A key that does not exist and a value that cannot be used stop the program at its start with a message that
names the place. Secrets are never printed, logged or returned.

```yaml
# parley.yaml
listen:
  port: 8080
calls:
  max: 200
stream:
  allow: [10.0.0.0/8, 192.0.2.7]
```

Agents have files of their own, described by [agent.schema.json](agent.schema.json).

)";

std::string section_of(const std::string& name) {
  const auto dot = name.find('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

}  // namespace

std::string configuration_reference() {
  std::string out(kIntroduction);
  const Settings defaults;
  std::string section = "none yet";
  const auto table_of = [&](bool top) {
    for (const auto& key : key_table()) {
      const std::string own = section_of(key.name);
      if (own.empty() != top) continue;
      if (own != section) {
        section = own;
        out += top ? "## The server as a whole\n\n" : fmt::format("\n## {}\n\n", section);
        out += "| Key | Variable | Default | Meaning |\n|---|---|---|---|\n";
      }
      std::string usual = key.show(defaults);
      usual = key.secret || usual.empty() ? "" : fmt::format("`{}`", usual);
      out += fmt::format("| `{}` | `{}` | {} | {} {}: {}. |\n", key.name, fmt::join(key.variables, "`, `"),
                         usual, key.doc, key.secret ? "A secret" : "Value", key.values);
    }
  };
  table_of(true);
  table_of(false);
  return out;
}

}  // namespace parley::settings

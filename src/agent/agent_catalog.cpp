#include "agent/agent_catalog.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "agent/agent_file.hpp"

namespace parley::agent {
namespace {

bool is_agent_file(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

}  // namespace

Result<AgentCatalog> AgentCatalog::open(const std::filesystem::path& directory) {
  AgentCatalog catalog;
  std::string problems;
  const auto note = [&](std::string_view message) {
    if (!problems.empty()) problems += '\n';
    problems += message;
  };
  for (const auto& [name, text] : bundled_agents()) {
    auto parsed = parse_agent(text, fmt::format("agents/{}.yaml", name));
    if (!parsed) {
      note(parsed.error().message);
      continue;
    }
    catalog.agents_[(*parsed)->name] = *parsed;
  }
  std::map<std::string, std::string> file_of;
  if (!directory.empty()) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      if (is_agent_file(entry->path())) files.push_back(entry->path());
    }
    if (error)
      return fail(Errc::io, fmt::format("agents directory {}: {}", directory.string(), error.message()));
    std::ranges::sort(files);
    for (const auto& file : files) {
      auto loaded = load_agent_file(file);
      if (!loaded) {
        note(loaded.error().message);
        continue;
      }
      const std::string& name = (*loaded)->name;
      if (const auto [other, fresh] = file_of.emplace(name, file.string()); !fresh)
        note(fmt::format("{}: the agent '{}' is in {} already", file.string(), name, other->second));
      catalog.agents_[name] = *loaded;
      catalog.files_[name] = file;
    }
  }
  if (!problems.empty()) return fail(Errc::invalid_argument, std::move(problems));
  return catalog;
}

Result<AgentPtr> AgentCatalog::find(std::string_view name_or_file) const {
  if (const auto found = agents_.find(name_or_file); found != agents_.end()) return found->second;
  const std::filesystem::path path(name_or_file);
  if (name_or_file.find('/') != std::string_view::npos || is_agent_file(path)) return load_agent_file(path);
  std::vector<std::string_view> names;
  names.reserve(agents_.size());
  for (const auto& [name, agent] : agents_)
    names.push_back(name);
  return fail(Errc::not_found,
              fmt::format("no agent named '{}'; there are {}; or give a path to a .yaml file", name_or_file,
                          fmt::join(names, ", ")));
}

Result<std::string> AgentCatalog::text_of(std::string_view name_or_file) const {
  if (agents_.contains(name_or_file)) {
    if (const auto file = files_.find(name_or_file); file != files_.end())
      return read_agent_file(file->second);
    const auto bundled = std::ranges::find(bundled_agents(), name_or_file, &BundledAgent::name);
    if (bundled != bundled_agents().end()) return std::string(bundled->text);
  }
  return read_agent_file(name_or_file);
}

std::vector<AgentPtr> AgentCatalog::all() const {
  std::vector<AgentPtr> out;
  out.reserve(agents_.size());
  for (const auto& [name, agent] : agents_)
    out.push_back(agent);
  return out;
}

}  // namespace parley::agent

#include "base/yaml_reader.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/text_value.hpp"
#include "base/yaml_text.hpp"

namespace parley::yaml {
namespace {

constexpr std::size_t kMostReported = 20;

std::string joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

// What a wrong value looks like in a message: short, on one line.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string out;
  for (const char c : text.substr(0, kMost))
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  if (text.size() > kMost) out += "...";
  return out;
}

}  // namespace

struct Map::Visited {
  const Node* node;   // a map, or null when it is absent
  std::string path;   // "stages.start.rules[2]"
  std::string shape;  // "stages.*.rules[]"
  std::vector<std::string> asked;
};

Reader::Reader(std::string_view text, std::string_view source) : source_(source) {
  auto tree = parse_tree(text, source);
  if (!tree) {
    parsed_ = false;
    problems_.emplace(0, std::move(tree.error().message));
    return;
  }
  tree_ = std::move(*tree);
}

Reader::~Reader() = default;

Map Reader::root() {
  if (tree_.kind == Node::Kind::map) return visit(&tree_, "", "");
  if (tree_.kind != Node::Kind::null && by_path_.empty())
    problem(tree_.place, "the file must be a map of keys");
  return visit(nullptr, "", "");
}

void Reader::problem(Place place, std::string_view what) {
  problems_.emplace(place.line, std::string(what));
}

Map Reader::visit(const Node* node, const std::string& path, const std::string& shape) {
  auto& slot = by_path_[path];
  if (!slot) {
    visited_.push_back(std::make_unique<Map::Visited>(node, path, shape));
    slot = visited_.back().get();
    known_[shape];
    if (node) {
      std::set<std::string_view> seen;
      for (std::size_t i = 0; i < node->keys.size(); ++i) {
        if (!seen.insert(node->keys[i]).second)
          problem(node->key_places[i], fmt::format("duplicate key '{}'", shown(node->keys[i])));
      }
    }
  }
  return Map(*this, *slot);
}

Result<void> Reader::finish() {
  for (const auto& visited : visited_) {
    if (!visited->node) continue;
    for (std::size_t i = 0; i < visited->node->keys.size(); ++i) {
      const std::string& key = visited->node->keys[i];
      if (std::ranges::find(visited->asked, key) != visited->asked.end()) continue;
      std::string message = fmt::format("unknown key '{}'", shown(key));
      if (!visited->path.empty()) message += fmt::format(" in {}", visited->path);
      message += fmt::format("; allowed: {}", fmt::join(visited->asked, ", "));
      if (const auto meant = nearest(key, visited->asked); !meant.empty())
        message += fmt::format(" (did you mean '{}'?)", meant);
      problem(visited->node->key_places[i], message);
    }
  }
  if (problems_.empty()) return {};
  // What is missing in a file that could not be parsed is no news. The parser's message has its place
  // already.
  if (!parsed_) return fail(Errc::invalid_argument, problems_.begin()->second);
  std::string message;
  std::size_t reported = 0;
  for (const auto& [line, what] : problems_) {
    if (reported++ == kMostReported) break;
    if (!message.empty()) message += '\n';
    if (line == 0) {
      message += fmt::format("{}: {}", source_, what);
    } else {
      message += fmt::format("{}:{}: {}", source_, line, what);
    }
  }
  if (problems_.size() > kMostReported)
    message += fmt::format("\nand {} more", problems_.size() - kMostReported);
  return fail(Errc::invalid_argument, std::move(message));
}

Place Map::place() const {
  return visited_->node ? visited_->node->place : Place{};
}

Place Map::place(std::string_view key) const {
  if (!visited_->node) return {};
  const auto& keys = visited_->node->keys;
  const auto found = std::ranges::find(keys, key);
  return found == keys.end() ? place()
                             : visited_->node->key_places[static_cast<std::size_t>(found - keys.begin())];
}

std::string Map::path_of(std::string_view key) const {
  return joined(visited_->path, key);
}

const Node* Map::find(std::string_view key) {
  auto& asked = visited_->asked;
  if (std::ranges::find(asked, key) == asked.end()) asked.emplace_back(key);
  reader_->known_[visited_->shape].emplace(key);
  if (!visited_->node) return nullptr;
  const auto& keys = visited_->node->keys;
  const auto found = std::ranges::find(keys, key);
  if (found == keys.end()) return nullptr;
  const Node& node = visited_->node->items[static_cast<std::size_t>(found - keys.begin())];
  return node.kind == Node::Kind::null ? nullptr : &node;
}

bool Map::has(std::string_view key) {
  return find(key) != nullptr;
}

void Map::problem(std::string_view key, std::string_view what) {
  reader_->problem(place(key), fmt::format("{}: {}", path_of(key), what));
}

const Node* Map::scalar(std::string_view key, std::string_view wanted) {
  const Node* node = find(key);
  if (!node) return nullptr;
  if (node->kind != Node::Kind::scalar) {
    problem(key, fmt::format("must be {}", wanted));
    return nullptr;
  }
  return node;
}

std::string Map::text(std::string_view key, std::string_view otherwise) {
  const Node* node = scalar(key, "text");
  return node ? node->text : std::string(otherwise);
}

bool Map::boolean(std::string_view key, bool otherwise) {
  constexpr std::string_view kWanted = "true or false";
  const Node* node = scalar(key, kWanted);
  if (!node) return otherwise;
  const auto value = node->quoted ? std::nullopt : parse_boolean(node->text);
  if (!value) problem(key, fmt::format("must be {}, not '{}'", kWanted, shown(node->text)));
  return value.value_or(otherwise);
}

std::int64_t Map::integer(std::string_view key, std::int64_t otherwise, std::int64_t least,
                          std::int64_t most) {
  const std::string wanted = fmt::format("a whole number from {} to {}", least, most);
  const Node* node = scalar(key, wanted);
  if (!node) return otherwise;
  const auto value = node->quoted ? std::nullopt : parse_integer(node->text);
  if (value && *value >= least && *value <= most) return *value;
  problem(key, fmt::format("must be {}, not '{}'", wanted, shown(node->text)));
  return otherwise;
}

std::chrono::milliseconds Map::duration(std::string_view key, std::chrono::milliseconds otherwise,
                                        std::chrono::milliseconds least, std::chrono::milliseconds most) {
  const std::string wanted = fmt::format("a duration from {} to {}, such as 600ms, 2s or 10m",
                                         duration_text(least), duration_text(most));
  const Node* node = scalar(key, wanted);
  if (!node) return otherwise;
  const auto value = parse_duration(node->text);
  if (value && *value >= least && *value <= most) return *value;
  problem(key, fmt::format("must be {}, not '{}'", wanted, shown(node->text)));
  return otherwise;
}

int Map::index_of(std::string_view key, std::span<const std::string_view> names) {
  const std::string wanted = fmt::format("one of {}", fmt::join(names, ", "));
  const Node* node = scalar(key, wanted);
  if (!node) return -1;
  const auto found = std::ranges::find(names, std::string_view(node->text));
  if (found != names.end()) return static_cast<int>(found - names.begin());
  problem(key, fmt::format("must be {}, not '{}'", wanted, shown(node->text)));
  return -1;
}

std::vector<Text> Map::texts_of(const Node& node, const std::string& path) {
  std::vector<Text> out;
  if (node.kind == Node::Kind::scalar) {
    out.push_back({node.text, node.place});
  } else if (node.kind == Node::Kind::list) {
    for (const auto& item : node.items) {
      if (item.kind == Node::Kind::scalar) {
        out.push_back({item.text, item.place});
      } else {
        reader_->problem(item.place, fmt::format("{}: must be a list of texts", path));
      }
    }
  } else {
    reader_->problem(node.place, fmt::format("{}: must be a text or a list of texts", path));
  }
  return out;
}

std::vector<Text> Map::texts(std::string_view key) {
  const Node* node = find(key);
  return node ? texts_of(*node, path_of(key)) : std::vector<Text>{};
}

std::map<std::string, std::string> Map::text_map(std::string_view key) {
  std::map<std::string, std::string> out;
  for (auto& [name, values] : named_texts(key)) {
    if (values.size() == 1) {
      out[name.text] = std::move(values.front().text);
    } else {
      reader_->problem(name.place, fmt::format("{}: must be text", joined(path_of(key), shown(name.text))));
    }
  }
  return out;
}

std::string Map::json(std::string_view key) {
  const Node* node = find(key);
  if (!node) return {};
  if (node->kind != Node::Kind::map) {
    problem(key, "must be a map of keys");
    return {};
  }
  return to_json(*node);
}

Map Map::section(std::string_view key) {
  const Node* node = find(key);
  if (node && node->kind != Node::Kind::map) {
    problem(key, "must be a map of keys");
    node = nullptr;
  }
  return reader_->visit(node, path_of(key), joined(visited_->shape, key));
}

std::vector<Map> Map::list(std::string_view key) {
  std::vector<Map> out;
  const Node* node = find(key);
  if (!node) return out;
  if (node->kind != Node::Kind::list) {
    problem(key, "must be a list");
    return out;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const Node& item = node->items[i];
    const std::string path = fmt::format("{}[{}]", path_of(key), i);
    if (item.kind == Node::Kind::map) {
      out.push_back(reader_->visit(&item, path, joined(visited_->shape, key) + "[]"));
    } else {
      reader_->problem(item.place, fmt::format("{}: must be a map of keys", path));
    }
  }
  return out;
}

std::vector<std::pair<Text, Map>> Map::named(std::string_view key) {
  std::vector<std::pair<Text, Map>> out;
  const Node* node = find(key);
  if (!node) return out;
  Map map = section(key);
  if (!map.visited_->node) return out;
  for (std::size_t i = 0; i < node->keys.size(); ++i) {
    const std::string& name = node->keys[i];
    const Node& item = node->items[i];
    map.visited_->asked.push_back(name);
    const bool is_map = item.kind == Node::Kind::map;
    if (!is_map && item.kind != Node::Kind::null)
      reader_->problem(item.place, fmt::format("{}: must be a map of keys", map.path_of(shown(name))));
    out.emplace_back(Text{name, node->key_places[i]},
                     reader_->visit(is_map ? &item : nullptr, map.path_of(name), map.visited_->shape + ".*"));
  }
  return out;
}

std::vector<std::pair<Text, std::vector<Text>>> Map::named_texts(std::string_view key) {
  std::vector<std::pair<Text, std::vector<Text>>> out;
  const Node* node = find(key);
  if (!node) return out;
  Map map = section(key);
  if (!map.visited_->node) return out;
  for (std::size_t i = 0; i < node->keys.size(); ++i) {
    map.visited_->asked.push_back(node->keys[i]);
    Text name{node->keys[i], node->key_places[i]};
    if (node->items[i].kind == Node::Kind::null) {
      out.emplace_back(std::move(name), std::vector<Text>{});
    } else {
      out.emplace_back(std::move(name), texts_of(node->items[i], map.path_of(shown(node->keys[i]))));
    }
  }
  return out;
}

}  // namespace parley::yaml

// Strict reading of YAML (or JSON) files: every key must be known, every value of the right kind and within
// its range. Nothing stops at the first mistake: all of them come back in one Error, a line each, with file
// and line.
//
//   yaml::Reader reader(text, "parley.yaml");
//   yaml::Map listen = reader.root().section("listen");
//   port = listen.integer("port", 8080, 0, 65535);
//   if (auto done = reader.finish(); !done) return fail(done.error());
//
// What is asked for is what is allowed: finish() reports every key that nobody asked for. An absent value,
// and an absent section's values, have their defaults. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/yaml_tree.hpp"

namespace parley::yaml {

class Reader;

// A text with the line it stands on.
struct Text {
  std::string text;
  Place place;
};

// A view of one map of the file; copies see the same map. Valid as long as its Reader.
class Map {
 public:
  bool has(std::string_view key);  // asks for the key, too
  Place place() const;
  Place place(std::string_view key) const;  // of the value; of the map when it is absent

  std::string text(std::string_view key, std::string_view otherwise = {});
  bool boolean(std::string_view key, bool otherwise);
  std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t least, std::int64_t most);
  std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds otherwise,
                                     std::chrono::milliseconds least, std::chrono::milliseconds most);
  std::vector<Text> texts(std::string_view key);  // a list, or one text alone
  std::map<std::string, std::string> text_map(std::string_view key);
  // A map of any shape as JSON text, in the order of the file; unquoted numbers, true, false and null are
  // those. Empty when it is absent.
  std::string json(std::string_view key);
  Map section(std::string_view key);
  std::vector<Map> list(std::string_view key);                    // a list of maps
  std::vector<std::pair<Text, Map>> named(std::string_view key);  // a map of maps
  std::vector<std::pair<Text, std::vector<Text>>> named_texts(
      std::string_view key);  // a map of texts or lists

  template <class Enum, std::size_t N>
  Enum one_of(std::string_view key, Enum otherwise, const std::pair<std::string_view, Enum> (&names)[N]) {
    std::string_view all[N];
    for (std::size_t i = 0; i < N; ++i)
      all[i] = names[i].first;
    const int index = index_of(key, all);
    return index < 0 ? otherwise : names[index].second;
  }

  // Reports something wrong with the value of `key`.
  void problem(std::string_view key, std::string_view what);

 private:
  friend class Reader;
  struct Visited;
  Map(Reader& reader, Visited& visited) : reader_(&reader), visited_(&visited) {}
  const Node* find(std::string_view key);
  const Node* scalar(std::string_view key, std::string_view wanted);
  int index_of(std::string_view key, std::span<const std::string_view> names);
  std::string path_of(std::string_view key) const;
  std::vector<Text> texts_of(const Node& node, const std::string& path);

  Reader* reader_;
  Visited* visited_;
};

class Reader {
 public:
  // `source` stands before the line in every message: the file's name as the user gave it.
  Reader(std::string_view text, std::string_view source);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The whole document; an empty map when it is empty or could not be parsed (finish() tells).
  Map root();

  void problem(Place place, std::string_view what);
  bool has_problems() const { return !problems_.empty(); }

  // Reports unknown keys; fails with the first twenty problems by line.
  Result<void> finish();

  // Every key asked for, by the shape of its section: "" is the root, "stages.*" a map of maps, "rules[]" a
  // list.
  const std::map<std::string, std::set<std::string>>& known_keys() const { return known_; }

 private:
  friend class Map;
  Map visit(const Node* node, const std::string& path, const std::string& shape);

  std::string source_;
  Node tree_;
  std::multimap<int, std::string> problems_;  // by line; 0: no line
  bool parsed_ = true;
  std::map<std::string, std::set<std::string>> known_;
  std::deque<std::unique_ptr<Map::Visited>> visited_;
  std::map<std::string, Map::Visited*> by_path_;
};

}  // namespace parley::yaml

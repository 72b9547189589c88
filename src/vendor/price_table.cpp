#include "vendor/price_table.hpp"

#include <algorithm>
#include <cmath>

#include "base/text_value.hpp"
#include "base/yaml_reader.hpp"
#include "vendor/bundled_data.hpp"
#include "vendor/model_pattern.hpp"

namespace parley::vendor {
namespace {

constexpr std::pair<std::string_view, Part> kParts[] = {{"stt", Part::stt},
                                                        {"llm", Part::llm},
                                                        {"tts", Part::tts},
                                                        {"sts", Part::sts},
                                                        {"carrier", Part::carrier}};

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<double> amount(yaml::Map& map, std::string_view key) {
  if (!map.has(key)) return std::nullopt;
  const auto value = parse_number(map.text(key));
  if (!value || *value < 0 || *value > 1e6) {
    map.problem(key, "must be an amount of money from 0 to 1000000");
    return std::nullopt;
  }
  return value;
}

Price read_price(yaml::Map map) {
  Price price;
  price.vendor = map.text("vendor");
  if (price.vendor.empty()) map.problem("vendor", "is needed");
  price.model = map.text("model", "*");
  price.part = map.one_of("part", Part::llm, kParts);
  price.currency = map.text("currency", "USD");
  if (!is_currency(price.currency))
    map.problem("currency", "must be three capital letters such as USD or INR");
  price.as_of = map.text("as_of");
  if (!is_iso_date(price.as_of))
    map.problem("as_of", "is needed: the day it was looked up, such as 2026-08-21");
  price.valid_from = map.text("valid_from");
  if (!price.valid_from.empty() && !is_iso_date(price.valid_from))
    map.problem("valid_from", "must be a day such as 2027-01-01");
  price.input_tokens = amount(map, "input_tokens");
  price.cached_tokens = amount(map, "cached_tokens");
  price.output_tokens = amount(map, "output_tokens");
  price.audio_input_tokens = amount(map, "audio_input_tokens");
  price.cached_audio_tokens = amount(map, "cached_audio_tokens");
  price.audio_output_tokens = amount(map, "audio_output_tokens");
  price.characters = amount(map, "characters");
  price.minutes = amount(map, "minutes");
  map.text("note");  // for people
  return price;
}

}  // namespace

Result<std::shared_ptr<const PriceTable>> PriceTable::parse(std::string_view yaml,
                                                            std::string_view source_name) {
  yaml::Reader reader(yaml, source_name);
  auto table = std::make_shared<PriceTable>();
  for (yaml::Map entry : reader.root().list("prices"))
    table->prices_.push_back(read_price(entry));
  if (auto done = reader.finish(); !done) return fail(std::move(done.error()));
  return table;
}

std::shared_ptr<const PriceTable> PriceTable::bundled() {
  // A test holds the bundled file to being readable.
  auto table = parse(bundled_prices(), "prices.yaml");
  return table ? *table : std::make_shared<const PriceTable>();
}

std::optional<Cost> PriceTable::cost_of(const Usage& usage, std::string_view today) const {
  const Price* best = nullptr;
  for (const Price& price : prices_) {
    if (price.vendor != usage.vendor || price.part != usage.part || !model_fits(price.model, usage.model))
      continue;
    if (!price.valid_from.empty() && price.valid_from > today) continue;
    const bool better =
        best == nullptr || exactness(price.model) > exactness(best->model) ||
        (exactness(price.model) == exactness(best->model) && price.valid_from > best->valid_from);
    if (better) best = &price;
  }
  if (best == nullptr) return std::nullopt;
  double total = 0;  // of the unit, times a million
  bool known = true;
  const auto charge = [&](double units, std::optional<double> price) {
    if (units <= 0) return;
    if (price) {
      total += units * *price;
    } else {
      known = false;
    }
  };
  const auto count = [](std::int64_t n) { return static_cast<double>(n); };
  // Whoever charges by the minute does not charge the tokens again, and the other way round.
  const bool by_tokens = best->input_tokens || best->output_tokens || best->audio_input_tokens;
  if (by_tokens) {
    const auto cached_price = best->cached_tokens ? best->cached_tokens : best->input_tokens;
    const auto cached_audio =
        best->cached_audio_tokens ? best->cached_audio_tokens : best->audio_input_tokens;
    charge(count(usage.input_tokens - usage.cached_input_tokens), best->input_tokens);
    charge(count(usage.cached_input_tokens), cached_price);
    charge(count(usage.output_tokens), best->output_tokens);
    charge(count(usage.audio_input_tokens - usage.cached_audio_input_tokens), best->audio_input_tokens);
    charge(count(usage.cached_audio_input_tokens), cached_audio);
    charge(count(usage.audio_output_tokens), best->audio_output_tokens);
  } else if (best->characters) {
    charge(count(usage.characters), best->characters);
  } else if (best->minutes) {
    charge(usage.audio_seconds / 60 * 1e6, best->minutes);
  } else {
    known = false;
  }
  if (!known) return std::nullopt;
  return Cost{std::llround(total), best->currency, best->as_of};
}

}  // namespace parley::vendor

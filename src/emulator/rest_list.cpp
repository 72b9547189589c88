// GET …/Calls: many calls, filtered and by pages.
#include <charconv>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "emulator/rest_calls.hpp"
#include "net/url.hpp"

namespace parley::emulator {
namespace {

constexpr std::size_t kPage = 50;
constexpr std::size_t kLargestPage = 100;
constexpr std::size_t kMostSids = 100;
constexpr std::size_t kMostNumbers = 5;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

// "gte:2026-01-31 00:00:00;lte:…": texts of this form sort as their times do.
bool within(std::string_view bounds, std::string_view time) {
  for (const std::string_view bound : split(bounds, ';')) {
    if (bound.starts_with("gte:") && time < bound.substr(4)) return false;
    if (bound.starts_with("lte:") && time > bound.substr(4)) return false;
  }
  return true;
}

struct Filter {
  const Form& asked;

  bool number(std::string_view key, std::string_view value) const {
    const std::string_view wanted = asked.get(key);
    if (wanted.empty()) return true;
    return std::ranges::any_of(split(wanted, ','), [&](std::string_view n) { return same_number(n, value); });
  }
  bool word(std::string_view key, std::string_view value) const {
    const std::string_view wanted = asked.get(key);
    if (wanted.empty()) return true;
    const auto words = split(wanted, ',');
    return std::ranges::find(words, value) != words.end();
  }
  bool passes(const EmulatedCall& call) const {
    const std::string& other = call.to.empty() ? call.exophone : call.to;
    return word("Sid", call.sid) && word("Status", call.status) && number("From", call.from) &&
           number("To", other) && number("PhoneNumber", call.exophone) &&
           within(asked.get("DateCreated"), ist_time(call.created)) &&
           word("Direction", call.direction == "inbound" ? "inbound" : "outbound-api");
  }
};

}  // namespace

net::HttpResponse RestCalls::list(const Account& account, std::string_view query, bool as_json) {
  Form asked;
  asked.fields = net::parse_query(query);
  if (asked.has("CustomField"))
    parts_.report.add("", "filter", "CustomField is no filter of the list of calls");
  const bool too_many = split(asked.get("Sid"), ',').size() > kMostSids ||
                        split(asked.get("From"), ',').size() > kMostNumbers ||
                        split(asked.get("To"), ',').size() > kMostNumbers;
  if (too_many) return rest_error(400, 34'001, "too many values in a filter", as_json);
  std::size_t page = kPage;
  if (const std::string_view size = asked.get("PageSize"); !size.empty()) {
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), page);
    if (error != std::errc() || end != size.data() + size.size() || page < 1 || page > kLargestPage)
      return rest_error(400, 34'001, "PageSize is 1 to 100", as_json);
  }
  const Filter filter{asked};
  std::vector<const EmulatedCall*> found;
  for (const auto& call : parts_.ledger.all()) {
    if (call->account == account.sid && filter.passes(*call)) found.push_back(call.get());
  }
  if (asked.get("SortBy").ends_with(":asc")) std::ranges::reverse(found);
  const auto place = [&](std::string_view sid) {
    const auto at = std::ranges::find_if(found, [sid](const EmulatedCall* call) { return call->sid == sid; });
    return static_cast<std::size_t>(std::distance(found.begin(), at));
  };
  std::size_t first = 0;
  if (asked.has("After")) first = std::min(found.size(), place(asked.get("After")) + 1);
  if (asked.has("Before")) {
    const std::size_t before = place(asked.get("Before"));
    first = before > page ? before - page : 0;
  }
  const std::size_t last = std::min(found.size(), first + page);
  json::array calls;
  for (std::size_t i = first; i < last; ++i)
    calls.push_back(call_object(*found[i], parts_.world, found[i]->status));
  const std::string path = fmt::format("/v1/Accounts/{}/Calls{}", account.sid, as_json ? ".json" : "");
  const auto page_uri = [&](std::string_view cursor, const EmulatedCall* call) {
    return json::value(fmt::format("{}?PageSize={}&{}={}", path, page, cursor, call->sid));
  };
  json::object metadata{{"Total", found.size()},
                        {"PageSize", page},
                        {"FirstPageUri", fmt::format("{}?PageSize={}", path, page)},
                        {"PrevPageUri", nullptr},
                        {"NextPageUri", nullptr}};
  if (first > 0 && first < found.size()) metadata["PrevPageUri"] = page_uri("Before", found[first]);
  if (last < found.size() && last > 0) metadata["NextPageUri"] = page_uri("After", found[last - 1]);
  if (as_json)
    return rest_answer(200, {{"Metadata", std::move(metadata)}, {"Calls", std::move(calls)}}, true);
  return rest_answer(
      200, {{"Metadata", std::move(metadata)}, {"Calls", json::object{{"Call", std::move(calls)}}}}, false);
}

}  // namespace parley::emulator

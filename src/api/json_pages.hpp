// Pages of listings whose cursor is the id of the last record.
#pragma once

#include <cstdlib>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/handler_support.hpp"
#include "api/json_out.hpp"

namespace parley::api {

// Of the query's `cursor` and `limit`.
std::expected<storage::Page, Problem> page_of(const ApiRequest& request);
// To know whether there is more.
inline storage::Page one_more(storage::Page page) {
  ++page.limit;
  return page;
}

// `rows` may be one more than `limit`.
template <class Record, class ToJson>
ApiAnswer page_answer(const std::vector<Record>& rows, int limit, ToJson to_json) {
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(limit));
  boost::json::array items;
  for (std::size_t i = 0; i < shown; ++i)
    items.push_back(to_json(rows[i]));
  boost::json::object body{{"items", std::move(items)}, {"nextCursor", nullptr}};
  if (rows.size() > shown && shown > 0) body["nextCursor"] = encode_cursor({0, rows[shown - 1].id});
  return json_answer(std::move(body));
}

}  // namespace parley::api

// What handlers of all resources need: members of bodies that have been checked, errors of writes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "api/api.hpp"
#include "base/wall_millis.hpp"

namespace parley::api {

// Of a body whose shape has been checked. nullopt: absent or null.
std::optional<std::string> text_member(const boost::json::value& body, std::string_view name);
std::optional<bool> bool_member(const boost::json::value& body, std::string_view name);
std::optional<std::int64_t> integer_member(const boost::json::value& body, std::string_view name);
// Is it there, be it null?
bool has_member(const boost::json::value& body, std::string_view name);

// The member "variables", for an agent's texts, with what the description cannot say of it: how many there
// are, and how much they are together. Without it: none.
std::expected<std::map<std::string, std::string>, Problem> variables_of(const boost::json::value& body);

// Of a column that we wrote; empty: it is damaged.
boost::json::object parse_object_or_empty(const std::string& text);

// Of a query; nullopt: not given and without a default.
std::optional<std::string> query_value(const ApiRequest& request, std::string_view name);

boost::json::value time_or_null(storage::WallMillis at);  // 0: null

// What a change goes over: what If-Match names, else what was just read. So it never undoes what somebody
// else did in between.
std::int64_t etag_to_change(const ApiRequest& request, std::int64_t read);
// Of a handler that changes a part of what it has read: without If-Match it runs again when somebody else was
// faster.
BlockingHandler again_when_changed(BlockingHandler handler);
// Of a write with the request's If-Match: that somebody else was faster is a 412 then.
Problem write_problem(const ApiRequest& request, const Error& error);
// A record that was asked for by its id: "no such agent" instead of the store's own words.
Problem find_problem(std::string_view what, const Error& error);
// A time in the query that is none.
Problem bad_time(std::string_view which);

ApiAnswer json_answer(boost::json::value body, std::int64_t etag = 0);
ApiAnswer no_content(std::string audit_target);

}  // namespace parley::api

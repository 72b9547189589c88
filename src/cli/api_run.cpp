#include "cli/api_run.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <ostream>
#include <unistd.h>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "agent/agent_catalog.hpp"
#include "cli/api_view.hpp"
#include "cli/table.hpp"
#include "vendor/json.hpp"

namespace parley::cli {
namespace {

namespace json = boost::json;

constexpr int kPageRows = 200;
constexpr std::size_t kIdLength = 26;
constexpr std::size_t kLargestFile = 1024UL * 1024;

const std::vector<std::string>* given_of(const Argument& argument, const Given& given) {
  const auto found = given.find(argument.option);
  return found == given.end() ? nullptr : &found->second;
}

Result<std::string> read_text(const std::string& file, std::istream& in) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(in), {});
  } else {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(Errc::io, fmt::format("{} cannot be read: {}", file, std::strerror(errno)));
    text.assign(std::istreambuf_iterator<char>(stream), {});
  }
  if (text.size() > kLargestFile) return fail(Errc::invalid_argument, fmt::format("{} is too large", file));
  return text;
}

// A file, or the name of a bundled agent where no file is called so.
Result<std::string> read_agent(const std::string& file, std::istream& in) {
  auto text = read_text(file, in);
  if (text || file == "-") return text;
  const auto agents = agent::bundled_agents();
  const auto bundled = std::ranges::find(agents, std::string_view(file), &agent::BundledAgent::name);
  if (bundled == agents.end()) return text;
  return std::string(bundled->text);
}

Result<json::value> json_of(const Argument& argument, const std::vector<std::string>& values) {
  const std::string& text = values.empty() ? std::string() : values.front();
  switch (argument.kind) {
    case Kind::boolean:
      return json::value(true);
    case Kind::list: {
      json::array list;
      for (const std::string& one : values)
        list.emplace_back(one);
      return json::value(std::move(list));
    }
    case Kind::integer: {
      const auto number = vendor::integer_member(json::object{{"n", text}}, "n");
      if (!number) return fail(Errc::invalid_argument, fmt::format("{} is not a number", argument.option));
      return json::value(*number);
    }
    case Kind::text:
      break;
  }
  return json::value(text);
}

// One command being run.
class Run {
 public:
  Run(const ApiClient& client, const ApiCommand& command, const Given& given, Output output,
      const Surroundings& around)
      : client_(client), command_(command), given_(given), output_(output), around_(around) {}

  Result<void> run();

 private:
  Result<void> make_request();
  Result<void> put_path(const Argument& argument, std::string value);
  Result<std::string> id_of(const std::string& value) const;
  void put_query(std::string_view name, std::string_view value);
  Result<void> download();
  Result<json::value> all_pages();

  const ApiClient& client_;
  const ApiCommand& command_;
  const Given& given_;
  const Output output_;
  const Surroundings& around_;
  ApiRequest request_;
  json::object body_;
  bool has_body_ = false;
  int rows_ = 0;  // of a listing; 0: it has no pages
  std::string target_;
};

void Run::put_query(std::string_view name, std::string_view value) {
  request_.path +=
      fmt::format("{}{}={}", request_.path.find('?') == std::string::npos ? '?' : '&', name, escaped(value));
}

Result<std::string> Run::id_of(const std::string& value) const {
  const Lookup& lookup = command_.lookup;
  const bool is_id = value.size() == kIdLength &&
                     value.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string::npos;
  if (is_id) return value;
  ApiRequest listing;
  listing.path = lookup.listing;
  auto answer = client_.ask_json(std::move(listing));
  if (!answer) return fail(std::move(answer.error()));
  std::vector<std::string> ids;
  const json::array* items =
      answer->is_object() ? vendor::array_member(answer->get_object(), "items") : nullptr;
  for (const json::value& item : items == nullptr ? json::array() : *items) {
    if (!item.is_object()) continue;
    const std::string_view field = vendor::string_member(item.get_object(), lookup.field);
    if (lookup.beginning ? field.starts_with(value) : field == value)
      ids.push_back(vendor::text_member(item.get_object(), "id"));
  }
  if (ids.size() > 1) {
    return fail(Errc::invalid_argument, fmt::format("'{}' could be several: give one of the ids {} or {}",
                                                    printable(value), ids[0], ids[1]));
  }
  // Unknown here, so perhaps known to the server.
  return ids.empty() ? value : ids.front();
}

Result<void> Run::put_path(const Argument& argument, std::string value) {
  if (command_.lookup.argument == argument.name && !value.empty()) {
    auto id = id_of(value);
    if (!id) return fail(std::move(id.error()));
    value = std::move(*id);
  }
  // These would be another path.
  if (value.empty() || value == "." || value == "..")
    return fail(Errc::invalid_argument, fmt::format("{} is needed", argument.option));
  const std::string place = fmt::format("{{{}}}", argument.name);
  request_.path.replace(request_.path.find(place), place.size(), escaped(value));
  return {};
}

Result<void> Run::make_request() {
  request_.method = command_.method;
  request_.path = command_.path;
  for (const Fixed& fixed : command_.fixed) {
    boost::system::error_code never;
    body_[fixed.name] = json::parse(fixed.json, never);
    has_body_ = true;
  }
  for (const Argument& argument : command_.arguments) {
    const std::vector<std::string>* values = given_of(argument, given_);
    std::vector<std::string> standard;
    if (values == nullptr && !argument.otherwise.empty()) {
      standard.emplace_back(argument.otherwise);
      values = &standard;
    }
    if (argument.place == Place::secret) {
      auto secret = around_.ask_secret(argument.help);
      if (!secret) return fail(std::move(secret.error()));
      body_[argument.name] = *secret;
      has_body_ = true;
      continue;
    }
    // A command that takes members sends a body even if none is given.
    if (argument.place == Place::body) has_body_ = true;
    if (values == nullptr) continue;
    const std::string value = values->empty() ? "true" : values->front();
    switch (argument.place) {
      case Place::path:
        if (auto put = put_path(argument, value); !put) return put;
        break;
      case Place::query:
        put_query(argument.name, value);
        break;
      case Place::body: {
        auto member = json_of(argument, *values);
        if (!member) return fail(std::move(member.error()));
        body_[argument.name] = std::move(*member);
        break;
      }
      case Place::file: {
        auto text = command_.group == "agents" ? read_agent(value, around_.in) : read_text(value, around_.in);
        if (!text) return fail(std::move(text.error()));
        request_.body = std::move(*text);
        request_.content_type = command_.content_type;
        break;
      }
      case Place::count: {
        const auto number = json_of(argument, *values);
        if (!number || number->get_int64() < 1 || number->get_int64() > 1'000'000)
          return fail(Errc::invalid_argument, fmt::format("{} is from 1 to 1000000", argument.option));
        rows_ = static_cast<int>(number->get_int64());
        break;
      }
      case Place::target:
        target_ = value;
        break;
      case Place::secret:
        break;
    }
  }
  if (has_body_) {
    request_.body = json::serialize(body_);
    request_.content_type = command_.content_type;
  }
  return {};
}

Result<json::value> Run::all_pages() {
  const std::string path = request_.path;
  json::object whole{{"items", json::array()}, {"nextCursor", nullptr}};
  json::array& items = whole["items"].get_array();
  std::string cursor;
  do {
    request_.path = path;
    put_query("limit", std::to_string(std::min(kPageRows, rows_ - static_cast<int>(items.size()))));
    if (!cursor.empty()) put_query("cursor", cursor);
    auto page = client_.ask_json(request_);
    if (!page) return page;
    if (!page->is_object()) return fail(Errc::protocol, "the server's page of a listing is none");
    const json::array* more = vendor::array_member(page->get_object(), "items");
    if (more == nullptr || more->empty()) break;
    items.insert(items.end(), more->begin(), more->end());
    cursor = vendor::text_member(page->get_object(), "nextCursor");
  } while (!cursor.empty() && static_cast<int>(items.size()) < rows_);
  if (!cursor.empty()) whole["nextCursor"] = cursor;
  return json::value(std::move(whole));
}

// The body as it comes, to a file that is only there when it is whole, or to the standard output.
Result<void> Run::download() {
  if (target_.empty() || target_ == "-") {
    request_.sink = [this](std::string_view bytes) {
      around_.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      return around_.out.good();
    };
    auto answer = client_.ask(std::move(request_));
    if (!answer) return fail(std::move(answer.error()));
    around_.out.flush();
    return {};
  }
  const std::string unfinished = target_ + ".unfinished";
  // Numbers and voices are for whoever asked for them.
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail(Errc::io, fmt::format("{} cannot be written: {}", target_, std::strerror(errno)));
  request_.sink = [file](std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  };
  auto answer = client_.ask(std::move(request_));
  const bool closed = ::close(file) == 0;
  if (!answer || !closed || ::rename(unfinished.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    ::unlink(unfinished.c_str());
    if (!answer) return fail(std::move(answer.error()));
    return fail(Errc::io, fmt::format("{} cannot be written: {}", target_, std::strerror(error)));
  }
  return {};
}

Result<void> Run::run() {
  if (auto made = make_request(); !made) return made;
  if (command_.view == View::text) return download();
  auto answer = rows_ > 0 ? all_pages() : client_.ask_json(std::move(request_));
  if (!answer) return fail(std::move(answer.error()));
  if (output_ == Output::json) {
    if (!answer->is_null()) around_.out << json::serialize(*answer) << "\n";
  } else if (command_.view == View::done) {
    around_.out << command_.said << "\n";
  } else {
    around_.out << render_answer(command_, *answer);
  }
  return {};
}

}  // namespace

std::string value_of(const Argument& argument, const Given& given) {
  const std::vector<std::string>* values = given_of(argument, given);
  if (values == nullptr || values->empty()) return std::string(argument.otherwise);
  return values->front();
}

int run_api_command(const ApiClient& client, const ApiCommand& command, const Given& given, Output output,
                    const Surroundings& around, Error* unanswered) {
  const auto ran = Run(client, command, given, output, around).run();
  if (ran) return 0;
  const Error& error = ran.error();
  if (unanswered != nullptr && (error.code == Errc::unavailable || error.code == Errc::protocol)) {
    *unanswered = error;
    return 1;
  }
  around.err << "parley: " << error.message << "\n";
  return 1;
}

}  // namespace parley::cli

// The one way a function says that it could not do its work: Result<T>, an Error instead of a value.
// After start-up nothing of ours throws; libraries that do are caught inside the adapter that calls them.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace parley {

// What a caller can act on. The text in Error::message is for people and names the place and the fix.
enum class Errc {
  invalid_argument,  // the input is wrong; trying again with the same input is useless
  not_found,
  already_exists,
  conflict,  // somebody else changed it meanwhile, or its state does not allow this
  permission_denied,
  unavailable,  // the other side is away or full; trying again later may help
  overloaded,   // we refuse because of our own limits
  timeout,
  cancelled,
  protocol,  // the peer broke its protocol
  io,
  internal,
};

std::string_view to_string(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

// "not found: no agent named 'x'": for logs and for the last line of a command.
std::string describe(const Error& error);

}  // namespace parley

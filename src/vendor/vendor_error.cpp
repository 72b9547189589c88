#include "vendor/vendor_error.hpp"

#include <fmt/core.h>

namespace parley::vendor {
namespace {

std::string name_of(const VendorError& error) {
  return error.vendor.empty() ? "this server" : error.vendor;
}

std::string model_of(const VendorError& error) {
  return error.model.empty() ? "the model or voice" : fmt::format("\"{}\"", error.model);
}

std::string fix_bad_key(const VendorError& error) {
  if (error.key_setting.empty()) {
    return fmt::format("Give {} a valid key that has the right to this service.", name_of(error));
  }
  return fmt::format("Set {} to a valid key of {} that has the right to this service.", error.key_setting,
                     name_of(error));
}

// "401 invalid_api_key, request req_1"
std::string facts_of(const VendorError& error) {
  std::string facts;
  const auto add = [&facts](std::string_view separator, const std::string& fact) {
    if (fact.empty()) return;
    if (!facts.empty()) facts += separator;
    facts += fact;
  };
  if (error.status != 0) add("", fmt::format("{}", error.status));
  add(" ", error.code);
  if (!error.model.empty()) add(", ", "model " + error.model);
  if (!error.request_id.empty()) add(", ", "request " + error.request_id);
  return facts;
}

}  // namespace

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::bad_key:
      return "bad_key";
    case Fault::no_credit:
      return "no_credit";
    case Fault::rate_limited:
      return "rate_limited";
    case Fault::unknown_model:
      return "unknown_model";
    case Fault::region:
      return "region";
    case Fault::bad_request:
      return "bad_request";
    case Fault::overloaded:
      return "overloaded";
    case Fault::timeout:
      return "timeout";
    case Fault::protocol:
      return "protocol";
    case Fault::unreachable:
      return "unreachable";
    case Fault::internal:
      return "internal";
  }
  return "unknown";
}

VendorError::VendorError(Error error) : fault(fault_of(error.code)), detail(std::move(error.message)) {}

bool is_retryable(const VendorError& error) {
  if (error.should_retry) return *error.should_retry;
  return error.fault == Fault::rate_limited || error.fault == Fault::overloaded ||
         error.fault == Fault::unreachable || error.fault == Fault::timeout;
}

std::string fix_for(const VendorError& error) {
  const auto name = name_of(error);
  switch (error.fault) {
    case Fault::bad_key:
      return fix_bad_key(error);
    case Fault::no_credit:
      return fmt::format("Add credit or raise the spending limit of the account at {}.", name);
    case Fault::rate_limited:
      return fmt::format("Raise the limit of the plan at {}, or give the agent a fallback.", name);
    case Fault::unknown_model:
      return fmt::format(
          "Change {} in the agent file to one that {} serves to this account: names are free text there, may "
          "be "
          "mistyped and may have been retired; `parley doctor` lists what it knows.",
          model_of(error), name);
    case Fault::region:
      return fmt::format(
          "{} does not serve this server's country: use another region's address or another vendor.", name);
    case Fault::bad_request:
      return fmt::format("Check the options of {} in the agent file: {} does not accept what they ask for.",
                         model_of(error), name);
    case Fault::overloaded:
      return fmt::format("Wait until {} is well again, or give the agent a fallback.", name);
    case Fault::timeout:
      return fmt::format(
          "Give the agent a fallback or a longer deadline, and look with `parley doctor` how fast {} "
          "answers.",
          name);
    case Fault::protocol:
      return fmt::format(
          "Check that the address set for {} is that of its API and not of something in between.", name);
    case Fault::unreachable:
      return fmt::format("Check the network, the proxy and the address set for {}; `parley doctor` tries it.",
                         name);
    case Fault::internal:
      return "Look into the server's log: a part of this server failed.";
  }
  return {};
}

std::string describe(const VendorError& error) {
  std::string fault(to_string(error.fault));
  for (char& c : fault) {
    if (c == '_') c = ' ';
  }
  std::string text = error.vendor.empty() ? fault : fmt::format("{}: {}", error.vendor, fault);
  if (const auto facts = facts_of(error); !facts.empty()) text += fmt::format(" ({})", facts);
  if (!error.detail.empty()) {
    text += ": " + error.detail;
    const char last = error.detail.back();
    if (last != '.' && last != '!' && last != '?') text += '.';
  } else {
    text += '.';
  }
  return text + ' ' + fix_for(error);
}

Fault fault_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return Fault::bad_key;
    case 402:
      return Fault::no_credit;
    case 404:
    case 410:
      return Fault::unknown_model;
    case 408:
    case 504:
      return Fault::timeout;
    case 409:  // vendors' own clients try again
    case 425:
      return Fault::overloaded;
    case 429:
      return Fault::rate_limited;
    case 451:
      return Fault::region;
    default:
      break;
  }
  if (status >= 400 && status < 500) return Fault::bad_request;
  if (status >= 500 && status < 600) return Fault::overloaded;
  return Fault::protocol;
}

Fault fault_of(Errc code) {
  switch (code) {
    case Errc::timeout:
      return Fault::timeout;
    case Errc::protocol:
      return Fault::protocol;
    case Errc::unavailable:
      return Fault::unreachable;
    case Errc::permission_denied:
      return Fault::bad_key;
    case Errc::invalid_argument:
      return Fault::bad_request;
    case Errc::overloaded:
      return Fault::overloaded;
    case Errc::not_found:
    case Errc::already_exists:
    case Errc::conflict:
    case Errc::cancelled:
    case Errc::io:
    case Errc::internal:
      break;
  }
  return Fault::internal;
}

}  // namespace parley::vendor

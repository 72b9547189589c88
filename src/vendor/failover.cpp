#include "vendor/failover.hpp"

#include <charconv>
#include <random>

#include <fmt/core.h>

namespace parley::vendor {
namespace {

using std::chrono::milliseconds;

double random_share() {
  thread_local std::minstd_rand generator(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

std::vector<const char*> options_of(Part part) {
  switch (part) {
    case Part::stt:
      return {"final_ms"};
    case Part::llm:
      return {"first_token_ms", "stall_ms"};
    case Part::tts:
      return {"first_audio_ms", "stall_ms"};
    case Part::sts:
    case Part::carrier:
      break;
  }
  return {};
}

}  // namespace

std::size_t FailoverCourse::likely() const {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto index = (serving + i) % steps.size();
    const auto* breaker = steps[index].breaker;
    if (breaker == nullptr || breaker->state() != CircuitBreaker::State::open) return index;
  }
  return serving;
}

FailoverRun::FailoverRun(FailoverCourse& course, Observer& observer)
    : course_(course),
      observer_(observer),
      tried_(course.steps.size()),
      away_from_first_(course.serving != 0) {}

FailoverRun::~FailoverRun() {
  if (!allowed_) return;
  auto* breaker = course_.steps[index()].breaker;
  useful_ ? breaker->succeeded() : breaker->abandoned();
}

std::optional<std::size_t> FailoverRun::begin() {
  tried_.assign(tried_.size(), {});
  if (allow(index())) return index();
  const auto next = other({});
  if (!next) return std::nullopt;
  return next->index;
}

void FailoverRun::useful() {
  useful_ = true;
  if (index() != 0) {
    away_from_first_ = true;
  } else if (away_from_first_) {
    away_from_first_ = false;
    report(VendorEvent::Kind::recovered, 0, {});
  }
}

void FailoverRun::succeeded() {
  if (!useful_) useful();
  if (allowed_) course_.steps[index()].breaker->succeeded();
  allowed_ = false;
  useful_ = false;
  tried_.assign(tried_.size(), {});
}

FailoverRun::Next FailoverRun::failed(const VendorError& error, milliseconds left, VendorEvent::Kind kind) {
  const auto failing = index();
  report(kind, failing, error);
  auto* breaker = course_.steps[failing].breaker;
  // A success may have been reported long ago: then this is news of its own.
  if (breaker != nullptr && (allowed_ || breaker->allow())) breaker->failed(error);
  allowed_ = false;
  useful_ = false;
  ++tried_[failing].times;
  tried_[failing].error = error;
  if (const auto next = other(error)) return *next;
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    const auto again = (failing + i) % tried_.size();
    const auto& tried = tried_[again];
    if (tried.times == 0 || tried.times >= kMostTries || !is_retryable(tried.error)) continue;
    const auto wait = retry_wait(tried.error, tried.times, random_share());
    if (wait > left) continue;
    report(VendorEvent::Kind::retrying, again, tried.error);
    return {Next::What::wait, again, wait};
  }
  return {};
}

bool FailoverRun::again(std::size_t index) {
  if (!allow(index)) return false;
  serve(index, tried_[index].error);
  return true;
}

bool FailoverRun::has_other() const {
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    const auto* breaker = course_.steps[i].breaker;
    const bool open = breaker != nullptr && breaker->state() == CircuitBreaker::State::open;
    if (i != course_.serving && tried_[i].times == 0 && !tried_[i].refused && !open) return true;
  }
  return false;
}

bool FailoverRun::allow(std::size_t index) {
  auto* breaker = course_.steps[index].breaker;
  if (breaker != nullptr && !breaker->allow()) {
    if (!tried_[index].refused) report(VendorEvent::Kind::circuit_open, index, {});
    tried_[index].refused = true;
    return false;
  }
  allowed_ = breaker != nullptr;
  return true;
}

void FailoverRun::serve(std::size_t index, const VendorError& why) {
  if (index == course_.serving) return;
  report(VendorEvent::Kind::switched, course_.serving, why, index);
  if (course_.serving == 0) away_from_first_ = true;
  course_.serving = index;
}

std::optional<FailoverRun::Next> FailoverRun::other(const VendorError& why) {
  const auto from = index();
  for (std::size_t i = 1; i < tried_.size(); ++i) {
    const auto index = (from + i) % tried_.size();
    if (tried_[index].times > 0 || tried_[index].refused || !allow(index)) continue;
    serve(index, why);
    return Next{Next::What::ask, index, milliseconds(0)};
  }
  return std::nullopt;
}

void FailoverRun::report(VendorEvent::Kind kind, std::size_t index, const VendorError& error,
                         std::optional<std::size_t> to) {
  const auto& choice = course_.steps[index].choice;
  VendorEvent event;
  event.kind = kind;
  event.part = course_.part;
  event.vendor = choice.provider;
  event.model = choice.model;
  if (to) {
    event.to_vendor = course_.steps[*to].choice.provider;
    event.to_model = course_.steps[*to].choice.model;
  }
  event.error = error;
  observer_.on_vendor_event(event);
}

VendorError all_circuits_open(const FailoverCourse& course) {
  const auto& choice = course.steps[course.serving].choice;
  VendorError error(Fault::overloaded, choice.provider, "not asked: it failed too often just now");
  error.model = choice.model;
  error.should_retry = false;
  return error;
}

VendorError named(VendorError error, const agent::ProviderChoice& choice) {
  // What a part of this server says about itself stays as it is.
  if (error.vendor.empty() && error.fault != Fault::internal) error.vendor = choice.provider;
  if (error.model.empty() && !error.vendor.empty()) error.model = choice.model;
  return error;
}

Result<std::optional<milliseconds>> take_milliseconds(agent::ProviderChoice& choice,
                                                      const std::string& name) {
  const auto option = choice.options.extract(name);
  if (option.empty()) return std::optional<milliseconds>();
  const std::string& text = option.mapped();
  int number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc() || end != text.data() + text.size() || number < 50 || number > 60'000) {
    return fail(Errc::invalid_argument,
                fmt::format("option {} of {} must be a whole number of milliseconds from 50 to 60000", name,
                            choice.provider));
  }
  return std::optional(milliseconds(number));
}

Result<agent::ProviderChoice> without_failover_options(Part part, agent::ProviderChoice choice) {
  for (const char* name : options_of(part)) {
    if (auto taken = take_milliseconds(choice, name); !taken) return fail(std::move(taken.error()));
  }
  return choice;
}

}  // namespace parley::vendor

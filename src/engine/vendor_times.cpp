#include "engine/vendor_times.hpp"

#include <algorithm>

#include "async/arrival.hpp"

namespace parley::engine {
namespace {

using async::Arrival;
using vendor::Part;
using Steady = std::chrono::steady_clock;

double seconds(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

VendorTimes::VendorTimes(Probe& probe, const agent::Agent& agent)
    : probe_(probe), realtime_(agent.kind == agent::AgentKind::realtime) {
  server(Part::stt).vendor = agent.stt.provider;
  server(Part::llm).vendor = agent.llm.provider;
  server(Part::tts).vendor = agent.tts.provider;
  server(Part::sts).vendor = agent.sts.provider;
}

void VendorTimes::on_event(const vendor::VendorEvent& event) {
  using Kind = vendor::VendorEvent::Kind;
  if (event.part == Part::carrier) return;
  if (event.kind == Kind::switched) {
    server(event.part) = {event.to_vendor, nullptr};
    frames_ = nullptr;
  } else if (event.kind == Kind::recovered) {
    return;  // after its useful piece: what is counted now was not delayed
  }
  if (event.part == Part::llm) transcript_ = {};
  if (event.part == Part::tts) sentence_ = {};
}

void VendorTimes::on_request_written(Part part, SteadyTime at) {
  Step& step = part == Part::llm ? transcript_ : sentence_;
  if (step.written == SteadyTime{}) step.written = at;
}

void VendorTimes::frame_begins() {
  Arrival::take_written();
}

void VendorTimes::frame_given() {
  if (!Arrival::take_written() || Arrival::at() == SteadyTime{}) return;
  if (frames_ == nullptr) frames_ = &probe_.frame_added(server(realtime_ ? Part::sts : Part::stt).vendor);
  frames_->observe(seconds(Arrival::at(), Steady::now()));
}

void VendorTimes::transcript_came() {
  transcript_ = {.came = Arrival::at() == SteadyTime{} ? Steady::now() : Arrival::at()};
}

void VendorTimes::model_asked() {
  transcript_.asked = Steady::now();
}

void VendorTimes::model_answers() {
  count(Part::stt, transcript_);
}

void VendorTimes::sentence_begins() {
  sentence_ = {.came = Arrival::at()};
}

void VendorTimes::sentence_given() {
  sentence_.asked = Steady::now();
}

void VendorTimes::sound_sent(Part spoken_by, SteadyTime received, SteadyTime sent) {
  count(Part::llm, sentence_);
  if (received != SteadyTime{}) observe(spoken_by, received, sent);
}

void VendorTimes::count(Part part, Step& step) {
  if (step.came != SteadyTime{} && step.asked != SteadyTime{})
    observe(part, step.came, std::max(step.asked, step.written));
  step = {};
}

void VendorTimes::observe(Part part, SteadyTime from, SteadyTime to) {
  Server& by = server(part);
  if (by.added == nullptr) by.added = &probe_.vendor_added(to_string(part), by.vendor);
  by.added->observe(seconds(from, to));
}

}  // namespace parley::engine

#include "control/event_hub.hpp"

#include <algorithm>
#include <deque>
#include <list>

#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "async/signal.hpp"
#include "base/ids.hpp"
#include "base/thread_annotations.hpp"
#include "base/wall_millis.hpp"

namespace parley::control {
namespace {

using EventPtr = std::shared_ptr<const LiveEvent>;

constexpr std::string_view kPartial = "transcript.partial";

bool matches(const EventFilter& filter, const LiveEvent& event) {
  if (filter.workspace_id != event.workspace_id) return false;
  if (!filter.call_id.empty() && filter.call_id != event.call_id) return false;
  if (!filter.session_id.empty() && filter.session_id != event.session_id) return false;
  return filter.types.empty() || std::ranges::find(filter.types, event.type) != filter.types.end();
}

// The milliseconds that an id of ours begins with; 0: it is none of ours.
storage::WallMillis time_of_id(std::string_view id) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  if (id.size() != 26) return 0;
  storage::WallMillis ms = 0;
  for (const char letter : id.substr(0, 10)) {
    const auto value = kAlphabet.find(letter);
    if (value == std::string_view::npos) return 0;
    ms = (ms << 5) | static_cast<storage::WallMillis>(value);
  }
  return ms;
}

// What one subscriber has not read yet. Everything but `news` under the hub's mutex.
struct Queue {
  Queue(async::Executor on, EventFilter wanted) : executor(on), filter(std::move(wanted)), news(on) {}

  const async::Executor executor;
  const EventFilter filter;
  std::deque<EventPtr> events;
  bool ended = false;
  bool told = false;   // that there are news
  async::Signal news;  // on the executor

  void push(const EventPtr& event) {
    if (ended) return;
    drop_replaced(*event);
    if (events.size() < EventHub::kQueueLimit) return events.push_back(event);
    const auto partial = std::ranges::find(events, kPartial,
                                           [](const EventPtr& one) -> std::string_view { return one->type; });
    if (partial != events.end()) {
      events.erase(partial);
      return events.push_back(event);
    }
    if (event->type == kPartial) return;
    // A gap that nobody is told of would be worse than coming back with the id of the last event.
    ended = true;
    events.clear();
  }

  // A partial transcript is worth nothing once there is a later one of its line.
  void drop_replaced(const LiveEvent& event) {
    if (event.line < 0) return;
    std::erase_if(events, [&](const EventPtr& one) {
      return one->line == event.line && one->type == kPartial && one->call_id == event.call_id;
    });
  }
};

}  // namespace

std::string to_json(const LiveEvent& event) {
  namespace json = boost::json;
  boost::system::error_code ec;
  json::value data = json::parse(event.data, ec);
  if (ec || !data.is_object()) data = json::object();
  json::object object{{"id", event.id}, {"type", event.type}, {"at", utc_time(event.at)}};
  if (!event.call_id.empty()) object["callId"] = event.call_id;
  object["sessionId"] = event.session_id;
  object["data"] = std::move(data);
  return json::serialize(object);
}

struct EventHub::Impl {
  explicit Impl(const Clock& with) : clock(with) {}

  const Clock& clock;
  std::vector<std::function<void(const LiveEvent&)>> sinks;  // complete before the first event
  mutable Mutex mutex;
  std::deque<EventPtr> history PARLEY_GUARDED_BY(mutex);
  std::list<std::shared_ptr<Queue>> queues PARLEY_GUARDED_BY(mutex);
  bool closed PARLEY_GUARDED_BY(mutex) = false;

  // Posted under the lock: a subscription that is gone is not posted to any more, so its executor may go too.
  void tell(const std::shared_ptr<Queue>& queue) PARLEY_REQUIRES(mutex) {
    if (std::exchange(queue->told, true)) return;
    async::asio::post(queue->executor, [queue] { queue->news.notify(); });
  }

  void replay(Queue& queue, const std::string& after_id) PARLEY_REQUIRES(mutex) {
    if (after_id.empty()) return;
    auto from = std::ranges::find(history, after_id, [](const EventPtr& event) { return event->id; });
    if (from != history.end()) {
      ++from;
    } else {
      const auto since = time_of_id(after_id);
      if (since == 0) return;
      from = std::ranges::find_if(history, [&](const EventPtr& event) { return event->at >= since; });
    }
    for (; from != history.end() && !queue.ended; ++from) {
      if (!matches(queue.filter, **from)) continue;
      // More than fits: the latest are worth most.
      if (queue.events.size() == kQueueLimit) queue.events.pop_front();
      queue.push(*from);
    }
  }
};

namespace {

template <class Hub>
class QueueSubscription final : public EventHub::Subscription {
 public:
  QueueSubscription(std::shared_ptr<Hub> hub, std::shared_ptr<Queue> queue)
      : hub_(std::move(hub)), queue_(std::move(queue)) {}
  ~QueueSubscription() override {
    MutexLock lock(hub_->mutex);
    hub_->queues.remove(queue_);
  }

  async::Task<std::optional<LiveEvent>> next() override {
    while (true) {
      bool over = false;
      const EventPtr event = take(over);
      if (event) co_return *event;
      if (over) co_return std::nullopt;
      co_await queue_->news.wait();
    }
  }

  async::Task<Next> next_within(std::chrono::milliseconds time) override {
    const auto until = std::chrono::steady_clock::now() + time;
    while (true) {
      bool over = false;
      const EventPtr event = take(over);
      if (event) co_return Next{*event, false};
      if (over) co_return Next{};
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      if (left.count() <= 0) co_return Next{std::nullopt, true};
      co_await queue_->news.wait_for(left);
    }
  }

 private:
  EventPtr take(bool& over) {
    MutexLock lock(hub_->mutex);
    queue_->told = false;
    if (queue_->events.empty()) {
      over = queue_->ended;
      return nullptr;
    }
    EventPtr event = std::move(queue_->events.front());
    queue_->events.pop_front();
    return event;
  }

  const std::shared_ptr<Hub> hub_;
  const std::shared_ptr<Queue> queue_;
};

}  // namespace

EventHub::EventHub(const Clock& clock) : impl_(std::make_shared<Impl>(clock)) {}

EventHub::~EventHub() {
  close();
}

void EventHub::add_sink(std::function<void(const LiveEvent&)> sink) {
  impl_->sinks.push_back(std::move(sink));
}

void EventHub::publish(LiveEvent event) {
  if (event.id.empty()) event.id = make_id();
  if (event.at == 0) {
    event.at = now_millis(impl_->clock);
  }
  const auto shared = std::make_shared<const LiveEvent>(std::move(event));
  {
    MutexLock lock(impl_->mutex);
    if (shared->type != kPartial) {
      impl_->history.push_back(shared);
      if (impl_->history.size() > kHistory) impl_->history.pop_front();
    }
    for (const auto& queue : impl_->queues) {
      if (!matches(queue->filter, *shared)) continue;
      queue->push(shared);
      impl_->tell(queue);
    }
  }
  for (const auto& sink : impl_->sinks)
    sink(*shared);
}

std::unique_ptr<EventHub::Subscription> EventHub::subscribe(async::Executor executor, EventFilter filter,
                                                            const std::string& after_id) {
  auto queue = std::make_shared<Queue>(executor, std::move(filter));
  {
    MutexLock lock(impl_->mutex);
    queue->ended = impl_->closed;
    impl_->replay(*queue, after_id);
    impl_->queues.push_back(queue);
  }
  return std::make_unique<QueueSubscription<Impl>>(impl_, std::move(queue));
}

void EventHub::close() {
  MutexLock lock(impl_->mutex);
  impl_->closed = true;
  for (const auto& queue : impl_->queues) {
    queue->ended = true;
    impl_->tell(queue);
  }
}

std::size_t EventHub::subscribers() const {
  MutexLock lock(impl_->mutex);
  return impl_->queues.size();
}

}  // namespace parley::control

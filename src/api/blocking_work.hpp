// The part of a request that blocks, as one job: who is it, was it sent before, the handler, its audit row.
//
// Everything here runs on the pool, several requests at once.
#pragma once

#include <string>

#include "api/api.hpp"
#include "api/idempotency.hpp"
#include "api/request_gate.hpp"
#include "base/clock.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

class BlockingWork {
 public:
  // All of it outlives the work.
  BlockingWork(const RequestGate& gate, storage::ControlStore& store, const Clock& clock)
      : gate_(gate), store_(store), clock_(clock), idempotency_(store, clock) {}

  net::HttpResponse answer(Incoming incoming, const BlockingHandler& handler);
  // Of an operation whose handler does not block: the target is what its path names.
  void audit(const ApiRequest& request);

 private:
  struct Sent {
    std::string path;
    std::string query;
    std::string idempotency_key;
  };
  net::HttpResponse answer_once(const ApiRequest& request, const BlockingHandler& handler, const Sent& sent);
  net::HttpResponse run(const ApiRequest& request, const BlockingHandler& handler, bool& keep);
  void append_audit(const ApiRequest& request, storage::AuditRecord record);

  const RequestGate& gate_;
  storage::ControlStore& store_;
  const Clock& clock_;
  Idempotency idempotency_;
};

}  // namespace parley::api

// Inside this room: the entries of a CallBook and what they are found by. Not locked: the book does that.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/call_book.hpp"

namespace parley::control {

struct CallEntry {
  BookedCall call;
  std::vector<std::string> ids;  // of all its records; the last is call.call_id
  SteadyTime booked{};
  SteadyTime heard{};  // the last time that anybody said anything of it
  SteadyTime over_since{};
  bool over = false;
  bool streaming = false;
  std::string token;  // empty: none was issued
  SteadyTime token_since{};
  bool token_used = false;
  // What the carrier has told of it.
  bool end_told = false;
  bool seconds_told = false;
  bool price_told = false;
  bool recording_told = false;
  bool settled = false;                         // nobody asks for the rest any more
  std::pair<std::string, std::string> numbers;  // as in the index; empty: not in it
  std::uint64_t serial = 0;
};

class CallIndex {
 public:
  using Entry = CallEntry;

  explicit CallIndex(CallBook::Options options) : options_(options) {}

  // The call's id is set and free. Its carrier's id is dropped when another call has it.
  Entry& add(BookedCall call, SteadyTime now);
  Entry* find(std::string_view call_id) const;
  Entry* find_token(std::string_view token) const;

  // nullptr: none. Errc::conflict: rule 3. `for_stream`: a stream says it, so that a call that waits for its
  // token is not taken by numbers.
  Result<Entry*> locate(const CallTrace& trace, SteadyTime now, bool for_stream);
  // What the trace knows and the entry does not. Errc::conflict, and nothing is learnt: rule 3.
  Result<void> learn(Entry& entry, const CallTrace& trace);
  // Another record of the same call.
  void add_id(Entry& entry, std::string call_id);
  void set_token(Entry& entry, std::string token, SteadyTime now);
  bool token_holds(const Entry& entry, SteadyTime now) const;
  void set_over(Entry& entry, bool over, SteadyTime now);

  // Those that are over for too long, and the oldest of too many; never `kept`.
  void drop_old(SteadyTime now, const Entry& kept);

  const std::map<std::uint64_t, Entry*>& open() const { return open_; }
  // Of calls that had a stream, are over and were not struck off, the next ones in order of booking.
  struct Some {
    std::vector<Entry*> entries;
    bool last = false;  // the next ones are the first again
  };
  Some next_unsettled(std::size_t most);
  void note_unsettled(const Entry& entry);
  void strike_off(const Entry& entry) { unsettled_.erase(entry.serial); }
  std::size_t size() const { return entries_.size(); }

 private:
  using Key = std::pair<std::string, std::string>;

  Entry* by_numbers(const CallTrace& trace, SteadyTime now, bool for_stream);
  void index_numbers(Entry& entry);
  void remove(Entry& entry);

  const CallBook::Options options_;
  std::map<std::uint64_t, std::unique_ptr<Entry>> entries_;  // by serial
  std::map<std::string, Entry*, std::less<>> by_id_;         // all ids of its records
  std::map<Key, Entry*> by_carrier_id_;                      // carrier, its id
  std::map<std::string, Entry*, std::less<>> by_token_;      // used ones too, to know a replay
  std::map<Key, std::list<Entry*>> by_numbers_;              // in order of booking
  std::map<std::uint64_t, Entry*> open_;                     // not over, in order of booking
  std::set<std::pair<SteadyTime, std::uint64_t>> over_;      // since when, serial
  std::set<std::uint64_t> unsettled_;                        // serials
  std::uint64_t looked_at_ = 0;                              // the last of them
  std::uint64_t next_serial_ = 1;
};

}  // namespace parley::control

#include "emulator/world.hpp"

#include "base/ascii.hpp"

namespace parley::emulator {
namespace {

constexpr std::size_t kSignificant = 10;

std::string digits_of(std::string_view number) {
  std::string digits;
  for (const char c : number) {
    if (is_digit(c)) digits += c;
  }
  return digits;
}

std::string_view last_ten(std::string_view digits) {
  return digits.size() > kSignificant ? digits.substr(digits.size() - kSignificant) : digits;
}

template <class T, class Matches>
const T* find(const std::vector<T>& all, Matches matches) {
  const auto found = std::ranges::find_if(all, matches);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

bool same_number(std::string_view a, std::string_view b) {
  const std::string left = digits_of(a);
  const std::string right = digits_of(b);
  return !left.empty() && last_ten(left) == last_ten(right);
}

std::string spelled(std::string_view number, bool e164) {
  const std::string digits = digits_of(number);
  if (digits.size() < kSignificant) return std::string(number);
  return std::string(e164 ? "+91" : "0") + std::string(last_ten(digits));
}

const Account* World::account(std::string_view sid) const {
  return find(accounts, [sid](const Account& account) { return account.sid == sid; });
}

const ExoPhone* World::phone(std::string_view number) const {
  return find(phones, [number](const ExoPhone& phone) { return same_number(phone.number, number); });
}

const Flow* World::flow(std::string_view id) const {
  return find(flows, [id](const Flow& flow) { return flow.id == id; });
}

const Person& World::person(std::string_view number) const {
  const Person* found =
      find(people, [number](const Person& person) { return same_number(person.number, number); });
  return found == nullptr ? anybody : *found;
}

}  // namespace parley::emulator

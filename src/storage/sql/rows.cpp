#include <charconv>

#include "storage/sql/database.hpp"

namespace parley::storage::sql {
namespace {

template <class T>
T parse(const std::string& text) {
  T number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

bool Rows::is_null(std::size_t row, std::size_t column) const {
  return std::holds_alternative<std::monostate>(cell(row, column));
}

std::string Rows::text(std::size_t row, std::size_t column) const {
  const Value& value = cell(row, column);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  return {};
}

std::int64_t Rows::integer(std::size_t row, std::size_t column) const {
  const Value& value = cell(row, column);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  // Beyond the range of whole numbers the conversion would be undefined.
  if (const auto* real = std::get_if<double>(&value))
    return *real > -9e18 && *real < 9e18 ? static_cast<std::int64_t>(*real) : 0;
  if (const auto* text = std::get_if<std::string>(&value)) return parse<std::int64_t>(*text);
  return 0;
}

std::optional<double> Rows::real(std::size_t row, std::size_t column) const {
  const Value& value = cell(row, column);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return parse<double>(*text);
  return std::nullopt;
}

}  // namespace parley::storage::sql

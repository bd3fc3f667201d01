#include "levels.hpp"

#include <algorithm>

namespace cef::render {

namespace {

bool is_violated(const Row& row, const Field& field) {
  const std::string& path = field.column.path;
  const bool is_element = path.find('*') != std::string::npos;
  return std::ranges::any_of(row.result->checks, [&](const Check& check) {
    return !check.holds && check.path == path && (!is_element || check.item == row.item);
  });
}

// A level that the record has for this very value: a sensor's own.
std::optional<double> own_level(const Row& row, std::string_view path) {
  if (path.empty()) return std::nullopt;
  const Value level = lookup(*row.result, Field{{}, split_path(path)}, row.item);
  return level.is_number() ? std::optional(level.get<double>()) : std::nullopt;
}

}  // namespace

Ink ink_of(const Row& row, const Field& field, const Value& value) {
  if (is_violated(row, field)) return Ink::red;
  if (!value.is_number() && !value.is_boolean()) return Ink::none;
  const double number = value.is_boolean() ? (value.get<bool>() ? 1 : 0) : value.get<double>();
  const Levels& levels = field.column.levels;
  auto high = own_level(row, levels.high_path), critical = own_level(row, levels.critical_path);
  if (!high && !critical) high = levels.high, critical = levels.critical;
  if (critical && number >= *critical) return Ink::red;
  return high && number >= *high ? Ink::yellow : Ink::none;
}

}  // namespace cef::render

#include "levels.hpp"

#include <cef/core/severity.hpp>

#include <algorithm>

namespace cef::render {

namespace {

// `data.disk.used_pct` for `data.disk.filesystems.*.used_pct`: where the worst of the elements stands.
std::string path_of_worst(std::string_view path, std::size_t star) {
  const std::size_t list = path.rfind('.', star - 2);
  return std::string(path.substr(0, list)) + std::string(path.substr(star + 1));
}

// How bad the value is, of all thresholds it was held to.
Severity severity_of(const Row& row, const Field& field, const Value& value) {
  const std::string& path = field.column.path;
  const std::size_t star = path.find('*');
  const std::string worst = star == std::string::npos ? "" : path_of_worst(path, star);
  const auto is_meant = [&](const Check& check) {
    if (star == std::string::npos) return check.path == path;
    if (check.path == path) return check.item == row.item;
    return check.path == worst && check.value && value.is_number() && value.get<double>() == *check.value;
  };
  Severity found = Severity::good;
  for (const Check& check : row.result->checks)
    if (!check.holds && is_meant(check)) found = std::max(found, severity(check));
  return found;
}

// A level that the record has for this very value: a sensor's own.
std::optional<double> own_level(const Row& row, std::string_view path) {
  if (path.empty()) return std::nullopt;
  const Value level = lookup(*row.result, Field{{}, split_path(path)}, row.item);
  return level.is_number() ? std::optional(level.get<double>()) : std::nullopt;
}

}  // namespace

Ink ink_of(const Row& row, const Field& field, const Value& value) {
  if (const Severity found = severity_of(row, field, value); found != Severity::good)
    return found == Severity::warning ? Ink::yellow : Ink::red;
  if (!value.is_number() && !value.is_boolean()) return Ink::none;
  const double number = value.is_boolean() ? (value.get<bool>() ? 1 : 0) : value.get<double>();
  const Levels& levels = field.column.levels;
  auto high = own_level(row, levels.high_path), critical = own_level(row, levels.critical_path);
  if (!high && !critical) high = levels.high, critical = levels.critical;
  if (critical && number >= *critical) return Ink::red;
  return high && number >= *high ? Ink::yellow : Ink::none;
}

}  // namespace cef::render

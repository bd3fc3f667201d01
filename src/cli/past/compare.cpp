#include "compare.hpp"

#include "console/lines.hpp"

#include <cef/render/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace cef::cli {

namespace {

bool is_time(std::string_view field) { return field.ends_with("_ms") || field == "uptime_s"; }

// The first line that is not the same on both sides, with its number where there are several.
std::pair<std::string, std::string> first_difference(std::string_view before, std::string_view after) {
  const auto a = lines_of(before), b = lines_of(after);
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  const auto show = [&](const std::vector<std::string_view>& lines) {
    if (at >= lines.size()) return std::string(lines.empty() ? "(nothing)" : "(no more)");
    if (a.size() <= 1 && b.size() <= 1) return std::string(lines[at]);
    const std::size_t more = lines.size() - at - 1;
    return fmt::format("line {}: {}{}", at + 1, lines[at], more > 0 ? fmt::format(" (and {} more)", more) : "");
  };
  return {show(a), show(b)};
}

std::string brief(const Value& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? value.get<std::string>() : render::dump(value);
}

void add(Value& fields, std::string_view name, const Value& before, const Value& after) {
  auto was = brief(before), now = brief(after);
  if (before.is_string() && after.is_string()) std::tie(was, now) = first_difference(was, now);
  fields.push_back({{"field", name}, {"before", before}, {"after", after}, {"was", was}, {"now", now}});
}

// Objects field by field; anything else as a whole.
void compare_values(Value& fields, const std::string& name, const Value& before, const Value& after) {
  if (!before.is_object() || !after.is_object()) {
    if (before != after) add(fields, name, before, after);
    return;
  }
  const auto full = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
  for (const auto& [key, value] : before.items())
    if (!is_time(key)) compare_values(fields, full(key), value, after.value(key, Value()));
  for (const auto& [key, value] : after.items())
    if (!is_time(key) && !before.contains(key)) compare_values(fields, full(key), Value(), value);
}

std::string outcome(const HostResult& result) {
  const std::string status(name_of(result.status));
  return result.error ? fmt::format("{} ({})", status, name_of(result.error->code)) : status;
}

HostResult row(const HostResult& of, std::string_view change, Value fields) {
  HostResult result;
  result.host = of.host;
  result.groups = of.groups;
  result.status = Status::changed;
  result.data = {{"change", change}, {"fields", std::move(fields)}};
  return result;
}

}  // namespace

std::vector<HostResult> compare(const Report& before, const Report& after, bool with_data) {
  std::map<std::string_view, const HostResult*> former;
  for (const HostResult& result : before.results) former[result.host] = &result;
  std::vector<HostResult> rows;
  for (const HostResult& now : after.results) {
    Value fields = Value::array();
    const auto it = former.find(now.host);
    if (it == former.end()) {
      add(fields, "status", nullptr, outcome(now));
      rows.push_back(row(now, "appeared", std::move(fields)));
      continue;
    }
    const HostResult& was = *it->second;
    former.erase(it);
    const bool other_status = outcome(was) != outcome(now);
    if (other_status) add(fields, "status", outcome(was), outcome(now));
    // Of a host that was not reached there is no record to compare.
    if (with_data && !was.data.is_null() && !now.data.is_null()) compare_values(fields, "", was.data, now.data);
    if (!fields.empty()) rows.push_back(row(now, other_status ? "status" : "result", std::move(fields)));
  }
  for (const HostResult& was : before.results) {
    if (!former.contains(was.host)) continue;
    Value fields = Value::array();
    add(fields, "status", outcome(was), nullptr);
    rows.push_back(row(was, "vanished", std::move(fields)));
  }
  return rows;
}

}  // namespace cef::cli

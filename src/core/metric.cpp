#include <cef/core/metric.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

namespace cef {

namespace {

const Value* child(const Value& value, std::string_view path) {
  const Value* at = &value;
  while (!path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    if (!at->is_object()) return nullptr;
    const auto found = at->find(path.substr(0, dot));
    if (found == at->end()) return nullptr;
    at = &*found;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

std::optional<double> number(const Value* value) {
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>() ? 1 : 0;
  if (!value->is_number()) return std::nullopt;
  return value->get<double>();
}

std::string text(const Value* value) {
  if (!value || value->is_null()) return "";
  return value->is_string() ? value->get<std::string>() : value->dump(-1, ' ', false, Value::error_handler_t::replace);
}

}  // namespace

std::vector<Sample> samples(const Metrics& metrics, const Value& record) {
  std::vector<Sample> found;
  for (const Metric& metric : metrics) {
    const Value* of_probe = child(record, metric.probe);
    if (!of_probe) continue;
    if (metric.list.empty()) {
      if (const auto value = number(child(*of_probe, metric.field))) found.push_back({&metric, "", *value});
      continue;
    }
    const Value* list = child(*of_probe, metric.list);
    if (!list || !list->is_array()) continue;
    for (const Value& element : *list)
      if (const auto value = number(child(element, metric.field)))
        found.push_back({&metric, text(child(element, metric.label)), *value});
  }
  return found;
}

}  // namespace cef

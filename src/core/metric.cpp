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

void add_samples(const Metric& metric, const Value& record, std::vector<Sample>& found) {
  if (metric.list.empty()) {
    if (const auto value = number(child(record, metric.field))) found.push_back({&metric, "", *value});
    return;
  }
  const Value* list = child(record, metric.list);
  if (!list || !list->is_array()) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Value& element = (*list)[i];
    if (const auto value = number(child(element, metric.field)))
      found.push_back({&metric, text(child(element, metric.label)), *value, i});
  }
}

}  // namespace

const Value* record_of(std::string_view probe, std::string_view verb, const Value& data) {
  return probe == verb ? &data : child(data, probe);
}

std::vector<Sample> samples(const Metrics& metrics, std::string_view verb, const Value& data) {
  std::vector<Sample> found;
  for (const Metric& metric : metrics)
    if (const Value* record = record_of(metric.probe, verb, data)) add_samples(metric, *record, found);
  return found;
}

std::vector<Sample> samples(const Metrics& metrics, const Value& record) { return samples(metrics, "", record); }

std::vector<std::string> probes_of(const Metrics& metrics) {
  std::vector<std::string> names;
  for (const Metric& metric : metrics)
    if (std::ranges::find(names, metric.probe) == names.end()) names.push_back(metric.probe);
  return names;
}

}  // namespace cef

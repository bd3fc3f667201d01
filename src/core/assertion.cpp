#include <cef/core/assertion.hpp>
#include <cef/core/near_metric.hpp>
#include <cef/core/severity.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fnmatch.h>

namespace cef {

namespace {

struct Operator {
  std::string_view text;
  Comparison comparison;
};
// The longer ones first: `<=` begins with `<`.
constexpr Operator operators[] = {{"<=", Comparison::at_most}, {">=", Comparison::at_least},
                                  {"==", Comparison::equal},   {"!=", Comparison::unequal},
                                  {"<", Comparison::less},     {">", Comparison::greater}};

const Operator* operator_at(std::string_view text) {
  for (const Operator& each : operators)
    if (text.starts_with(each.text)) return &each;
  return nullptr;
}

Unexpected<Error> wrong(std::string_view text, std::string_view why) {
  return Unexpected(Error{Code::usage, fmt::format("'{}' is no threshold: {}", trim(text), why),
                          "write METRIC, one of < <= > >= == != and a number: 'temp.cpu_celsius<80', or <70:80"});
}

// A label may hold brackets and signs: it ends at the last bracket after which an operator stands.
std::optional<std::size_t> end_of_label(std::string_view text) {
  for (std::size_t i = text.size(); i-- > 0;)
    if (text[i] == ']' && operator_at(trim(text.substr(i + 1)))) return i;
  return std::nullopt;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

Unexpected<Error> unknown(std::string_view name, const Metrics& known) {
  std::vector<std::string> names;
  for (const Metric& metric : known)
    if (std::ranges::find(names, metric.name()) == names.end()) names.push_back(metric.name());
  if (names.empty())
    return Unexpected(Error{Code::usage, fmt::format("there is no metric '{}' here: this verb has none", name), ""});
  const NearMetrics near = near_metrics(name, names);
  return Unexpected(Error{Code::usage,
                          near.best ? fmt::format("there is no metric '{}': did you mean '{}'?", name, *near.best)
                                    : fmt::format("there is no metric '{}'", name),
                          fmt::format("metrics: {}", fmt::join(near.among, ", "))});
}

bool compare(double value, Comparison comparison, double limit) {
  switch (comparison) {
    case Comparison::less:
      return value < limit;
    case Comparison::at_most:
      return value <= limit;
    case Comparison::greater:
      return value > limit;
    case Comparison::at_least:
      return value >= limit;
    case Comparison::equal:
      return value == limit;
    case Comparison::unequal:
      return value != limit;
  }
  return false;
}

// The worse one of `70:80` in one direction: it has to be crossed after the other.
Result<void> check_order(std::string_view text, Comparison comparison, double warning, double critical) {
  const bool upwards = comparison == Comparison::less || comparison == Comparison::at_most;
  const bool downwards = comparison == Comparison::greater || comparison == Comparison::at_least;
  if (!upwards && !downwards) return wrong(text, "two limits need one of < <= > >=");
  if (upwards ? warning < critical : warning > critical) return {};
  return wrong(text, fmt::format("it would be critical before it warns: {}:{}", critical, warning));
}

bool is_labelled(const Assertion& assertion, const std::string& label) {
  return !assertion.label || *assertion.label == label ||
         ::fnmatch(assertion.label->c_str(), label.c_str(), FNM_NOESCAPE) == 0;
}

bool means(const Assertion& assertion, const Metric& metric, bool has_worst) {
  if (metric.name() != assertion.name) return false;
  return assertion.label || !has_worst ? metric.kind != Metric::Kind::worst : metric.list.empty();
}

// Elements that a host could not tell of, a file system that gives errors: nobody knows whether the value is right.
void add_unknown(const Assertion& assertion, const Metric& metric, std::string_view path, const Value& record,
                 std::vector<Check>& checks) {
  const auto list = record.find(metric.list);
  if (metric.list.empty() || list == record.end() || !list->is_array()) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Value& element = (*list)[i];
    if (!element.is_object() || !element.contains("error") || !element["error"].is_string()) continue;
    if (const auto value = element.find(metric.field); value != element.end() && value->is_number()) continue;
    const auto label = element.find(metric.label);
    const std::string name = label == element.end() || label->is_null() ? ""
                             : label->is_string()                       ? label->get<std::string>()
                                                                        : label->dump();
    if (!is_labelled(assertion, name)) continue;
    checks.push_back({assertion, Sample{&metric, name, 0, i}.name(), std::string(path), i, std::nullopt,
                      element["error"].get<std::string>(), false});
  }
}

std::string path_of(const Metric& metric, std::string_view verb) {
  return fmt::format("data.{}{}{}{}{}", metric.probe == verb ? "" : metric.probe, metric.probe == verb ? "" : ".",
                     metric.list, metric.list.empty() ? "" : ".*.", metric.field);
}

}  // namespace

Result<Assertion> parse_assertion(std::string_view text, const Metrics& known, std::string_view verb) {
  Assertion assertion;
  const auto name_end = text.find_first_of("[<>=!");
  if (name_end == std::string_view::npos) return wrong(text, "it compares with nothing");
  std::string name(trim(text.substr(0, name_end)));
  std::string_view rest = text.substr(name_end);
  if (rest.front() == '[') {
    rest.remove_prefix(1);
    const auto end = end_of_label(rest);
    if (!end) return wrong(text, "after the [ there is no ] with a comparison");
    assertion.label = std::string(rest.substr(0, *end));
    rest = trim(rest.substr(*end + 1));
  }
  const Operator* found = operator_at(rest);
  if (!found) return wrong(text, "it compares with nothing");
  const std::string_view wanted = rest.substr(found->text.size());
  const std::string_view limit = trim(wanted.substr(0, wanted.find('#')));
  assertion.comparison = found->comparison;
  assertion.is_boolean = limit == "true" || limit == "false";
  const std::size_t colon = std::min(limit.find(':'), limit.size());
  const auto value =
      assertion.is_boolean ? std::optional<double>(limit == "true") : number(trim(limit.substr(0, colon)));
  if (name.empty()) return wrong(text, "it names no metric");
  if (!value) return wrong(text, fmt::format("'{}' is not a number; its unit is that of the metric's name", limit));
  assertion.limit = *value;
  assertion.expected = fmt::format("{}{}", found->text, limit);
  if (colon < limit.size()) {
    const auto critical = number(trim(limit.substr(colon + 1)));
    if (!critical) return wrong(text, fmt::format("'{}' is not two numbers", limit));
    if (const auto right = check_order(text, found->comparison, *value, *critical); !right)
      return Unexpected(right.error());
    assertion.expected =
        fmt::format("{}{}:{}", found->text, trim(limit.substr(0, colon)), trim(limit.substr(colon + 1)));
  }

  const auto is_known = [&](const std::string& each) { return std::ranges::count(known, each, &Metric::name) > 0; };
  assertion.name = is_known(name) ? name : fmt::format("{}.{}", verb, name);
  if (!is_known(assertion.name)) return unknown(name, known);
  if (assertion.label && std::ranges::none_of(known, [&](const Metric& metric) {
        return metric.name() == assertion.name && !metric.list.empty();
      }))
    return wrong(text, fmt::format("a host has but one {}", assertion.name));
  return assertion;
}

std::vector<Check> check(const Assertions& assertions, const Metrics& metrics, std::string_view verb,
                         const Value& data) {
  std::vector<Check> checks;
  if (assertions.empty()) return checks;
  const std::vector<Sample> all = samples(metrics, verb, data);
  for (const Assertion& assertion : assertions) {
    bool has_worst = false;
    const Metric* any = nullptr;
    for (const Metric& metric : metrics)
      if (metric.name() == assertion.name) any = &metric, has_worst = has_worst || metric.list.empty();
    if (!any) continue;  // a threshold for another verb
    const Value* record = record_of(any->probe, verb, data);
    if (record && record->is_object() && record->contains("error")) {
      Check failed{assertion, assertion.metric(), "", 0, std::nullopt, "failed", false};
      if (const Value& error = (*record)["error"]; error.is_object() && error.contains("code"))
        failed.error = error["code"].is_string() ? error["code"].get<std::string>() : "failed";
      checks.push_back(std::move(failed));
      continue;
    }
    for (const Sample& sample : all) {
      if (!means(assertion, *sample.metric, has_worst)) continue;
      if (!is_labelled(assertion, sample.label)) continue;
      checks.push_back({assertion, sample.name(), path_of(*sample.metric, verb), sample.item, sample.value, "",
                        compare(sample.value, assertion.comparison, assertion.limit)});
    }
    if (!record || !record->is_object()) continue;
    for (const Metric& metric : metrics)
      if (metric.name() == assertion.name) add_unknown(assertion, metric, path_of(metric, verb), *record, checks);
  }
  return checks;
}

AssertionLimits limits_of(const Assertion& assertion) {
  std::string_view text = assertion.expected;
  text.remove_prefix(std::min(text.find_first_not_of("<>=!"), text.size()));
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {std::nullopt, number(text).value_or(assertion.limit)};
  return {number(text.substr(0, colon)), number(text.substr(colon + 1)).value_or(assertion.limit)};
}

Severity severity(const Check& check) {
  if (check.holds) return Severity::good;
  const AssertionLimits limits = limits_of(check.assertion);
  const Operator* found = operator_at(check.assertion.expected);
  if (!limits.warning || !check.value || !found) return Severity::critical;
  return compare(*check.value, found->comparison, limits.critical) ? Severity::warning : Severity::critical;
}

std::string Check::sentence() const {
  std::string wanted = assertion.expected;
  // Of two limits the one that was crossed.
  if (const std::size_t colon = wanted.find(':'); colon != std::string::npos) {
    const std::size_t first = std::min(wanted.find_first_not_of("<>=!"), colon);
    if (severity(*this) == Severity::warning)
      wanted.erase(colon);
    else
      wanted.erase(first, colon + 1 - first);
  }
  wanted.insert(std::min(wanted.find_first_not_of("<>=!"), wanted.size()), 1, ' ');
  if (!value) return fmt::format("{} is not known ({}) and has to be {}", metric, error, wanted);
  return fmt::format("{} {} is not {}", metric,
                     assertion.is_boolean ? (*value != 0 ? "true" : "false") : fmt::format("{}", *value), wanted);
}

Value Check::to_json() const {
  Value json{{"metric", metric}, {"value", nullptr}, {"expected", assertion.expected}};
  if (value && assertion.is_boolean)
    json["value"] = *value != 0;
  else if (value && std::abs(*value) < 1e15 && *value == std::trunc(*value))
    json["value"] = static_cast<std::int64_t>(*value);
  else if (value)
    json["value"] = *value;
  if (!error.empty()) json["error"] = error;
  if (limits_of(assertion).warning) json["level"] = severity(*this) == Severity::warning ? "warning" : "critical";
  return json;
}

}  // namespace cef

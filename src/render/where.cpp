// --where: conditions that rows have to meet.
#include "plan.hpp"
#include "rows.hpp"

#include <cef/core/duration.hpp>
#include <cef/core/field_unit.hpp>
#include <cef/core/size.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fnmatch.h>

namespace cef::render {

namespace {

struct Sign {
  std::string_view text;
  Comparison comparison;
};
// The longer ones first. A single `=` is what one types.
constexpr Sign signs[] = {{"<=", Comparison::at_most}, {">=", Comparison::at_least}, {"==", Comparison::equal},
                          {"!=", Comparison::unequal}, {"<", Comparison::less},      {">", Comparison::greater},
                          {"=", Comparison::equal}};

Unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return Unexpected(Error{Code::usage, fmt::format("--where '{}': {}", text, why),
                          "write a column or a path, one of < <= > >= == != and a value: 'used_pct>80'"});
}

// What a value is written as: `80`, `true`, and with the field's unit `2G`, `1h`.
std::optional<double> number_of(std::string_view text, Unit unit) {
  if (text == "true" || text == "yes") return 1;
  if (text == "false" || text == "no") return 0;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  if (unit == Unit::bytes)
    if (const auto size = parse_size(text)) return static_cast<double>(*size);
  if (unit == Unit::milliseconds || unit == Unit::seconds)
    if (const auto duration = parse_duration(text))
      return static_cast<double>(duration->count()) / (unit == Unit::seconds ? 1000 : 1);
  return std::nullopt;
}

Field field_of(const std::string& path) {
  return {{.name = path, .path = path, .unit = unit_of_field(path).unit, .help = ""}, split_path(path)};
}

// By a metric's name, with or without its probe: that of a list's elements before that of their worst.
std::optional<Field> of_metric(const View& view, std::string_view name) {
  const bool alone = probes_of(view.metrics).size() < 2;  // then the record is the probe's own
  const Metric* found = nullptr;
  for (const Metric& metric : view.metrics)
    if ((metric.name() == name || (alone && metric.field == name)) && (!found || !metric.list.empty())) found = &metric;
  if (!found) return std::nullopt;
  std::string path = "data.";
  if (!alone) path += found->probe + ".";
  if (!found->list.empty()) path += found->list + ".*.";
  return field_of(path + found->field);
}

bool compare(double value, Comparison comparison, double wanted) {
  switch (comparison) {
    case Comparison::less:
      return value < wanted;
    case Comparison::at_most:
      return value <= wanted;
    case Comparison::greater:
      return value > wanted;
    case Comparison::at_least:
      return value >= wanted;
    case Comparison::equal:
      return value == wanted;
    case Comparison::unequal:
      return value != wanted;
  }
  return false;
}

// What is not known meets nothing.
bool holds(const Condition& condition, const Value& value) {
  if (value.is_null()) return false;
  if (value.is_number() || value.is_boolean()) {
    const double number = value.is_boolean() ? (value.get<bool>() ? 1 : 0) : value.get<double>();
    return condition.number && compare(number, condition.comparison, *condition.number);
  }
  if (value.is_array() && condition.comparison == Comparison::equal)
    return std::any_of(value.begin(), value.end(), [&](const Value& one) { return holds(condition, one); });
  const std::string text = lower(value.is_string() ? value.get<std::string>() : dump(value));
  const bool same = ::fnmatch(lower(condition.text).c_str(), text.c_str(), FNM_NOESCAPE) == 0;
  return condition.comparison == Comparison::equal ? same : condition.comparison == Comparison::unequal && !same;
}

// What stands before the `*`: the list whose elements a field is about; empty for none.
std::string_view list_of(const Field& field) {
  const std::string_view path = field.column.path;
  const std::size_t star = path.find('*');
  return star == std::string_view::npos ? "" : path.substr(0, star);
}

}  // namespace

Result<Condition> parse_condition(const View& view, std::string_view text) {
  const std::size_t at = text.find_first_of("<>=!");
  if (at == std::string_view::npos) return refuse(text, "it compares with nothing");
  const auto* const sign =
      std::ranges::find_if(signs, [&](const Sign& each) { return text.substr(at).starts_with(each.text); });
  if (sign == std::end(signs)) return refuse(text, "it compares with nothing");
  const std::string_view wanted = trim(text.substr(at + sign->text.size()));
  if (!wanted.empty() && std::string_view("<>=!").find(wanted.front()) != std::string_view::npos)
    return refuse(text, fmt::format("'{}{}' compares nothing", sign->text, wanted.front()));
  const bool is_quoted = !wanted.empty() && (wanted.front() == '"' || wanted.front() == '\'');
  if (is_quoted && (wanted.size() < 2 || wanted.back() != wanted.front()))
    return refuse(text, fmt::format("the quotation mark {} is not closed", wanted.front()));
  const std::string name(trim(text.substr(0, at)));
  if (name.empty()) return refuse(text, "it names no column");
  Condition condition;
  condition.comparison = sign->comparison;
  condition.text = is_quoted ? wanted.substr(1, wanted.size() - 2) : wanted;
  auto field = find_field(view.columns, name);
  if (!field) {
    auto metric = of_metric(view, name);
    if (!metric) return Unexpected(Error{field.error().code, "--where: " + field.error().message, field.error().hint});
    field = *std::move(metric);
  }
  condition.field = *std::move(field);
  condition.number = number_of(condition.text, condition.field.column.unit);
  const bool of_texts = condition.comparison == Comparison::equal || condition.comparison == Comparison::unequal;
  if (!condition.number && !of_texts) return refuse(text, fmt::format("'{}' is not a number", condition.text));
  return condition;
}

bool meets(const Condition& condition, const std::vector<Field>& fields, const HostResult& result, std::size_t item) {
  const std::string_view list = list_of(condition.field);
  const bool is_rows_own =
      list.empty() || std::ranges::any_of(fields, [&](const Field& field) { return list_of(field) == list; });
  if (is_rows_own) return holds(condition, lookup(result, condition.field, item));
  for (std::size_t i = 0; i < items(result, condition.field); ++i)
    if (holds(condition, lookup(result, condition.field, i))) return true;
  return false;
}

}  // namespace cef::render

// A Nagios plugin's output: a line with a word, a sentence and performance data, then lines of details. The exit code
// stays cef's own: what runs it as a plugin maps the word (packaging/nagios/check_cef). Source: Nagios Plugins
// Development Guidelines, "Plugin Output", "Threshold and Ranges", "Performance data".
#include "formats.hpp"
#include "rows.hpp"
#include "table/cell.hpp"

#include <cef/core/field_unit.hpp>
#include <cef/core/severity.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace cef::render {

namespace {

// What monitoring shows of the first line is short, and many ways to it take a few kilobytes of all.
constexpr std::size_t most_in_line = 3, most_problems = 40;

// It knows no others.
std::string_view unit_of(const Metric& metric) {
  if (metric.kind == Metric::Kind::counter) return "c";
  switch (unit_of_field(metric.field).unit) {
    case Unit::percent:
      return "%";
    case Unit::milliseconds:
      return "ms";
    case Unit::seconds:
      return "s";
    case Unit::bytes:
      return "B";
    default:
      return "";
  }
}

// The range in which a value is good: `80` would be from 0 to 80, `~:80` has no lower end.
std::string range(Comparison comparison, double limit) {
  switch (comparison) {
    case Comparison::less:
    case Comparison::at_most:
      return fmt::format("~:{}", limit);
    case Comparison::greater:
    case Comparison::at_least:
      return fmt::format("{}:", limit);
    case Comparison::equal:
      return fmt::format("{0}:{0}", limit);
    case Comparison::unequal:
      return fmt::format("@{0}:{0}", limit);
  }
  return "";
}

// `;WARNING;CRITICAL`
std::string ranges(const Assertion& assertion) {
  const AssertionLimits limits = limits_of(assertion);
  return fmt::format(";{};{}", limits.warning ? range(assertion.comparison, *limits.warning) : "",
                     range(assertion.comparison, limits.critical));
}

const Check* check_of(const HostResult& result, const std::string& metric) {
  const auto found = std::ranges::find(result.checks, metric, &Check::metric);
  return found == result.checks.end() ? nullptr : &*found;
}

// Quotes are doubled, and an equals sign would end the name.
std::string quoted_name(std::string_view name) {
  std::string out = "'";
  for (const char c : name) {
    if (c == '\'') out += '\'';
    out += c == '=' || c == '|' ? '_' : c;
  }
  return out + "'";
}

class Nagios : public Renderer {
 public:
  Nagios(Plan plan, Writer write) : view_(std::move(plan.view)), write_(std::move(write)) {}

  void result(const HostResult&) override {}

  void finish(const Report& report) override {
    std::vector<std::string> critical, warning;
    std::size_t good = 0;
    for (const HostResult& result : report.results) {
      add_problems(report.verb, result, critical, warning);
      if (!is_violated(result) && !result.error) ++good;
    }
    const char* word = !critical.empty() ? "CRITICAL" : !warning.empty() ? "WARNING" : "OK";
    if (report.results.empty()) word = "UNKNOWN";
    std::string text = fmt::format("CEF {} - {} of {} {}s ok", word, good, report.results.size(), view_.noun);
    critical.insert(critical.end(), warning.begin(), warning.end());
    for (std::size_t i = 0; i < std::min(critical.size(), most_in_line); ++i) text += ", " + critical[i];
    if (critical.size() > most_in_line) text += fmt::format(", and {} more", critical.size() - most_in_line);
    const std::string values = performance(report);
    std::string lines = line(text) + (values.empty() ? "" : " |" + one_line(valid_utf8(values), true)) + '\n';
    // Then the long output, which is shown with the details: a line for each of them.
    if (critical.size() > most_in_line)
      for (std::size_t i = 0; i < std::min(critical.size(), most_problems); ++i) lines += line(critical[i]) + '\n';
    if (critical.size() > most_problems) lines += fmt::format("and {} more\n", critical.size() - most_problems);
    write_(lines);
  }

 private:
  static std::string line(std::string text) {
    std::ranges::replace(text, '|', '/');  // what comes after it is performance data
    return one_line(valid_utf8(text), true);
  }

  void add_problems(const std::string& verb, const HostResult& result, std::vector<std::string>& critical,
                    std::vector<std::string>& warning) const {
    if (result.error) {
      auto& list = is_left_out(result) ? warning : critical;
      list.push_back(fmt::format("{} {} ({})", result.host, name_of(result.status), name_of(result.error->code)));
      return;
    }
    for (const Check& check : result.checks)
      if (!check.holds)
        (severity(check) == Severity::warning ? warning : critical)
            .push_back(fmt::format("{} {}", result.host, check.sentence()));
    for (const std::string& probe : probes_of(view_.metrics)) {
      const Value* record = record_of(probe, verb, result.data);
      if (!record || !record->is_object() || !record->contains("error")) continue;
      const Value& error = (*record)["error"];
      warning.push_back(fmt::format("{} {} {}", result.host, probe, error.is_object() ? error.value("code", "") : ""));
    }
  }

  // The values that are checked against thresholds. All others would be some kilobytes, which many plugins' ways cut.
  std::string performance(const Report& report) const {
    std::string text;
    if (!view_.thresholds) return text;
    for (const HostResult& result : report.results)
      for (const Sample& sample : samples(view_.metrics, report.verb, result.data)) {
        const Check* check = check_of(result, sample.name());
        if (!check) continue;
        text += fmt::format(" {}={}{}{}", quoted_name(result.host + " " + sample.name()), sample.value,
                            unit_of(*sample.metric), ranges(check->assertion));
      }
    return text;
  }

  View view_;
  Writer write_;
};

}  // namespace

std::unique_ptr<Renderer> make_nagios(Plan plan, Writer write) {
  return std::make_unique<Nagios>(std::move(plan), std::move(write));
}

}  // namespace cef::render

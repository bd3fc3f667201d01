// Lines of Checkmk's local checks, each host's in a piggyback section of its own, so that its services are found at
// that host and not at the one that runs cef. To be printed by an agent plugin, or put into the agent's spool folder.
// Source: Checkmk's user guide, "Local checks" and "The piggyback mechanism".
#include "formats.hpp"
#include "rows.hpp"
#include "table/cell.hpp"

#include <cef/core/field_unit.hpp>
#include <cef/core/severity.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace cef::render {

namespace {

enum class State { ok = 0, warning = 1, critical = 2, unknown = 3 };

// Letters, digits and underscores: used_pct_boot.
std::string metric_name(const Sample& sample) {
  std::string name;
  const std::string text = sample.metric->field + (sample.label.empty() ? "" : "_" + sample.label);
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain)
      name += c;
    else if (!name.ends_with('_'))
      name += '_';
  }
  return name.ends_with('_') ? name + "root" : name;  // of a mount point `/` nothing is left
}

// Only what is too much can be said.
std::string levels_of(const HostResult& result, const std::string& metric) {
  for (const Check& check : result.checks)
    if (check.metric == metric &&
        (check.assertion.comparison == Comparison::less || check.assertion.comparison == Comparison::at_most)) {
      const AssertionLimits limits = limits_of(check.assertion);
      return fmt::format(";{};{}", limits.warning ? fmt::format("{}", *limits.warning) : "", limits.critical);
    }
  return "";
}

// In the text of a service; its values are all there.
constexpr std::size_t most_shown = 6;

class Checkmk : public Renderer {
 public:
  Checkmk(Plan plan, Writer write) : view_(std::move(plan.view)), write_(std::move(write)) {}

  void result(const HostResult&) override {}

  // -q counts for nothing: a service without news grows stale.
  void finish(const Report& report) override {
    std::string text;
    for (const HostResult& result : report.results) {
      if (is_left_out(result)) continue;
      text += fmt::format("<<<<{}>>>>\n<<<local:sep(0)>>>\n",
                          piggyback_name(view_.escape ? escape_controls(result.host) : valid_utf8(result.host)));
      text += login(result);
      if (!result.error)
        for (const std::string& probe : probes_of(view_.metrics)) text += service(report.verb, probe, result);
      text += "<<<<>>>>\n";
    }
    write_(text);
  }

 private:
  // Checkmk takes other characters for underscores too.
  static std::string piggyback_name(std::string name) {
    for (char& c : name)
      if (c == '<' || c == '>' || c == ' ' || static_cast<unsigned char>(c) < ' ') c = '_';
    return name;
  }

  // Of a verb without metrics this is all.
  std::string login(const HostResult& result) const {
    const auto text = result.error ? fmt::format("{}: {}: {}", name_of(result.status), name_of(result.error->code),
                                                 result.error->message)
                                   : fmt::format("{} in {:.1f} s", name_of(result.status), result.duration_ms / 1000);
    return line(result.error ? State::critical : State::ok, "cef",
                fmt::format("duration_seconds={:.3f}", result.duration_ms / 1000), text);
  }

  std::string service(const std::string& verb, const std::string& probe, const HostResult& result) const {
    const Value* record = record_of(probe, verb, result.data);
    if (!record || !record->is_object()) return "";
    const std::string name = "cef_" + probe;
    State state = State::ok;
    std::string why;
    for (const Check& check : result.checks) {
      if (check.holds || !check.metric.starts_with(probe + ".")) continue;
      if (state != State::critical) state = severity(check) == Severity::warning ? State::warning : State::critical;
      why += (why.empty() ? "" : ", ") + check.sentence();
    }
    if (const auto error = record->find("error"); error != record->end() && error->is_object()) {
      const std::string what = error->value("code", "failed") + ": " + error->value("message", "");
      return line(state == State::ok ? State::unknown : state, name, "", what + (why.empty() ? "" : ", " + why));
    }
    std::string values;
    std::set<std::string> names;
    for (const Sample& sample : samples(view_.metrics, verb, result.data)) {
      if (sample.metric->probe != probe) continue;
      if (std::string metric = metric_name(sample); names.insert(metric).second)
        values +=
            fmt::format("{}{}={}{}", values.empty() ? "" : "|", metric, sample.value, levels_of(result, sample.name()));
    }
    return line(state, name, values, why.empty() ? summary_of(probe, verb, *record, result) : why);
  }

  // For people: `24.9 % of 3.7 GiB used`, `cpu 61.2 °C`, `eth0 rx 0.1 Mbit/s`.
  std::string summary_of(const std::string& probe, const std::string& verb, const Value& record,
                         const HostResult& result) const {
    if (record.contains("used_pct") && record.contains("total_bytes"))
      return fmt::format("{} of {} used", show(record["used_pct"], Unit::percent),
                         show(record["total_bytes"], Unit::bytes));
    std::vector<std::string> shown;
    const auto list = samples(view_.metrics, verb, result.data);
    const auto is_ours = [&](const Sample& sample) { return sample.metric->probe == probe; };
    const bool has_plain =
        std::ranges::any_of(list, [&](const Sample& each) { return is_ours(each) && each.label.empty(); });
    for (const Sample& sample : list)
      if (is_ours(sample) && sample.label.empty() == has_plain) shown.push_back(in_words(sample));
    if (shown.empty()) return "it has no values";
    const std::size_t more = shown.size() - std::min(shown.size(), most_shown);
    shown.resize(shown.size() - more);
    return fmt::format("{}{}", fmt::join(shown, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
  }

  static std::string in_words(const Sample& sample) {
    const FieldUnit& unit = unit_of_field(sample.metric->field);
    std::string name = sample.metric->field.substr(0, sample.metric->field.size() - unit.ending.size());
    while (name.ends_with('_') || name.ends_with('.')) name.pop_back();
    std::ranges::replace(name, '_', ' ');
    std::ranges::replace(name, '.', ' ');
    const bool is_whole = sample.value == std::trunc(sample.value) && std::abs(sample.value) < 1e15;
    const Value value = is_whole ? Value(static_cast<std::int64_t>(sample.value)) : Value(sample.value);
    return fmt::format("{}{}{}{}", sample.label, sample.label.empty() ? "" : " ", name.empty() ? "" : name + " ",
                       show(value, unit.unit));
  }

  std::string line(State state, std::string_view service, std::string_view values, std::string_view text) const {
    return fmt::format("{} \"{}\" {} {}\n", static_cast<int>(state), service, values.empty() ? "-" : values,
                       one_line(view_.escape ? std::string(text) : valid_utf8(text), true));
  }

  View view_;
  Writer write_;
};

}  // namespace

std::unique_ptr<Renderer> make_checkmk(Plan plan, Writer write) {
  return std::make_unique<Checkmk>(std::move(plan), std::move(write));
}

}  // namespace cef::render

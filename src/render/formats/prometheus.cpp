// Text for node_exporter's textfile collector: hosts that answered and hosts that did not, in base units, without
// timestamps, each family's samples together.
// Source: Prometheus, "Exposition formats" (text, version 0.0.4), "Metric and label naming", node_exporter's README.
#include "formats.hpp"
#include "rows.hpp"

#include <cef/core/field_unit.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace cef::render {

namespace {

std::string in_base_units(const Metric& metric, double value) {
  const FieldUnit& unit = unit_of_field(metric.field);
  // 33.3 * 0.01 is not quite 0.333.
  return unit.base.empty() ? fmt::format("{}", value) : fmt::format("{:.15g}", value * unit.factor);
}

// About the run and not in any record.
constexpr std::string_view up = "cef_up", duration = "cef_probe_duration_seconds",
                           last_run = "cef_last_run_timestamp_seconds", success = "cef_probe_success";

std::string with_escapes(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

struct Family {
  std::string name, help;
  std::string_view type = "gauge";
  std::set<std::string> labels{};  // of its samples: no two may be the same
  std::string samples{};
};

class Prometheus : public Renderer {
 public:
  Prometheus(Plan plan, Writer write) : view_(std::move(plan.view)), write_(std::move(write)) {}

  void result(const HostResult&) override {}

  // -q counts for nothing here: what monitoring does not hear of, it takes for gone.
  void finish(const Report& report) override {
    add_families();
    started_ = std::chrono::duration<double>(report.started.time_since_epoch()).count();
    for (const HostResult& result : report.results) add(report.verb, result);
    std::string text;
    for (const Family& family : families_)
      if (!family.samples.empty())
        text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{3}", family.name, with_escapes(family.help, false),
                            family.type, family.samples);
    write_(text);
  }

 private:
  void add_families() {
    families_ = {{std::string(up), "whether the host was reached and its work succeeded"},
                 {std::string(duration), "time the host took, login and all"},
                 {std::string(last_run), "when the host's last run began"},
                 {std::string(success), "whether the host could tell what was asked for"}};
    for (const Metric& metric : view_.metrics) {
      std::string name = prometheus_name(metric);
      if (metric.kind == Metric::Kind::worst || std::ranges::find(families_, name, &Family::name) != families_.end())
        continue;
      families_.push_back({std::move(name), metric.help, metric.kind == Metric::Kind::counter ? "counter" : "gauge"});
    }
  }

  void add(const std::string& verb, const HostResult& result) {
    if (is_left_out(result)) return;
    const std::string_view group = result.groups.empty() ? std::string_view() : result.groups.front();
    Labels labels{{"host", result.host}, {"group", group}};
    // Whether it answered is said for each verb, so that a file for each does not contradict another.
    labels.emplace_back("verb", verb);
    add(up, labels, result.error ? "0" : "1");
    if (result.attempts > 0) add(duration, labels, fmt::format("{:.6f}", result.duration_ms / 1000));
    add(last_run, labels, fmt::format("{:.3f}", started_));
    labels.pop_back();
    if (result.error) return;

    for (const std::string& probe : probes_of(view_.metrics)) {
      const Value* record = record_of(probe, verb, result.data);
      if (!record || !record->is_object()) continue;
      labels.emplace_back("probe", probe);
      add(success, labels, record->contains("error") ? "0" : "1");
      labels.pop_back();
    }
    for (const Sample& sample : samples(view_.metrics, verb, result.data)) {
      if (sample.metric->kind == Metric::Kind::worst) continue;
      if (!sample.metric->noun.empty()) labels.emplace_back(sample.metric->noun, sample.label);
      add(prometheus_name(*sample.metric), labels, in_base_units(*sample.metric, sample.value));
      labels.resize(2);
    }
  }

  void add(std::string_view name, const Labels& labels, std::string_view value) {
    std::string text;
    for (const auto& [label, content] : labels) {
      const std::string shown = view_.escape ? escape_controls(content) : valid_utf8(content);
      text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", label, with_escapes(shown, true));
    }
    const auto family = std::ranges::find(families_, name, &Family::name);
    // One file system mounted over another has its name.
    if (family->labels.insert(text).second) family->samples += fmt::format("{}{{{}}} {}\n", name, text, value);
  }

  View view_;
  Writer write_;
  double started_ = 0;
  std::vector<Family> families_;
};

}  // namespace

std::string prometheus_name(const Metric& metric) {
  std::string name = fmt::format("cef_{}_{}", metric.probe, metric.field);
  if (const FieldUnit& unit = unit_of_field(metric.field); !unit.base.empty())
    name.replace(name.size() - unit.ending.size(), unit.ending.size(), unit.base);
  std::ranges::replace(name, '.', '_');
  return metric.kind == Metric::Kind::counter ? name + "_total" : name;
}

std::vector<std::string> prometheus_names(const Metrics& metrics) {
  std::vector<std::string> names{std::string(up), std::string(duration), std::string(last_run), std::string(success)};
  for (const Metric& metric : metrics)
    if (metric.kind != Metric::Kind::worst) names.push_back(prometheus_name(metric));
  return names;
}

std::unique_ptr<Renderer> make_prometheus(Plan plan, Writer write) {
  return std::make_unique<Prometheus>(std::move(plan), std::move(write));
}

}  // namespace cef::render

#include "stored.hpp"

#include <cef/core/moment.hpp>
#include <cef/core/near_metric.hpp>
#include <cef/probes/probe.hpp>
#include <cef/remote/netspeed.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace cef::cli {

namespace {

Unexpected<Error> no_metric(const std::string& name, const std::set<std::string>& known) {
  const std::vector<std::string> names(known.begin(), known.end());
  const NearMetrics near = near_metrics(name, names);
  return Unexpected(Error{Code::usage,
                          fmt::format("--metric: there is no '{}'{}", name,
                                      near.best ? fmt::format(": did you mean '{}'?", *near.best) : ""),
                          fmt::format("metrics: {}", fmt::join(near.among, ", "))});
}

}  // namespace

std::string why_nothing(const std::filesystem::path& file) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed == std::errc::no_such_file_or_directory) return fmt::format("there is no {}", file.string());
  return !failed && size == 0 ? fmt::format("{} is empty", file.string()) : "";
}

Result<std::pair<store::Time, store::Time>> asked_time(const Context& context) {
  const auto now = std::chrono::system_clock::now();
  const auto moment = [&](const char* option) -> Result<store::Time> {
    const auto time = parse_moment(context.arguments.text(option).value_or("0"), now);
    if (time) return *time;
    return Unexpected(Error{Code::usage, fmt::format("--{}: {}", option, time.error().message), time.error().hint});
  };
  const auto since = moment("since"), until = moment("until");
  if (!since) return Unexpected(since.error());
  if (!until) return Unexpected(until.error());
  if (*since >= *until)
    return Unexpected(Error{Code::usage, "--since is not before --until", "both say how long ago, or a date"});
  return std::pair(*since, *until);
}

const Metrics& storable_metrics() {
  static const Metrics list = [] {
    Metrics every = probes::all_metrics();
    std::ranges::copy(remote::speed_metrics(), std::back_inserter(every));
    return every;
  }();
  return list;
}

Result<std::vector<std::string>> asked_series(const std::vector<std::string>& stored,
                                              const std::vector<std::string>& asked) {
  std::set<std::string> known;
  for (const Metric& metric : storable_metrics()) known.insert(metric.name());
  for (const std::string& name : stored) known.emplace(store::split_series(name).first);
  std::vector<std::string> series;
  for (const std::string& name : asked) {
    const auto [metric, label] = store::split_series(name);
    if (!known.contains(std::string(metric))) return no_metric(std::string(metric), known);
    std::vector<std::string> found;
    for (const std::string& each : stored)
      if (each == name || (label.empty() && store::split_series(each).first == metric)) found.push_back(each);
    if (found.empty() && !label.empty()) {
      std::set<std::string> labelled;
      for (const std::string& each : stored)
        if (store::split_series(each).first == metric) labelled.insert(each);
      return no_metric(name, labelled.empty() ? known : labelled);
    }
    std::ranges::sort(found);
    for (std::string& each : found)
      if (std::ranges::find(series, each) == series.end()) series.push_back(std::move(each));
  }
  return series;
}

std::vector<std::string> usual_metrics(bool in_history) {
  std::vector<std::string> names;
  for (const probes::Probe* probe : probes::all())
    for (const probes::Usual& each : probe->usual)
      if (each.in_history || !in_history) names.push_back(fmt::format("{}.{}", probe->name, each.field));
  return names;
}

std::vector<std::string> usual_series(const std::vector<std::string>& stored, bool in_history) {
  std::vector<std::string> series = usual_metrics(in_history);
  std::erase_if(series, [&](const auto& name) { return std::ranges::find(stored, name) == stored.end(); });
  return series;
}

const FieldUnit& unit_of_series(std::string_view name) { return unit_of_field(store::split_series(name).first); }

}  // namespace cef::cli

// Results as JSON values: the field names and units that scripts rely on.
#include <cef/core/error_json.hpp>
#include <cef/core/moment.hpp>
#include <cef/core/text.hpp>
#include <cef/render/render.hpp>

#include <fmt/format.h>

#include <cmath>

namespace cef::render {

namespace {

double tenths(double ms) { return std::round(ms * 10) / 10; }

}  // namespace

Value to_json(const HostResult& result) {
  Value json{{"host", result.host},
             {"groups", result.groups},
             {"status", name_of(result.status)},
             {"duration_ms", tenths(result.duration_ms)},
             {"attempts", result.attempts}};
  if (!result.stages.is_null()) json["stages"] = result.stages;
  if (result.error) json["error"] = to_json(*result.error);
  if (!result.data.is_null()) json["data"] = result.data;
  for (const Check& check : result.checks)
    if (!check.holds) json["violations"].push_back(check.to_json());
  return json;
}

Value to_json(const Summary& summary) {
  Value json{{"hosts", summary.hosts},
             {"ok", summary.ok},
             {"changed", summary.changed},
             {"failed", summary.failed},
             {"unreachable", summary.unreachable},
             {"skipped", summary.skipped}};
  if (summary.violated > 0) json["violated"] = summary.violated;
  return json;
}

Value to_json_head(const Report& report) {
  return {{"schema", "cef/1"},
          {"run", report.run},
          {"verb", report.verb},
          {"started", utc_time(report.started)},
          {"duration_ms", tenths(report.duration_ms)}};
}

Value to_json(const Report& report) {
  Value json = to_json_head(report);
  json["summary"] = to_json(summarise(report));
  Value results = Value::array();
  for (const HostResult& result : report.results) results.push_back(to_json(result));
  json["results"] = std::move(results);
  return json;
}

}  // namespace cef::render

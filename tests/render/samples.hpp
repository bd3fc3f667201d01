// Reports to render: what a run of ping or exec over a few hosts brings.
#pragma once

#include <cef/render/render.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

namespace cef::render {

inline HostResult answer(std::string host, Value data, double duration_ms = 143.24) {
  HostResult result;
  result.host = std::move(host);
  result.groups = {"rpi"};
  result.duration_ms = duration_ms;
  result.attempts = 1;
  result.data = std::move(data);
  return result;
}

inline HostResult no_answer(std::string host, Code code, std::string message) {
  HostResult result = failure(std::move(host), {"rpi"}, {code, std::move(message), ""});
  result.duration_ms = 10003;
  result.attempts = 2;
  return result;
}

inline HostResult printed(std::string host, std::string out, std::string err = "", int rc = 0) {
  HostResult result = answer(std::move(host), {{"rc", rc}, {"stdout", std::move(out)}, {"stderr", std::move(err)}});
  if (rc != 0) {
    result.status = Status::failed;
    result.error = Error{Code::command_failed, fmt::format("{}: exit code {}", result.host, rc), ""};
  }
  return result;
}

inline Report report_of(std::vector<HostResult> results, std::string verb = "ping") {
  Report report;
  report.run = "20261123T101500Z-4f2a";
  report.verb = std::move(verb);
  report.started = std::chrono::system_clock::from_time_t(1795428900);
  report.duration_ms = 2312.04;
  report.results = std::move(results);
  return report;
}

/// A snapshot held against thresholds.
inline HostResult snapshot(std::string host, const Metrics& metrics, const char* record,
                           const std::vector<std::string>& thresholds) {
  HostResult result = answer(std::move(host), Value::parse(record));
  Assertions list;
  for (const std::string& text : thresholds) list.push_back(*parse_assertion(text, metrics, "snapshot"));
  result.checks = check(list, metrics, "snapshot", result.data);
  return result;
}

inline Column column(std::string name, std::string path, Unit unit = Unit::none, bool extra = false) {
  return {std::move(name), std::move(path), unit, unit == Unit::none ? Align::left : Align::right, "", extra};
}

inline Columns ping_columns() {
  return {column("host", "host"),
          column("status", "status"),
          column("address", "data.address"),
          column("login", "data.auth_ms", Unit::milliseconds),
          column("total", "data.total_ms", Unit::milliseconds),
          column("server", "data.server"),
          column("attempts", "attempts", Unit::none, true)};
}

inline Columns exec_columns() {
  return {column("host", "host"), column("status", "status"), column("rc", "data.rc"),
          column("time", "duration_ms", Unit::milliseconds)};
}

inline HostResult pong(std::string host, std::string address, double total_ms, std::string server = "OpenSSH_9.2p1") {
  return answer(std::move(host), {{"address", std::move(address)},
                                  {"auth_ms", total_ms / 2},
                                  {"total_ms", total_ms},
                                  {"server", std::move(server)}});
}

inline View ping_view(std::size_t width = 80) {
  View view;
  view.columns = ping_columns();
  view.width = width;
  view.escape = true;
  view.fold_hosts = [](const std::vector<std::string>& hosts) { return fmt::format("{}", fmt::join(hosts, ",")); };
  return view;
}

inline View exec_view(std::size_t width = 80) {
  View view = ping_view(width);
  view.columns = exec_columns();
  view.output_field = "stdout";
  return view;
}

/// Everything the format writes, as the results come and at the end.
inline std::string text_of(Format format, View view, const Report& report) {
  std::string text;
  auto renderer = make_renderer(format, std::move(view), [&](std::string_view bytes) { text += bytes; });
  if (!renderer) return renderer.error().message;
  for (const HostResult& result : report.results) (*renderer)->result(result);
  (*renderer)->finish(report);
  return text;
}

}  // namespace cef::render

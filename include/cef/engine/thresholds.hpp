// The thresholds that each host's record is held to.
#pragma once

#include <cef/core/assertion.hpp>
#include <cef/core/report.hpp>
#include <cef/core/warn.hpp>
#include <cef/runner/link.hpp>

#include <map>
#include <string>

namespace cef::engine {

class Thresholds {
 public:
  Thresholds() = default;
  /// `metrics`: those in the records of `verb`. `given`: for all hosts, maybe of other verbs too; `by_host`: all that
  /// hold for one, `given` among them.
  Thresholds(std::string verb, Metrics metrics, Assertions given, std::map<std::string, Assertions> by_host)
      : verb_(std::move(verb)), metrics_(std::move(metrics)), given_(std::move(given)), by_host_(std::move(by_host)) {}

  bool any() const { return !by_host_.empty(); }
  /// The same work, its record checked. Must outlive the work.
  runner::Work around(runner::Work work) const;
  /// Of those given for all, those of metrics that no host had.
  void warn_of_missing(const Report& report, const Warn& warn) const;

 private:
  std::string verb_;
  Metrics metrics_;
  Assertions given_;
  std::map<std::string, Assertions> by_host_;
};

}  // namespace cef::engine

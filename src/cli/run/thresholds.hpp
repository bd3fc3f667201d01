// --assert: the thresholds that each host is held to, of the command line and of its inventory variable `assert`.
#pragma once

#include "app.hpp"

#include <cef/core/report.hpp>
#include <cef/fleet/targets.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/runner/link.hpp>

#include <map>
#include <string>
#include <vector>

namespace cef::cli {

using fleet::Warn;

class Thresholds {
 public:
  /// Errors: usage, invalid_inventory, for what is no threshold or names no metric; the command line's must be of this
  /// verb, while variables and configuration serve all verbs.
  static Result<Thresholds> make(const Verb& verb, const Options& options, const inventory::Inventory& inventory,
                                 const std::vector<std::size_t>& hosts);
  bool any() const { return !by_host_.empty(); }
  /// The same work, its record checked. Must outlive the work.
  runner::Work around(runner::Work work) const;
  /// Of the command line's thresholds, those of metrics that no host had.
  void warn_of_missing(const Report& report, const Warn& warn) const;

 private:
  const Verb* verb_ = nullptr;
  Assertions given_;  // the command line's
  std::map<std::string, Assertions> by_host_;
};

}  // namespace cef::cli

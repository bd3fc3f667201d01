#include "thresholds.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

namespace cef::cli {

namespace {

// Of all verbs: a variable may name any of them.
const Metrics& every_metric() {
  static const Metrics list = [] {
    Metrics all;
    for (const Verb& verb : verbs())
      for (const Metric& metric : verb.metrics)
        if (metric.probe == verb.name) all.push_back(metric);
    return all;
  }();
  return list;
}

// Adds one; of several for a metric, all count.
Result<void> add(Assertions& list, const std::string& where, std::string_view text, const Metrics& known,
                 const Verb& verb, Code code = Code::usage) {
  auto assertion = parse_assertion(text, known, verb.name);
  if (!assertion)
    return Unexpected(Error{code, fmt::format("{}: {}", where, assertion.error().message), assertion.error().hint});
  list.push_back(*std::move(assertion));
  return {};
}

Result<void> add_file(Assertions& list, const std::string& name, const std::string& path, const Metrics& known,
                      const Verb& verb) {
  const auto text = read_file(expand_user(path));
  if (!text) return Unexpected(Error{Code::usage, fmt::format("{}: {}", name, text.error().message), ""});
  std::istringstream lines(*text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    if (auto added = add(list, fmt::format("{}:{}", path, number), line, known, verb); !added) return added;
  }
  return {};
}

Result<Assertions> from_options(const Verb& verb, const Options& options) {
  Assertions list;
  for (const char* name : {"assert", "assert-file"}) {
    const Options::Setting* setting = options.find(name);
    if (!setting) continue;
    // What stands in a configuration file or in the environment is there for other verbs, too.
    const Metrics& known = setting->source == Options::Source::command_line ? verb.metrics : every_metric();
    for (const std::string& value : setting->values) {
      const auto added = std::string_view(name) == "assert" ? add(list, setting->name, value, known, verb)
                                                            : add_file(list, setting->name, value, known, verb);
      if (!added) return Unexpected(added.error());
    }
  }
  return list;
}

Result<Assertions> from_variable(const Verb& verb, const inventory::Host& host) {
  Assertions list;
  const std::string where = fmt::format("host '{}': assert", host.name);
  for (const std::string& text : host.settings.assertions) {
    const auto added = add(list, where, text, every_metric(), verb, Code::invalid_inventory);
    if (!added) return Unexpected(added.error());
  }
  return list;
}

bool is_of(const Verb& verb, const Assertion& assertion) {
  return std::ranges::find(verb.metrics, assertion.name, &Metric::name) != verb.metrics.end();
}

}  // namespace

Result<engine::Thresholds> read_thresholds(const Verb& verb, const Options& options,
                                           const inventory::Inventory& inventory,
                                           const std::vector<std::size_t>& hosts) {
  const auto given = from_options(verb, options);
  if (!given) return Unexpected(given.error());
  std::map<std::string, Assertions> by_host;
  for (const std::size_t index : hosts) {
    const inventory::Host& host = inventory.hosts()[index];
    auto own = from_variable(verb, host);
    if (!own) return Unexpected(own.error());
    std::erase_if(*own, [&](const Assertion& one) {
      return std::ranges::find(*given, one.metric(), &Assertion::metric) != given->end();
    });
    own->insert(own->begin(), given->begin(), given->end());
    std::erase_if(*own, [&](const Assertion& one) { return !is_of(verb, one); });
    if (!own->empty()) by_host.emplace(host.name, *std::move(own));
  }
  return engine::Thresholds(verb.name, verb.metrics, *given, std::move(by_host));
}

}  // namespace cef::cli

#include <cef/engine/thresholds.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::engine {

namespace asio = boost::asio;

runner::Work Thresholds::around(runner::Work work) const {
  if (!any()) return work;
  return [this, work = std::move(work)](runner::Link& link,
                                        transport::Session& session) -> asio::awaitable<runner::Outcome> {
    auto outcome = co_await work(link, session);
    const auto own = by_host_.find(link.job().host);
    if (!outcome.error && own != by_host_.end()) outcome.checks = check(own->second, metrics_, verb_, outcome.data);
    co_return outcome;
  };
}

void Thresholds::warn_of_missing(const Report& report, const Warn& warn) const {
  if (std::ranges::all_of(report.results, [](const HostResult& result) { return result.error.has_value(); })) return;
  for (const Assertion& one : given_) {
    if (std::ranges::find(metrics_, one.name, &Metric::name) == metrics_.end()) continue;  // another verb's
    const bool had = std::ranges::any_of(report.results, [&](const HostResult& result) {
      return std::ranges::any_of(result.checks,
                                 [&](const Check& check) { return check.assertion.metric() == one.metric(); });
    });
    if (!had)
      warn(fmt::format("no host has {}: nothing was checked against {}{}", one.metric(), one.metric(), one.expected));
  }
}

}  // namespace cef::engine

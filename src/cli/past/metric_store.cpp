#include "metric_store.hpp"

#include <cef/core/file.hpp>
#include <cef/core/metric.hpp>
#include <cef/core/state_folder.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

constexpr Milliseconds store_patience{5000};  // for others that write or tidy

std::filesystem::path store_file(const Options& options) {
  const std::string name = options.text("store-file").value_or("");
  return name.empty() ? state_folder() / "metrics.db" : expand_user(name);
}

std::vector<store::Reading> readings(const Verb& verb, const Report& report) {
  std::vector<store::Reading> round;
  for (const HostResult& result : report.results) {
    // Of a host that was given up or never started nothing is known.
    if (result.error && stage_of(result.error->code) == Stage::run) continue;
    store::Reading reading{result.host, {}, {}};
    if (result.error) {
      reading.error = result.error->code;
    } else {
      for (const Sample& sample : samples(verb.metrics, verb.name, result.data))
        reading.values.emplace_back(sample.name(), sample.value);
    }
    round.push_back(std::move(reading));
  }
  return round;
}

Result<void> append(const Verb& verb, const Context& context, const Report& report) {
  const auto kept = store_limits(context.options);
  if (!kept) return Unexpected(kept.error());
  auto metrics = store::MetricStore::open(store_file(context.options), store::Access::write, store_patience);
  if (!metrics) return Unexpected(metrics.error());
  if (auto done = metrics->append(report.started, readings(verb, report)); !done) return done;
  (void)metrics->tidy(*kept, std::chrono::system_clock::now(), false);  // another run will
  return {};
}

}  // namespace

Result<store::Kept> store_limits(const Options& options) {
  store::Kept kept;
  const auto values = options.number("store-keep-raw-days");
  if (!values) return Unexpected(values.error());
  const auto hours = options.number("store-keep-hourly-days");
  if (!hours) return Unexpected(hours.error());
  if (*values) kept.values = std::chrono::days(**values);
  if (*hours) kept.hours = std::chrono::days(**hours);
  return kept;
}

bool store_metrics(const Verb& verb, const Context& context, const Report& report) {
  if (!context.arguments.has(store_option.name)) return true;
  const auto done = append(verb, context, report);
  if (done) return true;
  const auto hint = hint_of(done.error());
  warn(fmt::format("{}: this run's values are not stored{}{}", done.error().message, hint.empty() ? "" : "; ", hint));
  return false;
}

Result<store::MetricStore> open_store(const Options& options) {
  const auto file = store_file(options);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return Unexpected(
        Error{Code::nothing_matched, fmt::format("nothing is stored yet: there is no {}", file.string()),
              "cef snapshot --store keeps what it finds, best from cron; --store-file names another file"});
  return store::MetricStore::open(file, store::Access::read, store_patience);
}

}  // namespace cef::cli

#include "metric_store.hpp"

#include "stored.hpp"

#include <cef/core/file.hpp>
#include <cef/core/state_folder.hpp>
#include <cef/engine/readings.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

constexpr Milliseconds store_patience{5000};  // for others that write or tidy

std::filesystem::path store_file(const Options& options) {
  const std::string name = options.text("store-file").value_or("");
  return name.empty() ? state_folder() / "metrics.db" : expand_user(name);
}

Result<void> append(const Verb& verb, const Context& context, const Report& report) {
  const auto kept = store_limits(context.options);
  if (!kept) return Unexpected(kept.error());
  auto metrics = store::MetricStore::open(store_file(context.options), store::Access::write, store_patience);
  if (!metrics) return Unexpected(metrics.error());
  if (auto done = metrics->append(report.started, engine::readings(verb.metrics, verb.name, report)); !done)
    return done;
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
  if (const std::string why = why_nothing(file); !why.empty())
    return Unexpected(
        Error{Code::nothing_matched, fmt::format("nothing is stored yet: {}", why),
              "cef snapshot --store keeps what it finds, best from cron; --store-file names another file"});
  return store::MetricStore::open(file, store::Access::read, store_patience);
}

}  // namespace cef::cli

#include "metric_state.hpp"
#include "state.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace cef::store {

namespace {

// How long a host's rounds build on the same frame: differences grow with time, and removing what is old must not wait.
constexpr auto frame_age = std::chrono::hours(24);

struct Host {
  std::int64_t number = 0, frame = 0, frame_time = 0;  // 0: none
};

class Appender {
 public:
  Appender(const Database& database, Time time) : database_(database), frames_(database), time_(to_number(time)) {}

  Result<void> add(const Reading& reading) {
    auto host = this->host(reading.host);
    if (!host) return Unexpected(host.error());
    const bool has_values = !reading.error && !reading.values.empty();
    std::string record;
    if (has_values) {
      auto encoded = encode(*host, reading);
      if (!encoded) return Unexpected(encoded.error());
      record = std::move(*encoded);
    }
    std::int64_t at = time_;
    // Another run may have stored of it in the same millisecond.
    do {
      row_.bind(at++).bind(host->number);
      has_values ? row_.bind(host->frame).bind_blob(record) : row_.bind_null().bind_null();
      reading.error ? row_.bind(name_of(*reading.error)) : row_.bind_null();
      if (auto done = row_.run(); !done) return done;
    } while (database_.changes() == 0);
    const bool up = !reading.error || !is_unreachable(*reading.error);
    has_values ? seen_.bind(host->frame) : seen_.bind_null();
    seen_.bind(time_);
    up ? seen_.bind(time_) : seen_.bind_null();
    reading.error ? seen_.bind(name_of(*reading.error)) : seen_.bind_null();
    return seen_.bind(host->number).run();
  }

  Result<void> load_series() {
    for (;;) {
      const auto row = all_series_.step();
      if (!row) return Unexpected(row.error());
      if (!*row) return {};
      series_[all_series_.text(1)] = all_series_.number(0);
    }
  }

 private:
  Result<Host> host(const std::string& name) {
    if (auto done = new_host_.bind(name).bind(time_).bind(time_).run(); !done) return Unexpected(done.error());
    const auto row = host_row_.bind(name).step();
    if (!row) return Unexpected(row.error());
    Host host{.number = host_row_.number(0)};
    if (!host_row_.is_null(2)) host.frame = host_row_.number(1), host.frame_time = host_row_.number(2);
    host_row_.reset();
    return host;
  }

  Result<std::int64_t> series(const std::string& name) {
    const auto known = series_.find(name);
    if (known != series_.end()) return known->second;
    if (auto done = new_series_.bind(name).run(); !done) return Unexpected(done.error());
    auto number = database_.number("SELECT last_insert_rowid()");
    if (number) series_[name] = *number;
    return number;
  }

  // The reading's row on the host's frame, which is made anew where it is too old or does not have all of its series.
  Result<std::string> encode(Host& host, const Reading& reading) {
    std::vector<std::pair<std::int64_t, double>> values;
    for (const auto& [name, value] : reading.values) {
      if (!std::isfinite(value)) continue;
      const auto number = series(name);
      if (!number) return Unexpected(number.error());
      values.emplace_back(*number, value);
    }
    // Of sensors with the same name the hottest is kept.
    std::ranges::sort(values, std::greater());
    const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
    values.erase(std::unique(values.begin(), values.end(), same_name), values.end());
    std::ranges::reverse(values);
    const bool is_fresh =
        host.frame != 0 && std::abs(time_ - host.frame_time) < std::chrono::milliseconds(frame_age).count();
    if (is_fresh) {
      const auto frame = frames_.frame(host.frame);
      if (!frame) return Unexpected(frame.error());
      if (*frame)
        if (const auto laid = lay(values, (*frame)->shape)) return encode_round(*laid, (*frame)->base);
    }
    Shape shape;
    Values base;
    for (const auto& [number, value] : values) shape.push_back(number), base.push_back(value);
    const auto number = shape_number(database_, shape);
    if (!number) return Unexpected(number.error());
    const std::string bytes = encode_base(base);
    if (auto done = new_frame_.bind(time_).bind(*number).bind_blob(bytes).run(); !done) return Unexpected(done.error());
    const auto frame = database_.number("SELECT last_insert_rowid()");
    if (!frame) return Unexpected(frame.error());
    host.frame = *frame;
    return encode_round(base, base);
  }

  // The values in the order of a shape, or nothing where it does not have all of them.
  static std::optional<Values> lay(const std::vector<std::pair<std::int64_t, double>>& values, const Shape& shape) {
    Values laid(shape.size(), std::numeric_limits<double>::quiet_NaN());
    std::size_t at = 0;
    for (const auto& [number, value] : values) {
      while (at < shape.size() && shape[at] < number) ++at;
      if (at == shape.size() || shape[at] != number) return std::nullopt;
      laid[at] = value;
    }
    return laid;
  }

  const Database& database_;
  Frames frames_;
  std::int64_t time_;
  std::map<std::string, std::int64_t> series_;
  Statement all_series_ = database_.prepare("SELECT number, name FROM series");
  Statement new_series_ = database_.prepare("INSERT INTO series (name) VALUES (?)");
  Statement new_host_ = database_.prepare("INSERT OR IGNORE INTO hosts (name, first, last) VALUES (?, ?, ?)");
  Statement host_row_ = database_.prepare(
      "SELECT hosts.number, frame, frames.time FROM hosts LEFT JOIN frames ON frames.number = frame WHERE name = ?");
  Statement new_frame_ = database_.prepare("INSERT INTO frames (time, shape, base) VALUES (?, ?, ?)");
  Statement row_ =
      database_.prepare("INSERT OR IGNORE INTO rounds (time, host, frame, record, error) VALUES (?, ?, ?, ?, ?)");
  // A run that began before another one may end after it.
  Statement seen_ = database_.prepare(
      "UPDATE hosts SET frame = coalesce(?1, frame), first = min(first, ?2), last = max(last, ?2), "
      "last_up = max(coalesce(last_up, ?3), coalesce(?3, last_up)), error = CASE WHEN ?2 >= last THEN ?4 ELSE error "
      "END WHERE number = ?5");
};

}  // namespace

MetricStore::MetricStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
MetricStore::~MetricStore() = default;
MetricStore::MetricStore(MetricStore&&) noexcept = default;
MetricStore& MetricStore::operator=(MetricStore&&) noexcept = default;

Result<MetricStore> MetricStore::open(const std::filesystem::path& file, Access access, Milliseconds patience) {
  auto database = open_database({"store", "--store-file", file}, metrics_schema, access, patience);
  if (!database) return Unexpected(database.error());
  return MetricStore(std::make_unique<State>(State{std::move(*database)}));
}

Result<void> MetricStore::append(Time time, const std::vector<Reading>& round) {
  const Database& database = state_->database;
  auto transaction = Transaction::begin(database);
  if (!transaction) return Unexpected(transaction.error());
  Appender appender(database, time);
  if (auto loaded = appender.load_series(); !loaded) return loaded;
  for (const Reading& reading : round)
    if (auto added = appender.add(reading); !added) return added;
  return transaction->commit();
}

Result<std::vector<StoredHost>> MetricStore::hosts() const {
  Statement row = state_->database.prepare("SELECT name, first, last, last_up, error FROM hosts ORDER BY number");
  std::vector<StoredHost> hosts;
  for (;;) {
    const auto more = row.step();
    if (!more) return Unexpected(more.error());
    if (!*more) return hosts;
    StoredHost host{row.text(0), from_number(row.number(1)), from_number(row.number(2)), {}, {}};
    if (!row.is_null(3)) host.last_up = from_number(row.number(3));
    if (!row.is_null(4)) host.error = code_from(row.text(4)).value_or(Code::internal);
    hosts.push_back(std::move(host));
  }
}

Result<std::vector<std::string>> MetricStore::series() const {
  Statement row = state_->database.prepare("SELECT name FROM series ORDER BY number");
  std::vector<std::string> names;
  for (;;) {
    const auto more = row.step();
    if (!more) return Unexpected(more.error());
    if (!*more) return names;
    names.push_back(row.text(0));
  }
}

}  // namespace cef::store

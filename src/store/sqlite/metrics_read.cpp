// Reading the store: which table answers for which time, and a way through it that touches few of its pages.
#include "metric_state.hpp"
#include "state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace cef::store {

namespace {

constexpr auto longest_of_rounds = std::chrono::hours(48);
constexpr auto longest_of_hours = std::chrono::hours(60 * 24);

struct Period {
  std::int64_t since = 0, until = 0;  // without `until`
  bool is_empty() const { return since >= until; }
};

// What of the time each table answers for.
struct Periods {
  Period rounds, hours, days;
};

Result<std::int64_t> fact(const Database& database, std::string_view name) {
  Statement row = database.prepare("SELECT value FROM facts WHERE name = ?");
  const auto found = row.bind(name).step();
  if (!found) return Unexpected(found.error());
  return *found ? row.number(0) : 0;
}

constexpr auto none = std::numeric_limits<std::int64_t>::max();

// Until when a coarser table answers, whose rows are `step` long and made until `made`, in place of a finer one; by the
// times of their oldest rows. `coarse`: for all that it has, otherwise for what the finer one has lost.
std::int64_t answers_until(bool coarse, std::int64_t made, std::int64_t step, std::int64_t coarser,
                           std::int64_t finer) {
  if (coarse || finer == none) return made;
  if (coarser >= finer / step * step) return 0;
  return std::min((finer + step - 1) / step * step, made);
}

Result<Periods> periods(const Database& database, const Period& asked) {
  const auto oldest = [&](std::string_view table) {
    return database.number(fmt::format("SELECT coalesce(min(time), {}) FROM {}", none, table));
  };
  const auto round = oldest("rounds"), hour = oldest("hours"), day = oldest("days");
  const auto hours_made = fact(database, "hours_until"), days_made = fact(database, "days_until");
  for (const auto* each : {&round, &hour, &day, &hours_made, &days_made})
    if (!*each) return Unexpected(each->error());
  constexpr auto hour_length = std::chrono::milliseconds(std::chrono::hours(1)).count();
  const auto length = std::chrono::milliseconds(asked.until - asked.since);
  const auto hours_to = answers_until(length > longest_of_rounds, *hours_made, hour_length, *hour, *round);
  const auto days_to = answers_until(length > longest_of_hours, *days_made, 24 * hour_length, *day, *hour);
  const std::int64_t to_days = std::clamp(days_to, asked.since, asked.until);
  const std::int64_t to_hours = std::clamp(hours_to, to_days, asked.until);
  return Periods{.rounds = {to_hours, asked.until}, .hours = {to_days, to_hours}, .days = {asked.since, to_days}};
}

// Which of a shape's series are asked for: their places in it and in the selection.
using Places = std::vector<std::pair<std::size_t, std::size_t>>;

class Pass {
 public:
  Pass(const Database& database, const MetricStore::Selection& selection, MetricStore::Reader& reader)
      : database_(database), frames_(database), selection_(selection), reader_(reader) {}

  Result<void> look_up() {
    auto every = lookup("SELECT number, name FROM hosts", selection_.hosts, hosts_);
    if (!every) return Unexpected(every.error());
    all_hosts_ = *every;
    if (const auto done = lookup("SELECT number, name FROM series", selection_.series, series_); !done)
      return Unexpected(done.error());
    return {};
  }

  Result<void> go(std::string_view table, const Period& period) {
    if (period.is_empty() || hosts_.empty()) return {};
    const bool is_rounds = table == "rounds";
    const std::string columns =
        is_rounds ? "time, host, frame, record, error" : "time, host, shape, record, rounds, up";
    const auto take = [&](Statement& row) { return is_rounds ? round(row) : points(row); };
    // Few hosts are looked up at each of the times; of many, everything is read.
    if (hosts_.size() * 8 >= all_hosts_) {
      Statement row = database_.prepare(
          fmt::format("SELECT {} FROM {} WHERE time >= ? AND time < ? ORDER BY time, host", columns, table));
      return each_row(row.bind(period.since).bind(period.until), take);
    }
    Statement next = database_.prepare(fmt::format("SELECT min(time) FROM {} WHERE time >= ?", table));
    Statement row = database_.prepare(fmt::format("SELECT {} FROM {} WHERE time = ? AND host = ?", columns, table));
    for (std::int64_t time = period.since;; ++time) {
      if (const auto found = next.bind(time).step(); !found) return Unexpected(found.error());
      if (next.is_null(0)) return {};
      time = next.number(0);
      next.reset();
      if (time >= period.until) return {};
      for (const auto& [host, place] : hosts_)
        if (auto done = each_row(row.bind(time).bind(host), take); !done) return done;
    }
  }

 private:
  Result<std::size_t> lookup(std::string_view sql, const std::vector<std::string>& names,
                             std::map<std::int64_t, std::size_t>& numbers) {
    std::map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < names.size(); ++i) places.emplace(names[i], i);
    Statement row = database_.prepare(sql);
    std::size_t count = 0;
    const auto done = each_row(row, [&](const Statement& found) -> Result<void> {
      ++count;
      const auto place = places.find(found.text(1));
      if (place != places.end()) numbers[found.number(0)] = place->second;
      return {};
    });
    if (!done) return Unexpected(done.error());
    return count;
  }

  static Result<void> each_row(Statement& row, const auto& take) {
    for (;;) {
      const auto more = row.step();
      if (!more) return Unexpected(more.error());
      if (!*more) return {};
      if (auto taken = take(row); !taken) return taken;
    }
  }

  std::optional<std::size_t> place_of(std::int64_t host) const {
    const auto found = hosts_.find(host);
    if (found == hosts_.end()) return std::nullopt;
    return found->second;
  }

  // By the address of a shape or frame, which stay where they are.
  const Places& places(const void* owner, const Shape& shape) {
    const auto [entry, is_new] = places_.try_emplace(owner);
    if (is_new)
      for (std::size_t i = 0; i < shape.size(); ++i)
        if (const auto found = series_.find(shape[i]); found != series_.end())
          entry->second.emplace_back(i, found->second);
    return entry->second;
  }

  // Rows that are damaged are left out.
  Result<void> round(const Statement& row) {
    const auto host = place_of(row.number(1));
    if (!host) return {};
    Presence presence{.time = from_number(row.number(0)), .rounds = 1, .up = 1, .error = {}};
    if (!row.is_null(4)) {
      presence.error = code_from(row.text(4)).value_or(Code::internal);
      presence.up = is_unreachable(*presence.error) ? 0 : 1;
    }
    reader_.presence(*host, presence);
    if (row.is_null(2) || series_.empty()) return {};
    const auto frame = frames_.frame(row.number(2));
    if (!frame) return Unexpected(frame.error());
    if (!*frame) return {};
    const Places& wanted = places(*frame, (*frame)->shape);
    if (wanted.empty()) return {};
    const auto values = decode_round(row.text(3), (*frame)->base);
    if (!values) return {};
    for (const auto& [at, series] : wanted) {
      const double value = (*values)[at];
      if (!std::isnan(value)) reader_.value(*host, series, {presence.time, value, value, value, value, 1});
    }
    return {};
  }

  Result<void> points(const Statement& row) {
    const auto host = place_of(row.number(1));
    if (!host) return {};
    const Time time = from_number(row.number(0));
    reader_.presence(*host, {.time = time, .rounds = row.number(4), .up = row.number(5), .error = {}});
    if (row.is_null(2) || series_.empty()) return {};
    const auto shape = frames_.shape(row.number(2));
    if (!shape) return Unexpected(shape.error());
    if (!*shape) return {};
    const Places& wanted = places(*shape, **shape);
    if (wanted.empty()) return {};
    auto found = decode_points(row.text(3), (*shape)->size());
    if (!found) return {};
    for (const auto& [at, series] : wanted) {
      (*found)[at].time = time;
      reader_.value(*host, series, (*found)[at]);
    }
    return {};
  }

  const Database& database_;
  Frames frames_;
  const MetricStore::Selection& selection_;
  MetricStore::Reader& reader_;
  std::map<std::int64_t, std::size_t> hosts_, series_;  // places in the selection by numbers
  std::size_t all_hosts_ = 0;
  std::unordered_map<const void*, Places> places_;
};

}  // namespace

Result<void> MetricStore::read(const Selection& selection, Reader& reader) const {
  const Database& database = state_->database;
  const auto parts = periods(database, {to_number(selection.since), to_number(selection.until)});
  if (!parts) return Unexpected(parts.error());
  Pass pass(database, selection, reader);
  if (auto done = pass.look_up(); !done) return done;
  if (auto done = pass.go("days", parts->days); !done) return done;
  if (auto done = pass.go("hours", parts->hours); !done) return done;
  return pass.go("rounds", parts->rounds);
}

}  // namespace cef::store

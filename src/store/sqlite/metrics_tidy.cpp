// What keeps the store small: hours made of rounds, days made of hours, and what is too old removed. Runs in passing,
// after a run that stored something, so it is bounded: what is left over waits for the next time.
#include "metric_state.hpp"
#include "state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace cef::store {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t hour = milliseconds(std::chrono::hours(1)).count();
constexpr std::int64_t day = 24 * hour;
// A run that began within the hour may store its round later.
constexpr std::int64_t grace = milliseconds(std::chrono::minutes(15)).count();

// In passing: no more than these at a time. An hour of a thousand hosts is 60,000 rounds.
constexpr std::int64_t hours_at_once = 6, days_at_once = 2;
constexpr std::int64_t rows_at_once = 200'000;

std::int64_t floor_to(std::int64_t time, std::int64_t step) { return time - (time % step + step) % step; }

// A host's hour or day, as it is put together.
struct Sum {
  std::int64_t rounds = 0, up = 0;
  std::map<std::int64_t, Point> points;  // by series; `mean` is the sum meanwhile

  void add(std::int64_t series, const Point& point) {
    const auto count = static_cast<double>(point.count);
    const auto [entry, is_new] = points.try_emplace(series, point);
    Point& sum = entry->second;
    if (is_new) {
      sum.mean = point.mean * count;
      return;
    }
    sum.min = std::min(sum.min, point.min);
    sum.max = std::max(sum.max, point.max);
    sum.mean += point.mean * count;
    sum.last = point.last;
    sum.count += point.count;
  }
};
using Sums = std::map<std::int64_t, Sum>;  // by host

class Tidier {
 public:
  Tidier(const Database& database, const Kept& kept, Time now, bool whole)
      : database_(database), kept_(kept), now_(to_number(now)), whole_(whole) {}

  Result<Tidied> go() {
    auto transaction = Transaction::begin(database_);
    if (!transaction) return Unexpected(transaction.error());
    if (auto done = make("hours", "rounds", hour, now_ - grace, hours_at_once, tidied_.hours); !done)
      return Unexpected(done.error());
    const auto hours_until = fact("hours_until");
    if (!hours_until) return Unexpected(hours_until.error());
    if (auto done = make("days", "hours", day, *hours_until, days_at_once, tidied_.days); !done)
      return Unexpected(done.error());
    const auto days_until = fact("days_until");
    if (!days_until) return Unexpected(days_until.error());
    const auto age = [](std::chrono::days days) { return milliseconds(days).count(); };
    if (auto done = remove("rounds", std::min(now_ - age(kept_.values), *hours_until)); !done)
      return Unexpected(done.error());
    if (auto done = remove("hours", std::min(now_ - age(kept_.hours), *days_until)); !done)
      return Unexpected(done.error());
    if (auto done = remove_frames(); !done) return Unexpected(done.error());
    if (auto done = set_fact("tidied", now_); !done) return Unexpected(done.error());
    if (auto done = transaction->commit(); !done) return Unexpected(done.error());
    return tidied_;
  }

 private:
  Result<std::int64_t> fact(std::string_view name) {
    Statement row = database_.prepare("SELECT value FROM facts WHERE name = ?");
    const auto found = row.bind(name).step();
    if (!found) return Unexpected(found.error());
    return *found ? row.number(0) : 0;
  }
  Result<void> set_fact(std::string_view name, std::int64_t value) {
    return database_.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)").bind(name).bind(value).run();
  }

  // Rows of `table` from those of `source`, for the steps of time that have not been made and are over by `end`.
  Result<void> make(const std::string& table, const std::string& source, std::int64_t step, std::int64_t end,
                    std::int64_t most, std::int64_t& made) {
    const std::string until_name = table + "_until";
    auto until = fact(until_name);
    if (!until) return Unexpected(until.error());
    end = floor_to(end, step);
    for (std::int64_t steps = 0; *until < end && (whole_ || steps < most); ++steps) {
      // Times without any rounds are passed over.
      Statement next = database_.prepare(fmt::format("SELECT min(time) FROM {} WHERE time >= ?", source));
      if (const auto row = next.bind(*until).step(); !row) return Unexpected(row.error());
      const std::int64_t begin = next.is_null(0) ? end : std::min(floor_to(next.number(0), step), end);
      next.reset();
      *until = std::max(begin, *until);
      if (*until >= end) break;
      auto sums = sum(source, *until, *until + step);
      if (!sums) return Unexpected(sums.error());
      if (auto done = write(table, *until, *sums); !done) return done;
      made += static_cast<std::int64_t>(sums->size());
      *until += step;
    }
    return set_fact(until_name, *until);
  }

  Result<Sums> sum(const std::string& source, std::int64_t since, std::int64_t until) {
    const bool is_rounds = source == "rounds";
    Statement row = database_.prepare(
        fmt::format("SELECT host, record, {} FROM {} WHERE time >= ? AND time < ? ORDER BY time, host",
                    is_rounds ? "frame, error" : "shape, rounds, up", source));
    row.bind(since).bind(until);
    Sums sums;
    for (;;) {
      const auto more = row.step();
      if (!more) return Unexpected(more.error());
      if (!*more) return sums;
      Sum& sum = sums[row.number(0)];
      if (auto added = is_rounds ? add_round(row, sum) : add_points(row, sum); !added) return Unexpected(added.error());
    }
  }

  Result<void> add_round(const Statement& row, Sum& sum) {
    ++sum.rounds;
    sum.up += row.is_null(3) || !is_unreachable(code_from(row.text(3)).value_or(Code::internal)) ? 1 : 0;
    if (row.is_null(2)) return {};
    const auto frame = frames_.frame(row.number(2));
    if (!frame) return Unexpected(frame.error());
    if (!*frame) return {};
    const auto values = decode_round(row.text(1), (*frame)->base);
    if (!values) return {};
    for (std::size_t i = 0; i < values->size(); ++i) {
      const double value = (*values)[i];
      if (!std::isnan(value)) sum.add((*frame)->shape[i], {Time(), value, value, value, value, 1});
    }
    return {};
  }

  Result<void> add_points(const Statement& row, Sum& sum) {
    sum.rounds += row.number(3);
    sum.up += row.number(4);
    if (row.is_null(2)) return {};
    const auto shape = frames_.shape(row.number(2));
    if (!shape) return Unexpected(shape.error());
    if (!*shape) return {};
    const auto points = decode_points(row.text(1), (*shape)->size());
    if (!points) return {};
    for (std::size_t i = 0; i < points->size(); ++i) sum.add((**shape)[i], (*points)[i]);
    return {};
  }

  Result<void> write(const std::string& table, std::int64_t time, const Sums& sums) {
    Statement row = database_.prepare(fmt::format(
        "INSERT OR REPLACE INTO {} (time, host, rounds, up, shape, record) VALUES (?, ?, ?, ?, ?, ?)", table));
    std::map<Shape, std::int64_t> shapes;
    for (const auto& [host, sum] : sums) {
      Shape shape;
      std::vector<Point> points;
      for (const auto& [series, point] : sum.points) {
        shape.push_back(series);
        points.push_back(point);
        points.back().mean /= static_cast<double>(std::max<std::int64_t>(point.count, 1));
      }
      const std::string record = encode_points(points);
      row.bind(time).bind(host).bind(sum.rounds).bind(sum.up);
      if (shape.empty()) {
        row.bind_null().bind_null();
      } else {
        const auto [known, is_new] = shapes.try_emplace(std::move(shape));
        if (is_new) {
          const auto number = shape_number(database_, known->first);
          if (!number) return Unexpected(number.error());
          known->second = *number;
        }
        row.bind(known->second).bind_blob(record);
      }
      if (auto done = row.run(); !done) return done;
    }
    return {};
  }

  Result<void> remove(const std::string& table, std::int64_t before) {
    if (!whole_) {
      Statement row = database_.prepare(fmt::format("SELECT time FROM {} ORDER BY time LIMIT 1 OFFSET ?", table));
      const auto found = row.bind(rows_at_once).step();
      if (!found) return Unexpected(found.error());
      if (*found) before = std::min(before, row.number(0));
    }
    if (auto done = database_.prepare(fmt::format("DELETE FROM {} WHERE time < ?", table)).bind(before).run(); !done)
      return done;
    tidied_.removed += database_.changes();
    return {};
  }

  // Those on which no round that is left builds: rounds build on a frame for a day.
  Result<void> remove_frames() {
    const auto first = database_.number("SELECT coalesce(min(time), 0) FROM rounds");
    if (!first) return Unexpected(first.error());
    return database_.prepare("DELETE FROM frames WHERE time < ?").bind(*first - day - grace).run();
  }

  const Database& database_;
  Frames frames_{database_};
  const Kept& kept_;
  std::int64_t now_;
  bool whole_;
  Tidied tidied_;
};

// The file shrinks where much of it is free; a little is used by the next rounds.
Result<void> give_back(const Database& database, bool whole) {
  const auto pages = database.number("PRAGMA page_count"), unused = database.number("PRAGMA freelist_count");
  if (!pages) return Unexpected(pages.error());
  if (!unused) return Unexpected(unused.error());
  if (!whole && *unused * 4 < *pages) return {};
  return database.shrink(whole);
}

}  // namespace

Result<Tidied> MetricStore::tidy(const Kept& kept, Time now, bool now_and_whole) {
  const Database& database = state_->database;
  if (!now_and_whole) {
    const auto last = database.number("SELECT value FROM facts WHERE name = 'tidied'");
    if (!last) return Unexpected(last.error());
    if (now >= from_number(*last) && now - from_number(*last) < std::chrono::hours(1)) return Tidied{};
  }
  auto tidied = Tidier(database, kept, now, now_and_whole).go();
  if (!tidied) return tidied;
  if (const auto done = give_back(database, now_and_whole); !done) return Unexpected(done.error());
  return tidied;
}

}  // namespace cef::store

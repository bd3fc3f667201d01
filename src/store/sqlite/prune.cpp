// What keeps the journal small. Runs in passing, after a run of cef's own, so it is bounded: what is left over waits
// for the next time.
#include "state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::store {

namespace {

constexpr auto interval = std::chrono::hours(24);
// In passing: no more than these at a time.
constexpr std::int64_t results_at_once = 20'000;

Result<std::int64_t> used_bytes(const Database& database, bool with_free) {
  auto pages = database.number("PRAGMA page_count");
  if (!pages) return pages;
  auto unused = database.number("PRAGMA freelist_count");
  if (!unused) return unused;
  auto size = database.number("PRAGMA page_size");
  if (!size) return size;
  return (*pages - (with_free ? 0 : *unused)) * *size;
}

Result<bool> is_due(const Database& database, const Limits& limits, Time now) {
  const auto last = database.number("SELECT value FROM facts WHERE name = 'pruned'");
  if (!last) return Unexpected(last.error());
  if (now - from_number(*last) >= interval || now < from_number(*last)) return true;
  const auto used = used_bytes(database, false);
  if (!used) return Unexpected(used.error());
  return *used > limits.max_bytes;
}

// What age is counted from: a clock that is ahead for one run must not make all former ones old. So it is not later
// than a day after the run before the last; where there is none, nothing is that old.
Result<Time> reference(const Database& database, Time now) {
  const auto before = database.number(
      "SELECT coalesce((SELECT started FROM runs WHERE number < (SELECT max(number) FROM runs) "
      "ORDER BY number DESC LIMIT 1), (SELECT max(started) FROM runs), 0)");
  if (!before) return Unexpected(before.error());
  return std::min(now, from_number(*before) + interval);
}

// Number of the last run to remove; runs are removed oldest first, so that all up to it go.
Result<std::int64_t> last_to_remove(const Database& database, const Limits& limits, Time now) {
  // One whose clock was behind makes none before it old.
  Statement old = database.prepare(
      "SELECT coalesce((SELECT min(number) - 1 FROM runs WHERE started >= ?), (SELECT max(number) FROM runs), 0)");
  if (const auto row = old.bind(to_number(now - limits.keep)).step(); !row) return Unexpected(row.error());
  const std::int64_t too_old = old.number(0);
  auto used = used_bytes(database, false);
  if (!used) return used;
  if (*used <= limits.max_bytes) return too_old;
  // A tenth below the limit, so that it is not at the limit again at once. Each run has its row and pages half full
  // too.
  const std::int64_t excess = *used - limits.max_bytes / 10 * 9;
  Statement run = database.prepare("SELECT number, bytes + 1024 FROM runs ORDER BY number");
  std::int64_t freed = 0, last = 0;
  while (freed < excess) {
    const auto row = run.step();
    if (!row) return Unexpected(row.error());
    if (!*row) break;
    last = run.number(0);
    freed += run.number(1);
  }
  return std::max(last, too_old);
}

// The runs up to number `last`, as many of them as have not much more than `most` results.
Result<std::size_t> remove(const Database& database, std::int64_t last, std::int64_t most) {
  struct Doomed {
    std::int64_t run, first, count;
  };
  std::vector<Doomed> doomed;
  std::int64_t sum = 0;
  Statement row = database.prepare(
      "SELECT number, coalesce(first_result, 0), coalesce(results, 0) FROM runs WHERE number <= ? ORDER BY number");
  row.bind(last);
  while (sum < most) {
    const auto more = row.step();
    if (!more) return Unexpected(more.error());
    if (!*more) break;
    doomed.push_back({row.number(0), row.number(1), row.number(2)});
    sum += doomed.back().count + 1;
  }
  Statement results = database.prepare("DELETE FROM results WHERE number BETWEEN ? AND ?");
  Statement files = database.prepare("DELETE FROM files WHERE run = ?");
  Statement run = database.prepare("DELETE FROM runs WHERE number = ?");
  for (const Doomed& each : doomed)
    for (Statement* statement :
         {&results.bind(each.first).bind(each.first + each.count - 1), &files.bind(each.run), &run.bind(each.run)})
      if (const auto done = statement->run(); !done) return Unexpected(done.error());
  return doomed.size();
}

}  // namespace

Result<Pruned> Journal::prune(const Limits& limits, Time now, bool now_and_whole) {
  const Database& database = state_->database;
  Pruned pruned;
  if (!now_and_whole) {
    const auto due = is_due(database, limits, now);
    if (!due) return Unexpected(due.error());
    if (!*due) return pruned;
  }
  const auto before = used_bytes(database, true);
  if (!before) return Unexpected(before.error());
  pruned.bytes_before = *before;
  {
    auto transaction = Transaction::begin(database);
    if (!transaction) return Unexpected(transaction.error());
    // Who asks for it by hand means it.
    const auto counted_from = now_and_whole ? Result<Time>(now) : reference(database, now);
    if (!counted_from) return Unexpected(counted_from.error());
    const auto last = last_to_remove(database, limits, *counted_from);
    if (!last) return Unexpected(last.error());
    const auto removed = remove(database, *last, now_and_whole ? INT64_MAX : results_at_once);
    if (!removed) return Unexpected(removed.error());
    pruned.runs = *removed;
    if (const auto done =
            database.run(fmt::format("INSERT OR REPLACE INTO facts VALUES ('pruned', {})", to_number(now)));
        !done)
      return Unexpected(done.error());
    if (const auto done = transaction->commit(); !done) return Unexpected(done.error());
  }
  if (const auto done = database.shrink(now_and_whole); !done) return Unexpected(done.error());
  const auto after = used_bytes(database, true);
  if (!after) return Unexpected(after.error());
  pruned.bytes_after = *after;
  return pruned;
}

}  // namespace cef::store

#include "encode.hpp"
#include "open.hpp"
#include "state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::store {

namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20;

constexpr std::string_view run_columns =
    "SELECT id, verb, started, process, about, exit_code, duration_ms, ok, changed, failed, unreachable, skipped "
    "FROM runs ";

RunRecord to_run(const Statement& row) {
  RunRecord run;
  run.id = row.text(0);
  run.verb = row.text(1);
  run.started = from_number(row.number(2));
  run.process = row.text(3);
  decode(row.text(4), run);
  if (!row.is_null(5)) run.exit_code = static_cast<int>(row.number(5));
  run.duration_ms = row.real(6);
  const auto count = [&](int column) { return static_cast<std::size_t>(row.number(column)); };
  run.summary = {0, count(7), count(8), count(9), count(10), count(11)};
  run.summary.hosts =
      run.summary.ok + run.summary.changed + run.summary.failed + run.summary.unreachable + run.summary.skipped;
  return run;
}

Result<std::int64_t> insert(const Database& database, RunRecord run) {
  for (auto it = run.files.begin(); it != run.files.end();) {
    if (const bool large = it->second.size() > largest_file; large) {
      run.unrepeatable = it->first + " was too large to be kept";
      it = run.files.erase(it);
    } else {
      ++it;
    }
  }
  const std::string about = encode(run);
  if (auto done = database.prepare("INSERT INTO runs (id, verb, started, process, about) VALUES (?, ?, ?, ?, ?)")
                      .bind(run.id)
                      .bind(run.verb)
                      .bind(to_number(run.started))
                      .bind(run.process)
                      .bind_blob(about)
                      .run();
      !done)
    return Unexpected(done.error());
  auto number = database.number("SELECT last_insert_rowid()");
  if (!number) return number;
  Statement file = database.prepare("INSERT INTO files (run, path, content) VALUES (?, ?, ?)");
  for (const auto& [path, content] : run.files)
    if (const auto done = file.bind(*number).bind(path).bind_blob(content).run(); !done)
      return Unexpected(done.error());
  return number;
}

// Returns how many bytes were written.
Result<std::int64_t> insert(const Database& database, const std::vector<HostResult>& results, std::int64_t first) {
  Statement row = database.prepare(
      "INSERT INTO results (number, host, status, duration_ms, attempts, code, message, hint, record) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  std::int64_t bytes = 0;
  for (const HostResult& result : results) {
    const std::string record = encode(result, Journal::kept_bytes);
    const Error error = result.error.value_or(Error{});
    row.bind(first++).bind(result.host).bind(name_of(result.status)).bind(result.duration_ms);
    row.bind(std::int64_t{result.attempts});
    if (result.error) {
      row.bind(name_of(error.code)).bind(error.message).bind(error.hint);
    } else {
      row.bind_null().bind_null().bind_null();
    }
    if (const auto done = row.bind_blob(record).run(); !done) return Unexpected(done.error());
    bytes += static_cast<std::int64_t>(record.size() + error.message.size() + result.host.size() + 48);
  }
  return bytes;
}

}  // namespace

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

void Journal::set_patience(Milliseconds patience) { state_->database.set_patience(patience); }

Result<Journal> Journal::open(const std::filesystem::path& file, Access access, Milliseconds patience) {
  auto database = open_database({"journal", "--journal", file}, journal_schema, access, patience);
  if (!database) return Unexpected(database.error());
  return Journal(std::make_unique<State>(State{std::move(*database)}));
}

Result<bool> Journal::begin(const RunRecord& run) {
  auto transaction = Transaction::begin(state_->database);
  if (!transaction) return Unexpected(transaction.error());
  Statement same = state_->database.prepare("SELECT 1 FROM runs WHERE id = ?");
  const auto taken = same.bind(run.id).step();
  if (!taken) return Unexpected(taken.error());
  if (*taken) return false;
  if (const auto number = insert(state_->database, run); !number) return Unexpected(number.error());
  if (const auto done = transaction->commit(); !done) return Unexpected(done.error());
  return true;
}

Result<void> Journal::end(const RunRecord& run, const Report& report) {
  const Database& database = state_->database;
  auto transaction = Transaction::begin(database);
  if (!transaction) return Unexpected(transaction.error());
  // Another run's results are never written over: a second insertion of its id fails.
  Statement begun = database.prepare("SELECT number FROM runs WHERE id = ? AND process = ? AND exit_code IS NULL");
  const auto found = begun.bind(run.id).bind(run.process).step();
  if (!found) return Unexpected(found.error());
  auto number = *found ? Result<std::int64_t>(begun.number(0)) : insert(database, run);
  if (!number) return Unexpected(number.error());
  const auto first = database.number("SELECT coalesce(max(number), 0) + 1 FROM results");
  if (!first) return Unexpected(first.error());
  const auto bytes = insert(database, report.results, *first);
  if (!bytes) return Unexpected(bytes.error());
  const Summary sum = summarise(report);
  const auto count = [](std::size_t number_of) { return static_cast<std::int64_t>(number_of); };
  Statement update = database.prepare(
      "UPDATE runs SET exit_code = ?, duration_ms = ?, ok = ?, changed = ?, failed = ?, unreachable = ?, skipped = ?, "
      "first_result = ?, results = ?, bytes = ? WHERE number = ?");
  update.bind(std::int64_t{run.exit_code.value_or(0)}).bind(report.duration_ms);
  update.bind(count(sum.ok)).bind(count(sum.changed)).bind(count(sum.failed));
  update.bind(count(sum.unreachable)).bind(count(sum.skipped));
  if (auto done = update.bind(*first).bind(count(report.results.size())).bind(*bytes).bind(*number).run(); !done)
    return done;
  return transaction->commit();
}

Result<std::vector<RunRecord>> Journal::runs(const Filter& filter) const {
  Statement row = state_->database.prepare(std::string(run_columns) +
                                           "WHERE started >= ? AND (verb = ? OR ? = '') AND substr(id, 1, length(?)) = "
                                           "? ORDER BY started DESC, number DESC LIMIT ?");
  row.bind(filter.since ? to_number(*filter.since) : std::int64_t{0}).bind(filter.verb).bind(filter.verb);
  row.bind(filter.id_prefix).bind(filter.id_prefix);
  row.bind(static_cast<std::int64_t>(std::min<std::size_t>(filter.last, INT64_MAX)));
  std::vector<RunRecord> runs;
  for (;;) {
    const auto more = row.step();
    if (!more) return Unexpected(more.error());
    if (!*more) return runs;
    runs.push_back(to_run(row));
  }
}

Result<RunRecord> Journal::run(const std::string& id) const {
  const Database& database = state_->database;
  Statement row = database.prepare(std::string(run_columns) + "WHERE id = ?");
  const auto found = row.bind(id).step();
  if (!found) return Unexpected(found.error());
  if (!*found) return Unexpected(Error{Code::nothing_matched, fmt::format("there is no run '{}'", id), ""});
  RunRecord run = to_run(row);
  Statement file = database.prepare(
      "SELECT path, content FROM files WHERE run = (SELECT number FROM runs WHERE id = ?) ORDER BY path");
  file.bind(id);
  for (;;) {
    const auto more = file.step();
    if (!more) return Unexpected(more.error());
    if (!*more) return run;
    run.files[file.text(0)] = file.text(1);
  }
}

Result<std::vector<std::string>> Journal::hosts(const RunRecord& run) const {
  Statement row = state_->database.prepare(
      "SELECT host FROM runs, results "
      "WHERE id = ? AND results.number BETWEEN first_result AND first_result + runs.results - 1");
  row.bind(run.id);
  std::vector<std::string> hosts;
  for (;;) {
    const auto more = row.step();
    if (!more) return Unexpected(more.error());
    if (!*more) return hosts;
    hosts.push_back(row.text(0));
  }
}

Result<Report> Journal::report(const RunRecord& run) const {
  Report report;
  report.run = run.id;
  report.verb = run.verb;
  report.started = run.started;
  report.duration_ms = run.duration_ms;
  Statement row = state_->database.prepare(
      "SELECT host, status, results.duration_ms, attempts, code, message, hint, record FROM runs, results "
      "WHERE id = ? AND results.number BETWEEN first_result AND first_result + runs.results - 1 ORDER BY "
      "results.number");
  row.bind(run.id);
  for (;;) {
    const auto more = row.step();
    if (!more) return Unexpected(more.error());
    if (!*more) return report;
    HostResult result;
    result.host = row.text(0);
    result.status = status_from(row.text(1)).value_or(Status::failed);
    result.duration_ms = row.real(2);
    result.attempts = static_cast<int>(row.number(3));
    if (!row.is_null(4))
      result.error = Error{code_from(row.text(4)).value_or(Code::internal), row.text(5), row.text(6)};
    decode(row.text(7), result);
    report.results.push_back(std::move(result));
  }
}

}  // namespace cef::store

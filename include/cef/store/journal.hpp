// The journal of runs: what each one was, and what it found on every host, kept in one SQLite file that any number of
// runs may write at the same time. A run is written twice: when it begins, so that one that was killed is not
// forgotten, and with all results in one transaction when it ends.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/report.hpp>
#include <cef/core/result.hpp>
#include <cef/store/file.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::store {

/// One run without its results.
struct RunRecord {
  std::string id;  // Report::run
  std::string verb;
  std::vector<std::string> words;            // the command line as typed, without the program's name
  std::vector<std::string> selectors;        // those of `words` that say which hosts
  std::vector<std::string> inventory;        // files and folders
  std::string directory;                     // the working directory
  std::string user, machine;                 // who ran it, and where
  std::string version;                       // cef's
  std::string retry_of;                      // id of the run that this one repeats, or empty
  std::string output_field;                  // data field with a text of many lines, or empty
  Value repeat;                              // how to do it again: written and read by the command line's layer
  std::map<std::string, std::string> files;  // contents of local files that the work was made of, by their paths
  std::string unrepeatable;                  // why it cannot be done again from what is kept, or empty
  std::string process;                       // this_process() of the one that does it
  Time started;

  // Known when it has ended.
  std::optional<int> exit_code;
  double duration_ms = 0;
  Summary summary;
};

/// Names this process, and no later one that gets its number: `pid.start time since boot`.
std::string this_process();
/// Whether the run's process is still there. Only for runs of this machine.
bool is_running(const RunRecord& run);

struct Limits {
  std::chrono::days keep{90};
  std::int64_t max_bytes = 200'000'000;
};
struct Pruned {
  std::size_t runs = 0;
  std::int64_t bytes_before = 0, bytes_after = 0;  // of the file
};

/// Of each text in a record's fields at most `kept_bytes` are left, with the fields NAME_truncated (true) and
/// NAME_bytes (its length) added beside it.
void shorten(Value& record, std::size_t kept_bytes);

/// Errors of all calls: io_failed, naming the file and what SQLite or the system says.
class Journal {
 public:
  using Access = store::Access;

  /// Each later call waits up to `patience` for other processes. A file of a newer cef is not touched.
  static Result<Journal> open(const std::filesystem::path& file, Access access, Milliseconds patience);
  ~Journal();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;

  void set_patience(Milliseconds patience);

  /// Whoever writes has masked what is secret; `data` is kept as by shorten(). Of `files`, those of more than a MiB are
  /// left out.
  static constexpr std::size_t kept_bytes = 65536;
  /// False, and nothing is written, when another run has its id.
  Result<bool> begin(const RunRecord& run);
  /// Also for a run whose begin() failed, unless its id is another's by now.
  Result<void> end(const RunRecord& run, const Report& report);

  struct Filter {
    std::size_t last = SIZE_MAX;
    std::optional<Time> since;
    std::string verb;       // empty: all
    std::string id_prefix;  // empty: all
  };
  /// Newest first; `files` is left empty.
  Result<std::vector<RunRecord>> runs(const Filter& filter) const;
  /// With `files`. Errors: nothing_matched.
  Result<RunRecord> run(const std::string& id) const;
  /// The names of the hosts that it has results of.
  Result<std::vector<std::string>> hosts(const RunRecord& run) const;
  /// What the run found; no results for one that did not end.
  Result<Report> report(const RunRecord& run) const;

  /// Removes runs that are too old, then the oldest until the rest fits. Does nothing when this was done in the last
  /// day and the file is not too large, unless `now_and_whole`, which also gives all free space back.
  Result<Pruned> prune(const Limits& limits, Time now, bool now_and_whole);

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cef::store

// What the tasks that use apt share: the shell functions that keep it from asking, wait for its locks and mend what was
// interrupted, and how to read what it said.
#pragma once

#include <cef/core/error.hpp>
#include <cef/core/param.hpp>
#include <cef/core/value.hpp>
#include <cef/tasks/task.hpp>

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::tasks::apt {

/// The beginning of every script: its functions. $1 is `check` or `run`, $2 how many seconds to wait for locks, $3
/// whether to update the lists; they are taken off.
extern const char* const prelude;

inline constexpr Param lock_wait{.name = "lock-wait",
                                 .value = "TIME",
                                 .help = "for another apt or dpkg to be done",
                                 .kind = Param::Kind::duration,
                                 .otherwise = "10m"};
inline constexpr Param no_update{
    .name = "no-update", .help = "use the lists of packages that the host has", .kind = Param::Kind::flag};

/// The script's answer, cut at the lines `=cef NAME REST`.
class Answer {
 public:
  struct Section {
    std::string_view name, rest, text;
  };
  /// `out` must outlive this.
  explicit Answer(std::string_view out);
  /// The last one of that name, or null.
  const Section* find(std::string_view name) const;
  /// What stands after its name; empty when there is none.
  std::string_view rest(std::string_view name) const;
  std::string_view text(std::string_view name) const;

 private:
  std::vector<Section> sections_;
};

struct Change {
  std::string name, from, to;  // versions; empty: not there
};

/// Of a simulation: what it would do.
struct Plan {
  std::vector<Change> upgraded, installed, removed;
  std::vector<std::string> held_back;
  bool empty() const { return upgraded.empty() && installed.empty() && removed.empty(); }
};
Plan parse_plan(std::string_view text);

/// Lines that stand only before (`NAME VERSION STATE`) or, after a tab, only after.
struct Changes {
  std::vector<Change> upgraded, installed, removed;
  std::vector<std::string> configured;  // of the same version, but half installed before
  bool empty() const { return upgraded.empty() && installed.empty() && removed.empty() && configured.empty(); }
};
Changes parse_changes(std::string_view text);

/// Sources that could not be updated, with the reason: `http://deb.example.net/debian bookworm InRelease: 404 ...`.
std::vector<std::string> stale_sources(std::string_view text);
/// Whether at least one source answered.
bool any_source_answered(std::string_view text);

std::vector<std::string> kept_conffiles(std::string_view text);

/// What an apt or dpkg that failed said: which packages, and why.
std::string why_failed(std::string_view text);
/// The last lines that are not progress.
std::string last_lines(std::string_view text, std::size_t count);

/// The ends that every script may come to before its own work: no apt, a lock that stays, a dpkg that cannot be mended,
/// no source that answers.
std::optional<Error> early_end(const StepResult& ran, const Answer& answer);

/// What failed in the work itself: the plan, or carrying it out.
std::optional<Error> failure(const Answer& answer);

/// Zero for what is no number.
std::int64_t to_number(std::string_view text);

/// For Step::progress: `download 34 %`, `configure 3/7 libc6`.
std::function<std::string(std::string_view)> progress();

/// Installs, removes or purges packages, once more or never again; its answer goes to judge_packages().
Step package_step(std::string_view action, const std::vector<std::string>& names, const Arguments& arguments);
/// The record is that of the task `package`.
Verdict judge_packages(const StepResult& ran, bool check, bool diff = false);

/// `install docker.io, runc and 5 more`, of such a record in check mode.
std::string would_install(const Value& packages);

/// The packages before and after, as two texts with a line for each; null when nothing changed.
Value diff_of(const Changes& changes);
/// A list of changes as JSON.
Value to_json(const std::vector<Change>& changes);
Value names_of(const std::vector<Change>& changes);

}  // namespace cef::tasks::apt

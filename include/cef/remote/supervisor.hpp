// Work that a host does by itself: a command that goes on when the connection, or cef, is gone. Its output and its exit
// status wait on the host, in one private folder, until somebody has collected them.
#pragma once

#include <cef/runner/link.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

/// What becomes of the command when the run is interrupted or its deadline passes.
enum class OnInterrupt { leave, kill };

struct Assignment {
  std::string text;                                  // for the user's login shell
  std::string input{};                               // its whole standard input, sent before it starts
  std::string label = "job";                         // what `cef jobs` calls it: the verb
  std::size_t output_limit = std::size_t{64} << 20;  // bytes of stdout and stderr together; more ends the command
};

/// As whom it runs, and is found again.
struct Account {
  std::optional<std::string> become{};  // by sudo
  std::optional<Secret> password{};     // for sudo
};

/// How it is followed.
struct Watch {
  transport::Deadline until = transport::no_deadline;  // then the command is ended, as command_timeout says
  OnInterrupt on_interrupt = OnInterrupt::leave;
  std::size_t output_limit = std::size_t{64} << 20;                                 // bytes that are kept
  std::function<void(bool is_stderr, std::string_view bytes)> on_output = nullptr;  // as it comes
};

enum class JobState { running, done, killed, lost };
std::string_view name_of(JobState state);

struct JobEntry {
  std::string id, label, command;
  JobState state = JobState::lost;
  std::optional<std::int64_t> started, ended;  // seconds since 1970, by the host's clock
  std::optional<int> rc;
};

/// A new id, of 12 hex digits.
std::string new_job_id();
/// The id of one host's job, where hosts share the first part. Other ids, and those of one host alone, stay as they
/// are.
std::string job_id_on(std::string_view shared, std::string_view host);
/// Whether the text can be an id, or the first part of one.
bool is_job_id(std::string_view text);

/// For one link, which it must not outlive. Jobs of one account are not seen by another: an error of the stage `become`
/// says that there is no such account.
///
/// A lost connection is tried again until the time is up; what came before is not asked for twice, and no command is
/// run twice. Errors, besides those of logins and of the stage become:
///   job_lost         the host was rebooted, or the supervisor there was ended
///   detached         the run was stopped, and the command goes on; the message has its id
///   interrupted, deadline   the same, and the command was told to end
///   command_timeout  as Watch::until says
///   output_limit     it was ended for that
///   disk_full        for its output, or for the supervisor's own files
///   connection_lost  the host was not there again in time
class Supervisor {
 public:
  Supervisor(runner::Link& link, Account account) : link_(link), account_(std::move(account)) {}

  /// Runs it, waits for its end, and removes what is left of it there.
  runner::asio::awaitable<Result<transport::ExecResult>> run(std::string id, Assignment assignment, Watch watch);
  /// Only until it runs. True: the host may end it with the login all the same (KillUserProcesses of systemd-logind).
  runner::asio::awaitable<Result<bool>> start(std::string id, Assignment assignment, transport::Deadline until);
  /// Waits for the end of one that runs, or is over, and removes what is left of it.
  runner::asio::awaitable<Result<transport::ExecResult>> attach(std::string id, Watch watch);

  /// What it has said. With `waits` until its end. Nothing is removed. The status is that of its end, or -1.
  runner::asio::awaitable<Result<transport::ExecResult>> read(std::string id, bool waits, Watch watch);
  /// Ends it with all its children. True: it was running. Errors: job_lost for one that nobody knows.
  runner::asio::awaitable<Result<bool>> kill(std::string id, transport::Deadline until);
  /// `id`: of this one alone; empty: all.
  runner::asio::awaitable<Result<std::vector<JobEntry>>> list(std::string id, transport::Deadline until);
  /// Removes what is left of jobs that are over, and tells which.
  runner::asio::awaitable<Result<std::vector<JobEntry>>> clean(transport::Deadline until);

 private:
  class Follower;

  runner::asio::awaitable<Result<std::string>> ask(std::string line, transport::Deadline until);

  runner::Link& link_;
  Account account_;
};

}  // namespace cef::remote

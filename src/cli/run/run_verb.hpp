// Runs a verb's work on the selected hosts and shows the results: everything between the command line and the exit
// code.
#pragma once

#include "app.hpp"

#include <cef/core/report.hpp>
#include <cef/runner/link.hpp>
#include <cef/runner/runner.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cef::transport {
class SshExecutor;
}

namespace cef::cli {

class Output;

namespace asio = boost::asio;

/// Output as a host sends it, while its work goes on.
using LiveSink = std::function<void(const std::string& host, bool is_stderr, std::string_view bytes)>;

struct Task {
  runner::Work work;
  /// What logs in over SSH, made around the usual one; empty for just that one. It lives as long as the run.
  std::function<std::unique_ptr<transport::Executor>(transport::Executor& ssh)> executor;
  Milliseconds default_timeout{0};
  std::string output_field;  // data field with a text of many lines, or empty
  bool live = false;         // show output as it comes, when the format is table and there is one host or --stream
  bool always_live = false;  // --stream
  /// Keeps the results elsewhere before the run ends; false when that failed, which makes the exit code 1.
  std::function<bool(const Report&)> keep;
  /// Has the last word on how many hosts at once; may be empty.
  std::function<void(runner::Limits&)> adapt_limits;
  bool dry_run = false;  // --check: host keys are not recorded either
  bool becomes = false;  // uses sudo although no --become says so
};

/// `make` gets a sink, which shows nothing unless the task is live, and returns the task. Returns the exit code.
int execute(const Verb& verb, Context& context, const std::function<Task(LiveSink)>& make);

/// Writes the host keys that were accepted. False when that failed, which it has said.
bool record_host_keys(transport::SshExecutor& ssh);

/// The exit code of what ended a run whatever its hosts did: results that could not be written, which it says, or a
/// `signal` (0 for none). When the reader of standard output is gone it ends the process, as SIGPIPE ends others in a
/// pipe.
std::optional<int> cut_short(Output& output, int signal);

/// The exit code of a run that was not stopped.
int exit_code(const Summary& summary);

}  // namespace cef::cli

// Runs a program with pipes and collects what it says.
#pragma once

#include "child.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cef::testing {

/// cef is built with the sanitizers, which take time and memory of their own. These helpers and the end-to-end tests
/// are not.
inline constexpr bool sanitized = CEF_SANITIZED;

struct RunOptions {
  std::string input{};        // standard input; then it ends
  bool closed_input = false;  // start with standard input closed, as some cron jobs do
  std::map<std::string, std::string> env{};
  std::string cwd{};
  Milliseconds timeout = 4 * patience;  // then it is killed, and `timed_out` set
};

struct RunResult : Ending {
  std::string out;
  std::string err;
  bool timed_out = false;
};

/// A program that runs beside the test.
class Process {
 public:
  explicit Process(const std::vector<std::string>& argv, RunOptions options = {});
  ~Process();

  pid_t pid() const { return child_->pid(); }
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }
  void signal(int number) const { child_->signal(number); }

  /// Reads and writes until `done` says so (true), the process has ended, or `limit` passed.
  bool pump_until(const std::function<bool()>& done, Milliseconds limit = patience);
  /// Until standard output holds `text`.
  bool wait_for_output(const std::string& text, Milliseconds limit = patience);
  /// Until it ends; after the options' timeout it is killed.
  RunResult wait();

 private:
  void pump_once(Milliseconds limit);

  RunOptions options_;
  std::unique_ptr<Child> child_;
  int input_ = -1;
  int output_ = -1;
  int error_ = -1;
  std::size_t sent_ = 0;
  std::string out_;
  std::string err_;
};

RunResult run(const std::vector<std::string>& argv, RunOptions options = {});

/// True as soon as `holds` does, false when it did not within `limit`. Looks every few milliseconds.
bool eventually(const std::function<bool()>& holds, Milliseconds limit = patience);

}  // namespace cef::testing

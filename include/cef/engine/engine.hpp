// One run, or one watch, from the first packet to the exit code: the one owner of the loop, the stop, what logs in,
// signals, the deadline, the questions about host keys, the secrets, the record and the verdict. It prints nothing: an
// Observer is told, and no secret stands in what it is told.
#pragma once

#include <cef/core/secret.hpp>
#include <cef/engine/exit.hpp>
#include <cef/engine/observer.hpp>
#include <cef/engine/recorder.hpp>
#include <cef/engine/thresholds.hpp>
#include <cef/runner/runner.hpp>
#include <cef/transport/local.hpp>
#include <cef/transport/ssh.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cef::engine {

/// What a run is to do.
struct Orders {
  std::string verb;
  runner::Work work;
  std::vector<runner::Job> jobs;
  runner::Limits limits;
  /// What logs in over SSH, made around the usual one; empty for just that one. It lives as long as the run.
  std::function<std::unique_ptr<transport::Executor>(transport::Executor& ssh)> executor;
  std::optional<Milliseconds> deadline;  // of the whole run
  Thresholds thresholds;
  /// Keeps the results elsewhere before the run ends; false when that failed, which makes the exit code 1.
  std::function<bool(const Report&)> keep;
  /// The results of hosts that joined while it ran and have no job, asked for once when all jobs are done.
  std::function<std::vector<HostResult>()> joined{};
  std::vector<std::size_t> places{};  // where the report has each job's result; empty: in their order
  bool dry_run = false;               // host keys are not recorded either
};

class Engine {
 public:
  /// From now on SIGINT, SIGTERM and SIGHUP wait for the loop, but for a SIGHUP that was ignored (nohup); SIGPIPE is
  /// ignored. `observer` is used until the engine goes.
  explicit Engine(Observer& observer);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  asio::io_context& io() { return io_; }
  transport::Stop& stop() { return stop_; }
  transport::SshExecutor& ssh() { return ssh_; }
  transport::LocalExecutor& local() { return local_; }
  bool was_signalled() const { return signal_ != 0; }
  /// What is masked in all that the hosts say, in messages and in the record, until the engine goes.
  Secrets& secrets() { return secrets_; }

  /// A whole run; returns the exit code. What the observer throws is thrown on, once the hosts are given up and the
  /// record is written.
  int run(Orders orders, Recorder recorder);
  /// To be called with a host's output while its work goes on.
  void said(const std::string& host, bool is_stderr, std::string_view bytes);

  /// For work of another shape, which its owner drives: signals and the deadline count from now on.
  void start(std::optional<Milliseconds> deadline);
  /// After that work: writes host keys unless `dry_run`, waits for the reader, and returns the exit code. Of `ending`
  /// it sets what the engine knows.
  int leave(Ending ending, bool dry_run);

 private:
  template <class Telling>
  void tell(Telling telling);
  void listen();
  void look_at_reader();
  void wait_for_reader();
  bool record_host_keys();
  void explain_stop(const std::vector<HostResult>& results);
  void show(const std::string& host, bool is_stderr, std::string_view text);

  Observer& observer_;
  Secrets secrets_;
  std::map<std::pair<std::string, bool>, SecretFilter> saying_;  // by host and stream: a secret may come in two pieces
  transport::Stop stop_;  // before the loop, which may still hold coroutines that are registered with it
  asio::io_context io_{1};
  transport::SshExecutor ssh_;
  transport::LocalExecutor local_;
  asio::signal_set signals_;
  asio::steady_timer deadline_{io_};
  std::exception_ptr bug_;  // what the observer threw
  int signal_ = 0;
  bool begun_ = false, leaving_ = false, hurried_ = false;
};

}  // namespace cef::engine

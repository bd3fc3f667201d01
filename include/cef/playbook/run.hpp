// Runs plays on hosts: who performs tasks (SSH, or a test), who is told, and how it all ended. The scheduler itself
// knows neither a connection nor a terminal.
#pragma once

#include <cef/inventory/inventory.hpp>
#include <cef/playbook/load.hpp>
#include <cef/tasks/task.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::playbook {

namespace asio = boost::asio;

/// What the command line says of how to run.
struct RunOptions {
  Value extra_variables = Value::object();
  std::vector<std::string> tags{"all"}, skip_tags;
  std::string start_at;
  bool check = false, diff = false, step = false;
  int verbosity = 0;
  std::size_t forks = 0;
  std::string limit;                                       // as written, for `ansible_limit`
  std::optional<std::set<std::string, std::less<>>> only;  // no other hosts
  std::string managed = "Ansible managed";
  std::vector<std::string> inventory_sources;
  std::optional<bool> become;  // where neither the playbook nor a variable says so
  std::optional<std::string> become_user;
};

/// One task, ready to be performed on one host.
struct Order {
  std::string host;  // where; a delegate, if there is one
  const tasks::Task* task = nullptr;
  tasks::Arguments arguments;
  bool local = false;               // on the controller, whatever the host is
  std::optional<std::string> user;  // who logs in, where the playbook says so
  /// Connection variables, for a host that no inventory names.
  Value connection = Value::object();
  Milliseconds time{0};  // zero: none
  /// `async`: it goes on when the connection is gone. `begun`, which may be empty, is told its id there once it runs.
  bool supervised = false;
  std::function<void(const std::string& id)> begun = nullptr;
};

class Performer {
 public:
  virtual ~Performer() = default;
  virtual asio::awaitable<tasks::Verdict> perform(Order order) = 0;
  /// The connection to the host is given up, and made anew for what comes next.
  virtual asio::awaitable<void> reset(std::string /*host*/) { co_return; }
};

/// How a task ended on a host.
struct TaskResult {
  bool failed = false, changed = false, skipped = false, unreachable = false;
  bool ignored = false, rescued = false;
  bool hidden = false;            // no_log
  Value value = Value::object();  // what `register` gets
  Value diff;
  std::optional<Code> code{};  // why it failed, where that was none of the module's own
  std::string why{};           // beside its own message, for people
  double duration_ms = 0;
};

struct TaskView {
  const Play& play;
  const Task& task;
  std::string name;  // evaluated; with its role: `docker : Install`
  bool is_handler = false;
};

/// A host's counts, as ansible-playbook has them.
struct Recap {
  std::size_t ok = 0, changed = 0, unreachable = 0, failed = 0, skipped = 0, rescued = 0, ignored = 0;
  bool operator==(const Recap&) const = default;
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void play_begins(const Play& /*play*/, const std::string& /*name*/, std::size_t /*hosts*/) {}
  /// Of `serial`: batch `number` of so many, counted from 1. Not called where one batch is all.
  virtual void batch_begins(std::size_t /*number*/, std::size_t /*of*/, const std::vector<std::string>& /*hosts*/) {}
  virtual void task_begins(const TaskView& /*task*/, std::size_t /*hosts*/) {}
  /// One round of a loop is done; `label` is what it is about.
  virtual void item_done(const TaskView& /*task*/, const std::string& /*host*/, const std::string& /*label*/,
                         const TaskResult& /*result*/) {}
  virtual void host_done(const TaskView& /*task*/, const std::string& /*host*/, const TaskResult& /*result*/) {}
  virtual void task_ends(const TaskView& /*task*/, double /*duration_ms*/) {}
  virtual void included(const TaskView& /*task*/, const std::string& /*what*/,
                        const std::vector<std::string>& /*hosts*/) {}
  /// A try of `until` failed, another one comes.
  virtual void retrying(const TaskView& /*task*/, const std::string& /*host*/, int /*left*/) {}
  virtual void warn(const std::string& /*message*/) {}
  virtual void told(const std::string& /*message*/) {}
  /// Asks whoever runs the playbook; nothing: there is nobody.
  virtual std::optional<std::string> ask(const std::string& /*question*/, bool /*is_private*/) { return std::nullopt; }
};

/// How it ended as a whole.
struct Ended {
  std::map<std::string, Recap> recap;
  std::vector<std::string> order;    // of the hosts, as they came
  bool broke_off = false;            // by any_errors_fatal, max_fail_percentage, or because all of a batch failed
  std::optional<std::string> error;  // what ended it all: an unknown handler
  bool matched = false;              // some play had hosts
};

/// The hosts that the plays of the playbook are for, as far as is known before they run; in inventory order for each
/// play. Errors: a message with its place.
struct PlayHosts {
  std::string play, pattern;  // its name, or else the pattern
  std::vector<std::string> hosts;
};
Result<std::vector<PlayHosts>, std::string> hosts_of(const Playbook& playbook, const inventory::Inventory& inventory,
                                                     const RunOptions& options);

/// Whether a task is to run, as its tags are.
bool is_selected(const Task& task, const RunOptions& options);
/// Whether a task with these tags is to run.
bool is_selected(const std::vector<std::string>& tags, const std::vector<std::string>& wanted,
                 const std::vector<std::string>& skipped);

/// Runs all plays. All but `options` are used until it is done. `stopped`: whether no more tasks are to be begun.
asio::awaitable<Ended> run(Playbook& playbook, const inventory::Inventory& inventory, RunOptions options,
                           Performer& performer, Reporter& reporter, std::function<bool()> stopped);

}  // namespace cef::playbook

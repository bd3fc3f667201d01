// Performs the tasks of a run on hosts: each over the link that the runner gave it, which logs in when its first task
// comes. All plays are one run's work: it lasts until end() is called.
#pragma once

#include <cef/fleet/login.hpp>
#include <cef/playbook/run.hpp>
#include <cef/runner/runner.hpp>
#include <cef/transport/local.hpp>
#include <cef/transport/stop.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cef::playbook {

/// What is needed to log in to a host that has no job: a delegate, one that was added.
struct Others {
  const inventory::Inventory& inventory;
  const fleet::Login& login;
  const fleet::Passwords& passwords;
};

class Hosts final : public Performer {
 public:
  /// All but `jobs` are used until this goes. Who becomes whom, the tasks say: the jobs' own `become` is taken away.
  Hosts(asio::io_context& io, transport::Stop& stop, transport::Executor& local, std::vector<runner::Job> jobs,
        Others others);
  ~Hosts() override;

  const std::vector<runner::Job>& jobs() const { return jobs_; }
  runner::Work work();
  /// To be told of each host's result: one whose work is over can perform nothing more.
  void over(const HostResult& result);
  /// All is done: the works end, each with its host's outcome.
  void end(std::map<std::string, runner::Outcome> outcomes);

  asio::awaitable<tasks::Verdict> perform(Order order) override;
  asio::awaitable<void> reset(std::string host) override;

 private:
  class Timed;
  class Local;
  class Spare;
  struct Request;
  struct Station;
  struct Pool;

  asio::awaitable<runner::Outcome> stay(runner::Link& link);
  asio::awaitable<void> awake(Station& station);
  asio::awaitable<tasks::Verdict> perform_on(runner::Link& link, Order order);
  asio::awaitable<tasks::Verdict> perform_here(Order order);
  asio::awaitable<tasks::Verdict> perform_beside(Order order, runner::Job job);
  Result<runner::Job> job_for(const Order& order) const;
  static void adapt(runner::Job& job, const Order& order);
  void leave_out_known(Order& order) const;
  runner::Link* any_link() const;

  asio::io_context& io_;
  transport::Stop& stop_;
  transport::Executor& local_;
  std::vector<runner::Job> jobs_;
  Others others_;
  std::map<std::string, std::unique_ptr<Station>> stations_;
  std::map<std::string, std::unique_ptr<Pool>> pools_;
  std::map<std::string, runner::Outcome> outcomes_;
  bool ended_ = false;
};

}  // namespace cef::playbook

// Hosts without a network, whose delays and failures are scripted, and the runner on them.
#pragma once

#include <cef/runner/runner.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cef::runner {

using transport::Clock;
using transport::Deadline;

// How a host behaves: how long its login and its command take, and what comes of them.
struct Script {
  Milliseconds login{0}, command{0};
  std::vector<Code> login_failures;  // one for each attempt, then it works
  int cuts = 0;                      // of its connections, so far
};

// Hosts without a network: delays and failures as scripted.
class FakeHosts : public transport::Executor {
 public:
  FakeHosts(asio::io_context& io, transport::Stop& stop) : io_(io), stop_(stop) {}

  std::map<std::string, Script> scripts;
  std::vector<Code> after_cut;  // failures of the logins to a host that was cut, one for each attempt
  int logins = 0, commands = 0, commands_at_once = 0, most_commands_at_once = 0;
  int most_sessions_at_once = 0;

  asio::awaitable<Result<std::unique_ptr<transport::Session>>> connect(transport::Target target, Deadline deadline,
                                                                       transport::LoginTimes& times) override {
    ++logins;
    Script& script = scripts[target.name];
    if (!co_await pause(script.login, deadline)) co_return Unexpected(ended(Code::connect_timeout));
    if (!script.login_failures.empty()) {
      const Code code = script.login_failures.front();
      script.login_failures.erase(script.login_failures.begin());
      co_return Unexpected(Error{code, "scripted", ""});
    }
    times.connect_ms = 1.5;
    co_return std::make_unique<FakeSession>(*this, script);
  }

  // The host's connection is gone from now on.
  void cut(const std::string& host) {
    ++scripts[host].cuts;
    scripts[host].login_failures = after_cut;
  }

 private:
  class FakeSession : public transport::Session {
   public:
    FakeSession(FakeHosts& hosts, const Script& script) : hosts_(hosts), script_(script), cuts_(script.cuts) {
      hosts_.most_sessions_at_once = std::max(hosts_.most_sessions_at_once, ++*open_);
    }
    ~FakeSession() override { --*open_; }
    bool is_open() override { return script_.cuts == cuts_; }
    const transport::LoginTimes& times() const override { return times_; }
    asio::awaitable<Result<transport::ExecResult>> exec(transport::Command&&, Deadline deadline) override {
      ++hosts_.commands;
      hosts_.most_commands_at_once = std::max(hosts_.most_commands_at_once, ++hosts_.commands_at_once);
      const bool done = co_await hosts_.pause(script_.command, deadline);
      --hosts_.commands_at_once;
      if (!done) co_return Unexpected(hosts_.ended(Code::command_timeout));
      transport::ExecResult result;
      result.status = 0;
      co_return result;
    }

   private:
    FakeHosts& hosts_;
    const Script& script_;
    const int cuts_;  // before it
    const std::shared_ptr<int> open_ = hosts_.open_;
    transport::LoginTimes times_;
  };

  Error ended(Code timeout) const { return stop_.requested() ? stop_.error() : Error{timeout, "scripted", ""}; }

  asio::awaitable<bool> pause(Milliseconds time, Deadline deadline) {
    const Deadline until = Clock::now() + time;
    asio::steady_timer timer(io_, std::min(until, deadline));
    const transport::Stop::Registration wake(stop_, [&timer] { timer.cancel(); });
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_return !cancelled && until <= deadline && !stop_.requested();
  }

  asio::io_context& io_;
  transport::Stop& stop_;
  // Sessions. A run that ended by an exception leaves some in the loop, for longer than these hosts live.
  const std::shared_ptr<int> open_ = std::make_shared<int>(0);
};

inline asio::awaitable<Outcome> run_command(Link& link, transport::Session& session) {
  Outcome outcome;
  transport::Command command;
  const auto ran = co_await session.exec(std::move(command), link.deadline());
  if (!ran) outcome.error = ran.error();
  co_return outcome;
}

// On the session that the host has by then.
inline asio::awaitable<Outcome> run_another(Link& link) {
  const auto session = co_await link.session();
  if (session) co_return co_await run_command(link, **session);
  Outcome outcome;
  outcome.error = session.error();
  co_return outcome;
}

struct Scene {
  transport::Stop stop;  // before the loop, which may still hold coroutines that are registered with it
  asio::io_context io;
  FakeHosts hosts{io, stop};
  Limits limits;
  Events events;
  Work work = run_command;
  std::vector<Job> jobs;

  Job& add(const std::string& name, Script script = {}) {
    hosts.scripts[name] = std::move(script);
    Job job;
    job.host = job.target.name = name;
    job.groups = {"fakes"};
    jobs.push_back(std::move(job));
    return jobs.back();
  }
  std::vector<HostResult> go() { return run(io, stop, {hosts, hosts}, jobs, work, limits, events); }
  // Stops the run after `time`, as Ctrl-C does.
  void stop_after(Milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) stop.request(Code::interrupted);
    });
  }

 private:
  asio::steady_timer timer_{io};
};

inline constexpr Milliseconds for_ever{3'600'000};

}  // namespace cef::runner

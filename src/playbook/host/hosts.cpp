#include "host/links.hpp"

#include <cef/fleet/jobs.hpp>
#include <cef/remote/perform.hpp>
#include <cef/remote/supervised.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <unistd.h>

namespace cef::playbook {

namespace {

// Logins to one host beside its own: many hosts may have it do something for them.
constexpr std::size_t most_beside = 8;

tasks::Verdict refused(Error error) {
  tasks::Verdict verdict;
  verdict.status = Status::failed;
  verdict.error = std::move(error);
  return verdict;
}

constexpr std::initializer_list<const char*> become_passwords{"ansible_become_password", "ansible_become_pass"};

std::string text_in(const Value& connection, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = connection.find(name); found != connection.end() && !found->is_null())
      return found->is_string() ? found->get<std::string>() : found->dump();
  return {};
}

}  // namespace

struct Hosts::Request {
  Request(asio::io_context& io, Order what) : order(std::move(what)), done(io, transport::no_deadline) {}
  Order order;
  std::optional<tasks::Verdict> verdict;
  asio::steady_timer done;

  void answer(tasks::Verdict with) {
    verdict = std::move(with);
    done.cancel();
  }
};

struct Hosts::Station {
  Station(asio::io_context& io, const runner::Job& its) : job(its), wake(io, transport::no_deadline) {}
  const runner::Job& job;
  bool anew = false;             // its own login is not used any more
  runner::Link* link = nullptr;  // while its work goes on
  std::deque<Request*> queue;
  Request* current = nullptr;
  asio::steady_timer wake;
  std::optional<Error> over;

  void end(const Error& why) {
    over = why;
    link = nullptr;
    for (Request* request : std::exchange(queue, {})) request->answer(refused(why));
  }
};

struct Hosts::Pool {
  std::vector<std::unique_ptr<Spare>> idle;
  std::size_t made = 0, generation = 0;  // those of an earlier one are not used again
  std::deque<asio::steady_timer*> waiting;
};

Hosts::Hosts(asio::io_context& io, transport::Stop& stop, transport::Executor& local, std::vector<runner::Job> jobs,
             Others others)
    : io_(io), stop_(stop), local_(local), jobs_(std::move(jobs)), others_(others) {
  for (runner::Job& job : jobs_) {
    job.become.reset();
    job.logs_in_later = true;
    stations_.emplace(job.host, std::make_unique<Station>(io_, job));
  }
}

Hosts::~Hosts() = default;

runner::Work Hosts::work() {
  return [this](runner::Link& link, transport::Session&) { return stay(link); };
}

asio::awaitable<void> Hosts::awake(Station& station) {
  const transport::Stop::Registration stopped(stop_, [&station] { station.wake.cancel(); });
  boost::system::error_code ignored;
  if (station.queue.empty() && !ended_ && !stop_.requested())
    co_await station.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// A host's whole time in the run: it waits, without a place among the forks, for what it is to do.
asio::awaitable<runner::Outcome> Hosts::stay(runner::Link& link) {
  Station& station = *stations_.at(link.job().host);
  station.link = &link;
  runner::Outcome outcome;
  for (;;) {
    const auto turn = co_await link.wait(awake(station));
    if (ended_) break;
    if (!turn || stop_.requested()) {
      outcome.error = turn ? stop_.error() : turn.error();
      station.end(*outcome.error);
      // The scheduler has yet to see that nothing more can be done.
      boost::system::error_code ignored;
      while (!ended_) co_await station.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      break;
    }
    while (!station.queue.empty()) {
      Request& request = *station.queue.front();
      station.queue.pop_front();
      station.current = &request;
      auto verdict = co_await perform_on(link, std::move(request.order));
      station.current = nullptr;
      request.answer(std::move(verdict));
    }
  }
  station.link = nullptr;
  if (const auto its = outcomes_.find(link.job().host); its != outcomes_.end()) outcome = std::move(its->second);
  co_return outcome;
}

void Hosts::over(const HostResult& result) {
  const auto found = stations_.find(result.host);
  if (found == stations_.end() || found->second->over) return;
  found->second->end(result.error.value_or(Error{Code::circuit_open, "its work is over", ""}));
}

void Hosts::end(std::map<std::string, runner::Outcome> outcomes) {
  outcomes_ = std::move(outcomes);
  ended_ = true;
  pools_.clear();
  for (const auto& [name, station] : stations_) station->wake.cancel();
}

asio::awaitable<tasks::Verdict> Hosts::perform_on(runner::Link& link, Order order) {
  const bool already = !link.job().local ? order.arguments.become == link.job().target.user
                                         : order.arguments.become == "root" && ::geteuid() == 0;
  if (already) order.arguments.become.reset();
  std::optional<runner::Job> own;
  if (const std::string password = text_in(order.connection, become_passwords); !password.empty()) {
    own = link.job();
    own->become_password = Secret(password);
  }
  Timed used(link, own ? *own : link.job(), order.time);
  if (order.supervised) {
    auto verdict =
        co_await remote::perform_supervised(*order.task, std::move(order.arguments), used, std::move(order.begun));
    co_return verdict;
  }
  auto verdict = co_await remote::perform(*order.task, std::move(order.arguments), used);
  co_return verdict;
}

asio::awaitable<tasks::Verdict> Hosts::perform_here(Order order) {
  runner::Job job;
  job.host = order.host;
  job.target.name = order.host;
  job.local = true;
  job.become_password = others_.passwords.become.value;
  if (const auto known = stations_.find(order.host); known != stations_.end() && known->second->job.become_password)
    job.become_password = known->second->job.become_password;
  Local link(local_, std::move(job));
  auto verdict = co_await perform_on(link, std::move(order));
  co_return verdict;
}

runner::Link* Hosts::any_link() const {
  for (const auto& [name, station] : stations_)
    if (station->link) return station->link;
  return nullptr;
}

void Hosts::adapt(runner::Job& job, const Order& order) {
  if (order.user) job.target.user = *order.user;
  if (const std::string user = text_in(order.connection, {"ansible_user", "ansible_ssh_user"}); !user.empty())
    job.target.user = user;
  if (const std::string address = text_in(order.connection, {"ansible_host", "ansible_ssh_host"});
      !address.empty() && address != order.host)
    job.target.address = address;
  if (const std::string port = text_in(order.connection, {"ansible_port", "ansible_ssh_port"}); !port.empty())
    std::from_chars(port.data(), port.data() + port.size(), job.target.port);
}

Result<runner::Job> Hosts::job_for(const Order& order) const {
  const auto warn = [](std::string_view) {};
  Result<std::vector<runner::Job>> jobs = std::vector<runner::Job>();
  for (std::size_t i = 0; i < others_.inventory.hosts().size(); ++i)
    if (others_.inventory.hosts()[i].name == order.host)
      jobs = fleet::make_jobs(others_.inventory, {i}, others_.login, Milliseconds(0), warn);
  if (!jobs) return Unexpected(jobs.error());
  if (jobs->empty()) {
    inventory::Host host;
    host.name = order.host;
    host.settings.address = order.host;
    if (const std::string key = text_in(order.connection, {"ansible_private_key_file", "ansible_ssh_private_key_file"});
        !key.empty())
      host.settings.key_files = {key};
    if (const std::string password =
            text_in(order.connection, {"ansible_password", "ansible_ssh_pass", "ansible_ssh_password"});
        !password.empty())
      host.settings.password = password;
    const inventory::Inventory alone({host}, {});
    jobs = fleet::make_jobs(alone, {0}, others_.login, Milliseconds(0), warn);
    if (!jobs) return Unexpected(jobs.error());
  }
  runner::Job job = std::move(jobs->front());
  if (job.refused) return Unexpected(*job.refused);
  if (job.target.host_key == HostKeyPolicy::ask) job.target.host_key = HostKeyPolicy::strict;
  job.become.reset();
  if (others_.passwords.login.value) job.target.password = others_.passwords.login.value;
  job.become_password = others_.passwords.become.value;
  return job;
}

// Each key has some logins that those who need one take turns with.
asio::awaitable<tasks::Verdict> Hosts::perform_beside(Order order, runner::Job job) {
  const std::string key = fmt::format("{}@{}:{} {}", job.target.user, job.target.address, job.target.port, job.host);
  Pool& pool = *pools_.try_emplace(key, std::make_unique<Pool>()).first->second;
  while (pool.idle.empty() && pool.made >= most_beside && !stop_.requested()) {
    asio::steady_timer timer(io_, transport::no_deadline);
    const transport::Stop::Registration stopped(stop_, [&timer] { timer.cancel(); });
    pool.waiting.push_back(&timer);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    std::erase(pool.waiting, &timer);
  }
  if (stop_.requested()) co_return refused(stop_.error());
  std::unique_ptr<Spare> link;
  if (!pool.idle.empty()) {
    link = std::move(pool.idle.back());
    pool.idle.pop_back();
  } else {
    runner::Link* const base = any_link();
    if (!base) co_return refused({Code::internal, "no link to log in by", ""});
    link = std::make_unique<Spare>(*base, std::move(job));
    ++pool.made;
  }
  const std::size_t generation = pool.generation;
  auto verdict = co_await perform_on(*link, std::move(order));
  if (ended_) co_return verdict;
  if (generation == pool.generation)
    pool.idle.push_back(std::move(link));
  else
    --pool.made;
  if (!pool.waiting.empty()) pool.waiting.front()->cancel();
  co_return verdict;
}

// What the inventory itself says has been heeded by its job, together with the command line and ssh's configuration.
void Hosts::leave_out_known(Order& order) const {
  const inventory::Host* const host = others_.inventory.host(order.host);
  if (!host) return;
  const inventory::Settings& own = host->settings;
  const auto leave_out = [&](std::initializer_list<const char*> names, const std::string& known) {
    for (const char* name : names)
      if (text_in(order.connection, {name}) == known) order.connection.erase(name);
  };
  leave_out({"ansible_host", "ansible_ssh_host"}, own.address);
  if (own.user) leave_out({"ansible_user", "ansible_ssh_user"}, *own.user);
  if (own.become_password) leave_out(become_passwords, *own.become_password);
  if (own.port) leave_out({"ansible_port", "ansible_ssh_port"}, std::to_string(*own.port));
}

asio::awaitable<tasks::Verdict> Hosts::perform(Order order) {
  if (stop_.requested()) co_return refused(stop_.error());
  leave_out_known(order);
  const auto found = stations_.find(order.host);
  if (order.local || (found != stations_.end() && found->second->job.local)) {
    auto verdict = co_await perform_here(std::move(order));
    co_return verdict;
  }
  if (found == stations_.end()) {
    auto job = job_for(order);
    if (!job) co_return refused(job.error());
    adapt(*job, order);
    auto verdict = co_await perform_beside(std::move(order), std::move(*job));
    co_return verdict;
  }
  Station& station = *found->second;
  if (station.over) co_return refused(*station.over);
  runner::Job job = station.job;
  adapt(job, order);
  const bool elsewhere = job.target.user != station.job.target.user ||
                         job.target.address != station.job.target.address || job.target.port != station.job.target.port;
  if (elsewhere || station.anew || (station.current && station.link)) {
    auto verdict = co_await perform_beside(std::move(order), std::move(job));
    co_return verdict;
  }
  Request request(io_, std::move(order));
  station.queue.push_back(&request);
  station.wake.cancel();
  boost::system::error_code ignored;
  while (!request.verdict) {
    co_await request.done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    request.done.expires_at(transport::no_deadline);
  }
  co_return std::move(*request.verdict);
}

asio::awaitable<void> Hosts::reset(std::string host) {
  // The runner keeps a host's own login: what comes next is done by another one beside it.
  if (const auto found = stations_.find(host); found != stations_.end()) {
    Station& station = *found->second;
    // Nothing of the old one is to be in the way of what comes next.
    if (station.link && !station.current && !station.anew)
      if (const auto session = co_await station.link->session(); session)
        co_await transport::end_kept_shells(**session, std::nullopt);
    station.anew = true;
  }
  for (const auto& [key, pool] : pools_)
    if (key.ends_with(" " + host)) {
      pool->made -= pool->idle.size();
      pool->idle.clear();
      ++pool->generation;
    }
  co_return;
}

}  // namespace cef::playbook

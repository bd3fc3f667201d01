#include <cef/fleet/jobs.hpp>

#include <fmt/format.h>

namespace cef::fleet {

namespace {

// Hosts that share a link: those of one `site`, or else of one address, behind the same jump hosts. What a ProxyCommand
// does is not known: as likely as not it logs in to one server for all of them.
std::string site_of(const inventory::Settings& own, const Targets::Route& route) {
  if (own.site) return "site " + *own.site;
  if (!route.proxy.empty()) return "proxy " + route.proxy;
  const transport::Target& target = route.target;
  std::string site;
  for (const transport::Target& jump : target.jumps) site += fmt::format("{}:{} ", jump.address, jump.port);
  return site + target.address;
}

}  // namespace

Result<std::vector<runner::Job>> make_jobs(const inventory::Inventory& inventory, const std::vector<std::size_t>& hosts,
                                           const Login& login, Milliseconds timeout, const Warn& warn) {
  auto targets = Targets::make(inventory, login, warn);
  if (!targets) return Unexpected(targets.error());
  std::vector<runner::Job> jobs;
  jobs.reserve(hosts.size());
  for (const std::size_t index : hosts) {
    const inventory::Host& host = inventory.hosts()[index];
    const inventory::Settings& own = host.settings;
    auto route = targets->to(host);
    runner::Job job;
    job.host = host.name;
    job.groups = host.groups;
    job.local = own.local;
    // It fails when its turn comes; the others have nothing to do with it.
    if (!route) {
      job.refused = route.error();
      job.target.name = host.name;
      jobs.push_back(std::move(job));
      continue;
    }
    job.site = site_of(own, *route);
    job.target = std::move(route->target);
    job.connect_timeout = route->connect_timeout;
    job.timeout = timeout;
    job.become_user = login.become_user.over(own.become_user).value_or("root");
    const auto become = login.become.over(own.become);
    if (become.value_or(false)) job.become = job.become_user;
    job.never_becomes = !become.value_or(true);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

void give_login_password(std::vector<runner::Job>& jobs, const Setting<Secret>& password) {
  const auto give = [&password](transport::Target& target) { target.password = password.over(target.password); };
  for (runner::Job& job : jobs) {
    if (job.local) continue;
    give(job.target);
    for (transport::Target& jump : job.target.jumps) give(jump);
  }
}

void give_sudo_password(std::vector<runner::Job>& jobs, const inventory::Inventory& inventory,
                        const std::vector<std::size_t>& hosts, const Setting<Secret>& password, bool always) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!always && !jobs[i].become) continue;
    std::optional<Secret> own;
    if (const auto& text = inventory.hosts()[hosts[i]].settings.become_password) own.emplace(*text);
    jobs[i].become_password = password.over(own);
  }
}

void tell_secrets(const std::vector<runner::Job>& jobs, const inventory::Inventory& inventory, Secrets& secrets) {
  const auto tell = [&secrets](const std::optional<Secret>& password) {
    if (password) secrets.add(*password);
  };
  for (const runner::Job& job : jobs) {
    tell(job.become_password);
    tell(job.target.password);
    for (const transport::Target& jump : job.target.jumps) tell(jump.password);
  }
  for (const auto& host : inventory.hosts()) secrets.keep_visible(host.name);
  for (const auto& group : inventory.groups()) secrets.keep_visible(group.name);
}

}  // namespace cef::fleet

#include <cef/remote/reflash.hpp>

#include <fmt/format.h>

#include <utility>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Target;

namespace {

std::string known_as(const Target& target) {
  if (target.known_port() == 22) return target.known_address();
  return fmt::format("[{}]:{}", target.known_address(), target.known_port());
}

}  // namespace

asio::awaitable<Result<std::unique_ptr<transport::Session>>> ReflashWatch::connect(Target target,
                                                                                   transport::Deadline deadline,
                                                                                   transport::LoginTimes& times) {
  auto session = co_await below_.connect(target, deadline, times);
  if (session) met_.insert(known_as(target));
  if (session || session.error().code != Code::host_key_changed) co_return session;
  const auto known = transport::KnownHosts::load(target.known_hosts);
  if (!known) co_return session;
  // Nobody installs a machine between two logins of one run.
  if (met_.contains(known_as(target))) {
    Error error = session.error();
    error.message += "; a moment ago, in this run, it had another";
    error.hint = "do two machines answer at this address, or does somebody stand in between?";
    co_return Unexpected(std::move(error));
  }
  std::string same, gone;
  for (const std::string& type : known->check(target.known_address(), target.known_port(), {}).types) {
    Target probe = target;
    probe.host_key = HostKeyPolicy::strict;
    probe.host_key_types = {type};
    // How the login ends does not matter, so nothing is offered that counts as a failed one elsewhere.
    probe.password.reset();
    transport::LoginTimes ignored;
    const auto asked = co_await below_.connect(std::move(probe), deadline, ignored);
    const bool kept = asked || stage_of(asked.error().code) == Stage::auth;
    const bool lost =
        !asked && (asked.error().code == Code::host_key_changed || asked.error().code == Code::kex_failed);
    if (!kept && !lost) co_return session;  // it did not answer: nothing can be said
    std::string& list = kept ? same : gone;
    list += (list.empty() ? "" : ", ") + type;
  }
  Error error = session.error();
  if (same.empty()) {
    error.message += fmt::format("; no key known of it is left ({}): it looks re-flashed or re-installed", gone);
    error.hint = fmt::format("if so: ssh-keygen -R '{}', then enroll it again; if not, another machine is in its place",
                             known_as(target));
  } else {
    error.message += fmt::format("; its other keys are as they were ({}), so it was not re-flashed", same);
    error.hint = "find out who changed this key before you trust it";
  }
  co_return Unexpected(std::move(error));
}

}  // namespace cef::remote

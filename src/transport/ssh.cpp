#include "authentication.hpp"
#include "credentials.hpp"
#include "dial.hpp"
#include "key_reuse.hpp"
#include "resolver.hpp"
#include "ssh_session.hpp"
#include "waiter.hpp"

#include <cef/transport/ssh.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace cef::transport {

namespace {

double ms_since(Clock::time_point start) { return to_ms(Clock::now() - start); }

Error unknown_key(const HostKey& key, std::string message) {
  return {Code::host_key_unknown, fmt::format("{} ({} {})", message, key.type, fingerprint(key)), ""};
}

Error changed_key(const HostKey& key, const KnownHosts::Answer& answer) {
  return {Code::host_key_changed,
          fmt::format("the host key has changed: it is now {} {}, {} has another", key.type, fingerprint(key),
                      answer.where),
          ""};
}

}  // namespace

struct SshExecutor::Shared {
  Shared(asio::io_context& io_, Stop& stop_) : io(io_), stop(stop_), resolver(io), credentials(io, stop) {}

  asio::io_context& io;
  Stop& stop;
  Resolver resolver;
  Credentials credentials;
  std::map<std::vector<std::string>, Result<KnownHosts>> known_hosts;  // by list of files
  std::vector<UnknownKey> unknown_keys;

  Result<KnownHosts>& known(const std::vector<std::string>& files) {
    auto place = known_hosts.find(files);
    if (place == known_hosts.end()) place = known_hosts.emplace(files, KnownHosts::load(files)).first;
    return place->second;
  }

  enum class Trust { yes, other_types };
  Result<Trust> judge(const Target& target, KnownHosts& known_hosts, const HostKey& key,
                      std::vector<std::string>& types);
  asio::awaitable<Result<std::unique_ptr<Session>>> log_in(const Target& target, std::shared_ptr<Waiter> waiter,
                                                           Addresses addresses, std::vector<std::string> types,
                                                           LoginTimes& times, bool& again);
};

SshExecutor::SshExecutor(asio::io_context& io, Stop& stop) : shared_(std::make_unique<Shared>(io, stop)) {
  ssh_init();  // now, and not in the middle of the first host's login
  reuse_private_keys();
}
SshExecutor::~SshExecutor() = default;

// Whether to go on with a host's key. `types` are set when the host is known by keys of other types: worth another try
// that offers those first, because a hashed known_hosts line does not tell before the connection that it is about this
// host.
Result<SshExecutor::Shared::Trust> SshExecutor::Shared::judge(const Target& target, KnownHosts& index,
                                                              const HostKey& key, std::vector<std::string>& types) {
  if (target.host_key == HostKeyPolicy::off) return Trust::yes;
  const auto answer = index.check(target.address, target.port, key);
  switch (answer.verdict) {
    case KnownHost::known:
      return Trust::yes;
    case KnownHost::changed:
      return Unexpected(changed_key(key, answer));
    case KnownHost::revoked:
      return Unexpected(
          Error{Code::host_key_changed,
                fmt::format("the host key {} {} is marked as revoked in {}", key.type, fingerprint(key), answer.where),
                "do not log in: somebody declared this key stolen"});
    case KnownHost::other_type:
      if (types != answer.types) {
        types = answer.types;
        return Trust::other_types;
      }
      return Unexpected(changed_key(key, answer));
    case KnownHost::authority:
      return Unexpected(unknown_key(
          key,
          fmt::format("the host is known only by a certificate authority ({}), and host certificates are not supported",
                      answer.where)));
    case KnownHost::unknown:
      break;
  }
  if (target.host_key == HostKeyPolicy::accept_new) {
    index.add(target.address, target.port, key);
    return Trust::yes;
  }
  if (target.host_key == HostKeyPolicy::ask)
    unknown_keys.push_back({target.name, target.address, target.port, key, target.known_hosts});
  return Unexpected(unknown_key(key, "the host key is not known"));
}

asio::awaitable<Result<std::unique_ptr<Session>>> SshExecutor::connect(Target target, Deadline deadline,
                                                                       LoginTimes& times) {
  Shared& shared = *shared_;
  auto waiter = Waiter::make(shared.io, shared.stop);
  waiter->set_deadline(deadline);

  const auto start = Clock::now();
  auto addresses = co_await shared.resolver.resolve(target.address, waiter);
  if (waiter->state() == Wake::stopped) co_return Unexpected(shared.stop.error());
  if (!addresses) co_return Unexpected(addresses.error());
  times.resolve_ms = ms_since(start);

  std::vector<std::string> types;
  if (target.host_key != HostKeyPolicy::off) {
    const auto& known = shared.known(target.known_hosts);
    if (known) types = known->known_types(target.address, target.port);
  }
  bool again = false;
  auto session = co_await shared.log_in(target, waiter, *addresses, types, times, again);
  if (again) {
    const KnownHosts& known = *shared.known(target.known_hosts);
    types = known.check(target.address, target.port, HostKey{}).types;
    waiter = Waiter::make(shared.io, shared.stop);
    waiter->set_deadline(deadline);
    session = co_await shared.log_in(target, waiter, *addresses, types, times, again);
  }
  co_return session;
}

asio::awaitable<Result<std::unique_ptr<Session>>> SshExecutor::Shared::log_in(const Target& target,
                                                                              std::shared_ptr<Waiter> waiter,
                                                                              Addresses addresses,
                                                                              std::vector<std::string> types,
                                                                              LoginTimes& times, bool& again) {
  auto start = Clock::now();
  again = false;
  if (auto dialled = co_await dial(waiter, std::move(addresses), target.port); !dialled) {
    if (waiter->state() == Wake::stopped) co_return Unexpected(stop.error());
    co_return Unexpected(dialled.error());
  }
  times.connect_ms = ms_since(start);
  boost::system::error_code ignored;
  times.address = waiter->socket().remote_endpoint(ignored).address().to_string();

  start = Clock::now();
  auto session = std::make_unique<SshSession>(target, waiter, stop);
  session->times() = times;
  if (auto done = co_await session->handshake(types); !done) co_return Unexpected(done.error());
  times.server = session->times().server;
  times.handshake_ms = ms_since(start);

  start = Clock::now();
  const auto key = session->host_key();
  if (!key) co_return Unexpected(key.error());
  if (target.host_key != HostKeyPolicy::off) {
    auto& index = known(target.known_hosts);
    if (!index) co_return Unexpected(index.error());
    const auto trust = judge(target, *index, *key, types);
    if (!trust) co_return Unexpected(trust.error());
    if (*trust == Trust::other_types) {
      again = true;
      co_return Unexpected(Error{Code::host_key_unknown, "", ""});
    }
  }
  Authentication authentication(*session, credentials);
  if (auto done = co_await authentication.run(); !done) co_return Unexpected(done.error());
  times.auth_ms = ms_since(start);
  session->times() = times;
  co_return std::unique_ptr<Session>(std::move(session));
}

Breaker& SshExecutor::breaker() { return shared_->credentials.breaker; }

void SshExecutor::set_passphrase(Secret passphrase) { shared_->credentials.keys.set_passphrase(std::move(passphrase)); }

std::vector<std::string> SshExecutor::locked_keys(const std::vector<const Target*>& targets) {
  return shared_->credentials.locked_keys(targets);
}

bool SshExecutor::unlock(const std::string& key_file, const Secret& passphrase) {
  return shared_->credentials.keys.unlock_now(key_file, passphrase);
}

std::vector<UnknownKey> SshExecutor::take_unknown_keys() { return std::exchange(shared_->unknown_keys, {}); }

Result<void> SshExecutor::accept(const UnknownKey& key) {
  auto& known = shared_->known(key.known_hosts);
  if (!known) return Unexpected(known.error());
  if (known->check(key.address, key.port, key.key).verdict == KnownHost::unknown)
    known->add(key.address, key.port, key.key);
  return {};
}

std::vector<Error> SshExecutor::save_known_hosts() {
  std::vector<Error> failures;
  for (auto& [files, known] : shared_->known_hosts)
    if (known)
      if (auto saved = known->save(); !saved) failures.push_back(saved.error());
  return failures;
}

}  // namespace cef::transport

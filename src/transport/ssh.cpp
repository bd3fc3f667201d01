#include "authentication.hpp"
#include "credentials.hpp"
#include "dial.hpp"
#include "jumps.hpp"
#include "openssl/ed25519.hpp"
#include "openssl/key_reuse.hpp"
#include "proxy.hpp"
#include "resolver.hpp"
#include "ssh_session.hpp"
#include "turns.hpp"
#include "waiter.hpp"

#include <cef/core/shell.hpp>
#include <cef/transport/ssh.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace cef::transport {

namespace {

double ms_since(Clock::time_point start) { return to_ms(Clock::now() - start); }

Error unknown_key(const HostKey& key, std::string message) {
  return {Code::host_key_unknown, fmt::format("{} ({} {})", message, key.type, fingerprint(key)),
          "check the fingerprint, then have cef enroll record the key, or use --host-key accept-new"};
}

Error revoked_key(const HostKey& key, const std::string& where) {
  return {Code::host_key_changed,
          fmt::format("the host key {} {} is marked as revoked in {}", key.type, fingerprint(key), where),
          "do not log in: somebody declared this key stolen"};
}

// With the command that removes the old key, as ssh has it. `where`: a file and a line in it.
Error changed_key(const Target& target, const HostKey& key, const KnownHosts::Answer& answer) {
  const std::string file = answer.where.substr(0, answer.where.rfind(':'));
  const std::string name = target.known_port() == 22
                               ? target.known_address()
                               : fmt::format("[{}]:{}", target.known_address(), target.known_port());
  return {Code::host_key_changed,
          fmt::format("the host key has changed: it is now {} {}, {} has another", key.type, fingerprint(key),
                      answer.where),
          fmt::format("check on the host's console whether it was re-installed; if so: ssh-keygen -R {} -f {}",
                      shell_quote(name), shell_quote(file))};
}

}  // namespace

struct SshExecutor::Shared {
  Shared(asio::io_context& io_, Stop& stop_)
      : io(io_),
        stop(stop_),
        turns(io),
        resolver(io),
        credentials(io, stop),
        proxies(io),
        exchanges(io),
        jumps(io, [this](Target target, Deadline deadline) { return connect_jump(std::move(target), deadline); }) {}

  asio::io_context& io;
  Stop& stop;
  Turns turns;
  Resolver resolver;
  Credentials credentials;
  std::map<std::vector<std::string>, Result<KnownHosts>> known_hosts;  // by list of files
  std::map<std::string, Result<std::vector<HostKey>>> revoked;         // by file
  std::vector<UnknownKey> unknown_keys;
  Proxies proxies;
  HeavyWork exchanges;
  Jumps jumps;
  Trace trace;  // empty: nobody listens

  // `text` makes it, where somebody listens.
  void tell(const Target& target, const auto& text, bool is_proof = false) const {
    if (trace) trace(target.name, is_proof, text());
  }
  Result<KnownHosts>& known(const std::vector<std::string>& files) {
    auto place = known_hosts.find(files);
    if (place == known_hosts.end()) place = known_hosts.emplace(files, KnownHosts::load(files)).first;
    return place->second;
  }

  Result<void> check_revoked(const Target& target, const HostKey& key);
  enum class Trust { yes, other_types };
  Result<Trust> judge(const Target& target, KnownHosts& known_hosts, const HostKey& key,
                      std::vector<std::string>& types);
  // The host's addresses, or the bastion that it is behind; nothing when a command is the way.
  struct Way {
    Addresses addresses;
    std::shared_ptr<Bastion> bastion;
  };
  asio::awaitable<Result<Way>> way_to(const Target& target, std::shared_ptr<Waiter> waiter, LoginTimes& times);
  asio::awaitable<Result<void>> reach(const Target& target, const Way& way, std::shared_ptr<Waiter> waiter,
                                      LoginTimes& times, std::unique_ptr<Proxy>& proxy);
  asio::awaitable<Error> explain(Error error, const Proxy& proxy, std::shared_ptr<Waiter> waiter);
  // `is_jump`: on the way to another, and no command is run there.
  asio::awaitable<Result<std::unique_ptr<SshSession>>> connect(Target target, Deadline deadline, LoginTimes& times,
                                                               bool is_jump);
  asio::awaitable<Result<std::unique_ptr<SshSession>>> connect_jump(Target target, Deadline deadline);
  asio::awaitable<Result<std::unique_ptr<SshSession>>> log_in(const Target& target, std::shared_ptr<Waiter> waiter,
                                                              const Way& way, std::vector<std::string> types,
                                                              LoginTimes& times, bool is_jump, bool& again);
};

SshExecutor::SshExecutor(asio::io_context& io, Stop& stop) : shared_(std::make_unique<Shared>(io, stop)) {
  ssh_init();  // now, and not in the middle of the first host's login
  reuse_private_keys();
  use_libsodium();
}
SshExecutor::~SshExecutor() = default;

Result<void> SshExecutor::Shared::check_revoked(const Target& target, const HostKey& key) {
  const std::string& file = target.revoked_host_keys;
  if (file.empty()) return {};
  auto list = revoked.find(file);
  if (list == revoked.end()) list = revoked.emplace(file, read_revoked_keys(file)).first;
  if (!list->second) return Unexpected(list->second.error());
  if (std::ranges::find(*list->second, key) == list->second->end()) return {};
  return Unexpected(revoked_key(key, file));
}

// Whether to go on with a host's key. `types` are set when the host is known by keys of other types: worth another try
// that offers those first, because a hashed known_hosts line does not tell before the connection that it is about this
// host.
Result<SshExecutor::Shared::Trust> SshExecutor::Shared::judge(const Target& target, KnownHosts& index,
                                                              const HostKey& key, std::vector<std::string>& types) {
  const auto answer = index.check(target.known_address(), target.known_port(), key);
  switch (answer.verdict) {
    case KnownHost::known:
      tell(
          target,
          [&] {
            return fmt::format("host key {} known by {}", key.type, answer.where.empty() ? "this run" : answer.where);
          },
          true);
      return Trust::yes;
    case KnownHost::changed:
      return Unexpected(changed_key(target, key, answer));
    case KnownHost::revoked:
      return Unexpected(revoked_key(key, answer.where));
    case KnownHost::other_type:
      if (types != answer.types) {
        types = answer.types;
        return Trust::other_types;
      }
      return Unexpected(changed_key(target, key, answer));
    case KnownHost::authority:
      return Unexpected(unknown_key(
          key,
          fmt::format("the host is known only by a certificate authority ({}), and host certificates are not supported",
                      answer.where)));
    case KnownHost::unknown:
      break;
  }
  if (target.host_key == HostKeyPolicy::accept_new) {
    index.add(target.known_address(), target.known_port(), key);
    tell(
        target, [&] { return fmt::format("host key {} {} is new and accepted", key.type, fingerprint(key)); }, true);
    return Trust::yes;
  }
  if (target.host_key == HostKeyPolicy::ask)
    unknown_keys.push_back({target.name, target.known_address(), target.known_port(), key, target.known_hosts});
  return Unexpected(unknown_key(key, "the host key is not known"));
}

asio::awaitable<Result<std::unique_ptr<Session>>> SshExecutor::connect(Target target, Deadline deadline,
                                                                       LoginTimes& times) {
  auto session = co_await shared_->connect(std::move(target), deadline, times, false);
  if (!session) co_return Unexpected(std::move(session.error()));
  co_return std::unique_ptr<Session>(std::move(*session));
}

asio::awaitable<Result<std::unique_ptr<SshSession>>> SshExecutor::Shared::connect_jump(Target target,
                                                                                       Deadline deadline) {
  LoginTimes times;
  co_return co_await connect(std::move(target), deadline, times, true);
}

asio::awaitable<Result<SshExecutor::Shared::Way>> SshExecutor::Shared::way_to(const Target& target,
                                                                              std::shared_ptr<Waiter> waiter,
                                                                              LoginTimes& times) {
  Way way;
  if (target.proxy_command) co_return way;
  if (target.jumps.empty()) {
    const auto start = Clock::now();
    auto addresses = co_await resolver.resolve(target.address, waiter);
    if (waiter->state() == Wake::stopped) co_return Unexpected(stop.error());
    if (!addresses) co_return Unexpected(addresses.error());
    times.resolve_ms = ms_since(start);
    way.addresses = std::move(*addresses);
    if (target.family != Family::any) {
      std::erase_if(way.addresses,
                    [&](const auto& address) { return address.is_v6() != (target.family == Family::ipv6); });
      if (way.addresses.empty())
        co_return Unexpected(Error{Code::name_unknown,
                                   fmt::format("{} has no IPv{} address, and ssh's AddressFamily wants one",
                                               target.address, target.family == Family::ipv6 ? 6 : 4),
                                   ""});
    }
    tell(target, [&] { return fmt::format("resolved {}", target.address); });
  } else {
    auto bastion = co_await jumps.open(target.jumps, waiter);
    if (waiter->state() == Wake::stopped) co_return Unexpected(stop.error());
    if (!bastion) co_return Unexpected(bastion.error());
    way.bastion = std::move(*bastion);
  }
  co_return way;
}

asio::awaitable<Result<std::unique_ptr<SshSession>>> SshExecutor::Shared::connect(Target target, Deadline deadline,
                                                                                  LoginTimes& times, bool is_jump) {
  std::vector<std::string> types;
  if (target.host_key != HostKeyPolicy::off) {
    const auto& index = known(target.known_hosts);
    if (index) types = index->known_types(target.known_address(), target.known_port());
  }
  bool lost_before = false, again_before = false;
  for (;;) {
    const auto waiter = Waiter::make(io, stop);
    waiter->set_deadline(deadline);
    const auto way = co_await way_to(target, waiter, times);
    if (!way) co_return Unexpected(way.error());
    deadline = waiter->deadline();  // later than it was, if the name had to wait for its look-up
    bool again = false;
    auto session = co_await log_in(target, waiter, *way, types, times, is_jump, again);
    if (again && !std::exchange(again_before, true)) {
      types = known(target.known_hosts)->check(target.known_address(), target.known_port(), HostKey{}).types;
      continue;
    }
    // The jump host went away under the login: it is opened once more, for all who were in the same place.
    const bool lost = !session && way->bastion && way->bastion->lost() && waiter->state() == Wake::ready;
    if (lost && !std::exchange(lost_before, true)) continue;
    if (lost)
      co_return Unexpected(Error{Code::jump_failed,
                                 fmt::format("the connection to jump host {} was lost", way->bastion->name()),
                                 "look at its sshd log"});
    co_return session;
  }
}

asio::awaitable<Result<void>> SshExecutor::Shared::reach(const Target& target, const Way& way,
                                                         std::shared_ptr<Waiter> waiter, LoginTimes& times,
                                                         std::unique_ptr<Proxy>& proxy) {
  if (target.proxy_command) {
    auto started = proxies.start(*target.proxy_command);
    if (!started) co_return Unexpected(started.error());
    proxy = std::move(*started);
    waiter->adopt(proxy->take_end());
    times.address = target.address;
    co_return Result<void>{};
  }
  Result<void> done;
  if (way.bastion) {
    done = co_await way.bastion->connect(waiter, target.address, target.port);
  } else {
    std::optional<asio::ip::address> from;
    if (!target.bind_address.empty()) {
      boost::system::error_code error;
      from = asio::ip::make_address(target.bind_address, error);
      if (error)
        co_return Unexpected(Error{
            Code::network_unreachable,
            fmt::format("'{}', to connect from by ssh's BindAddress, is no IP address", target.bind_address), ""});
    }
    done = co_await dial(waiter, way.addresses, target.port, from);
  }
  if (!done) {
    if (!way.bastion) resolver.forget(target.address);
    if (waiter->state() == Wake::stopped) co_return Unexpected(stop.error());
    co_return done;
  }
  times.address = target.address;
  if (!way.bastion) {
    boost::system::error_code ignored;
    asio::ip::tcp::endpoint peer;
    const auto raw = waiter->socket().remote_endpoint(ignored);
    std::memcpy(peer.data(), raw.data(), std::min(raw.size(), peer.capacity()));
    times.address = peer.address().to_string();
  }
  co_return done;
}

// What went wrong before the host was heard of is the command's failure; what it has to say may come a moment after its
// end.
asio::awaitable<Error> SshExecutor::Shared::explain(Error error, const Proxy& proxy, std::shared_ptr<Waiter> waiter) {
  if (error.code == Code::banner_timeout) error.message = "it brought no connection to an SSH server in time";
  // At least once: what it wrote may have been read by now and wait for its turn on the loop.
  for (int looks = 0; looks < 50 && waiter->state() == Wake::ready; ++looks) {
    co_await waiter->pause_until(Clock::now() + Milliseconds(10));
    if (!proxy.fate().empty()) break;
  }
  std::string message = "ProxyCommand: " + (proxy.fate().empty() ? error.message : proxy.fate());
  if (const std::string words = proxy.last_words(); !words.empty()) message += fmt::format(", saying \"{}\"", words);
  co_return Error{Code::jump_failed, std::move(message), "try the command by itself"};
}

asio::awaitable<Result<std::unique_ptr<SshSession>>> SshExecutor::Shared::log_in(
    const Target& target, std::shared_ptr<Waiter> waiter, const Way& way, std::vector<std::string> types,
    LoginTimes& times, bool is_jump, bool& again) {
  auto start = Clock::now();
  again = false;
  std::unique_ptr<Proxy> proxy;
  if (auto reached = co_await reach(target, way, waiter, times, proxy); !reached) co_return Unexpected(reached.error());
  times.connect_ms = ms_since(start);
  tell(target, [&] {
    if (proxy) return std::string("connected through its ProxyCommand");
    return fmt::format("connected to {} port {}{}", times.address, target.port,
                       target.jumps.empty() ? "" : " through " + target.jumps.back().name);
  });

  start = Clock::now();
  auto session = std::make_unique<SshSession>(target, waiter, stop, credentials.breaker, turns);
  session->times() = times;
  const Proxy* const through = proxy.get();
  if (proxy) session->set_proxy(std::move(proxy));
  if (!is_jump) session->expect_commands();
  if (auto done = co_await session->handshake(types, exchanges); !done) {
    Error error = done.error();
    if (through && !session->heard() && waiter->state() != Wake::stopped)
      error = co_await explain(std::move(error), *through, waiter);
    co_return Unexpected(std::move(error));
  }
  times.server = session->times().server;
  times.handshake_ms = ms_since(start);
  tell(target, [&] { return fmt::format("keys exchanged with {}", times.server); });

  start = Clock::now();
  const auto key = session->host_key();
  if (!key) co_return Unexpected(key.error());
  if (const auto trusted = check_revoked(target, *key); !trusted) co_return Unexpected(trusted.error());
  if (target.host_key == HostKeyPolicy::off) {
    tell(
        target, [] { return "host key not checked (host_key: off)"; }, true);
  } else {
    auto& index = known(target.known_hosts);
    if (!index) co_return Unexpected(index.error());
    const auto trust = judge(target, *index, *key, types);
    if (!trust) co_return Unexpected(trust.error());
    if (*trust == Trust::other_types) {
      again = true;
      co_return Unexpected(Error{Code::host_key_unknown, "", ""});
    }
  }
  Authentication authentication(*session, credentials,
                                [this, &target](std::string_view text) { tell(target, [text] { return text; }); });
  if (auto done = co_await authentication.run(); !done) co_return Unexpected(done.error());
  tell(
      target, [&] { return fmt::format("logged in as {} by {}", target.user, authentication.accepted()); }, true);
  times.auth_ms = ms_since(start);
  session->times() = times;
  co_return session;
}

void SshExecutor::set_trace(Trace trace) { shared_->trace = std::move(trace); }

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
  shared_->jumps.forget_failures();
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

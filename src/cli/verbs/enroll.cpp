// cef enroll: makes new hosts ready for logins by key. Records their host keys, logs in as it can (by password, most
// often), installs the public key, and proves that it works.
#include "run/run_verb.hpp"
#include "verbs.hpp"

#include <cef/core/file.hpp>
#include <cef/remote/perform.hpp>
#include <cef/remote/reflash.hpp>
#include <cef/tasks/authorized_key.hpp>
#include <cef/tasks/tasks.hpp>
#include <cef/transport/ssh.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace cef::cli {

namespace {

namespace fs = std::filesystem;

struct KeyPair {
  std::string private_file;  // empty when only the agent has it
  tasks::PublicKey key;
};

Result<KeyPair> load_pair(const fs::path& private_file) {
  auto key = tasks::read_public_key(private_file.string() + ".pub");
  if (!key) return Unexpected(key.error());
  std::error_code ignored;
  return KeyPair{fs::exists(private_file, ignored) ? private_file.string() : "", std::move(*key)};
}

Error no_key(Code code) {
  return {code, "there is no key to install: ~/.ssh has none",
          "make one with ssh-keygen -t ed25519, or name one with --public-key"};
}

// Without --public-key: that of the first of the host's own key files, or the user's.
Result<KeyPair> usual_pair(const runner::Job& job) {
  const auto files = job.target.key_files.empty() ? transport::default_key_files() : job.target.key_files;
  if (!files.empty()) return load_pair(files.front());
  return Unexpected(no_key(Code::key_unreadable));
}

// Nobody is asked for a password, nor about host keys, where no host could be given a key.
Result<void> look_for_key(const Prepared& prepared) {
  const auto has_own = [](const runner::Job& job) { return !job.target.key_files.empty(); };
  if (std::ranges::any_of(prepared.jobs, has_own) || !transport::default_key_files().empty()) return {};
  return Unexpected(no_key(Code::usage));
}

class Enroll {
 public:
  Enroll(std::optional<KeyPair> pair, bool check) : pair_(std::move(pair)), check_(check) {}

  asio::awaitable<runner::Outcome> operator()(runner::Link& link, transport::Session& session) const;

 private:
  asio::awaitable<Result<void>> prove(runner::Link& link, const KeyPair& pair) const;

  std::optional<KeyPair> pair_;  // for all hosts
  bool check_;
};

asio::awaitable<Result<void>> Enroll::prove(runner::Link& link, const KeyPair& pair) const {
  transport::Target target = link.job().target;
  target.password.reset();
  if (!pair.private_file.empty()) {
    target.key_files = {pair.private_file};
    target.identities_only = true;
  }
  const auto session = co_await link.another(std::move(target));
  if (session) co_return Result<void>{};
  if (session.error().code != Code::auth_denied) co_return Unexpected(session.error());
  co_return Unexpected(
      Error{Code::auth_denied,
            fmt::format("the key is in authorized_keys, but a login with it is refused: {}", session.error().message),
            "look at PubkeyAuthentication, AuthorizedKeysFile and AllowUsers in its sshd_config, and at its log"});
}

asio::awaitable<runner::Outcome> Enroll::operator()(runner::Link& link, transport::Session& session) const {
  runner::Outcome outcome;
  const auto pair = pair_ ? *pair_ : usual_pair(link.job());
  if (!pair) {
    outcome.error = pair.error();
    co_return outcome;
  }
  const auto host_key = session.host_key();
  Value record;
  record["host_key"] = host_key ? Value(host_key->type) : Value(nullptr);
  record["fingerprint"] = host_key ? Value(transport::fingerprint(*host_key)) : Value(nullptr);
  record["key"] = transport::fingerprint({pair->key.type, pair->key.blob});
  record["closed_to_others"] = Value::array();
  tasks::Arguments arguments;
  arguments.params["key"] = pair->key.line();
  arguments.check = check_;
  auto verdict = co_await remote::perform(tasks::authorized_key, std::move(arguments), link);
  outcome = remote::outcome_of(std::move(verdict));
  record.update(outcome.data);
  if (const Value added = record.value("key_installed", Value()); added.is_boolean())
    record["your_key"] = !added.get<bool>() ? "was there" : check_ ? "to be added" : "added";
  outcome.data = std::move(record);
  const bool would_change = check_ && outcome.status == Status::changed;
  if (outcome.error || would_change) co_return outcome;
  if (const auto proven = co_await prove(link, *pair); !proven) outcome.error = proven.error();
  co_return outcome;
}

int run(const Verb& verb, Context& context) {
  std::optional<KeyPair> named;
  if (const auto file = context.arguments.text("public-key")) {
    fs::path path = expand_user(*file);
    if (path.extension() == ".pub") path.replace_extension();
    auto pair = load_pair(path);
    if (!pair) return complain(Error{Code::usage, "--public-key: " + pair.error().message, pair.error().hint});
    named = std::move(*pair);
  }
  const bool is_named = named.has_value();
  Enroll enroll(std::move(named), context.arguments.has("check"));
  return execute(verb, context, [&](const LiveSink&) {
    VerbOrders orders;
    orders.executor = [](transport::Executor& ssh) { return std::make_unique<remote::ReflashWatch>(ssh); };
    orders.work = [&enroll](runner::Link& link, transport::Session& session) { return enroll(link, session); };
    if (!is_named) orders.arrange = look_for_key;
    orders.dry_run = context.arguments.has("check");
    orders.asks_password = true;  // as ssh-copy-id does
    orders.default_timeout = Milliseconds(60'000);
    return orders;
  });
}

}  // namespace

Verb enroll_verb() {
  return {
      .name = "enroll",
      .summary = "record new hosts' keys, install your public key with a password, prove login by key",
      .usage = "SELECTOR... [-k] [options]",
      .details =
          "Unknown host keys are shown once, all together, and recorded when you agree (or with --host-key "
          "accept-new). "
          "The login is by whatever works, a password for new hosts: asked for on a terminal, elsewhere with -k. Then "
          "the public key is added to "
          "~/.ssh/authorized_keys, unless it is there, and a second login proves it. Safe to repeat. A host whose key "
          "has changed is refused, with a word on whether it looks re-flashed. Default --timeout: 60s.",
      .examples = {"cef enroll group=new -k", "cef enroll host=rpi[6407-6412] -k --host-key accept-new",
                   "cef enroll group=rpi --public-key ~/.ssh/fleet_ed25519.pub"},
      .options = {{.name = "public-key",
                   .value = "FILE",
                   .help = "the key to install (KEY.pub beside the key file that logs in)",
                   .kind = Param::Kind::path},
                  {.name = "check",
                   .help = "log in and say what would be installed; change nothing, and record no host key",
                   .kind = Param::Kind::flag,
                   .shorthand = "C"}},
      // Aligned to the right so that it is never cut: it is there to be compared.
      .columns = {{"fingerprint", "data.fingerprint", Unit::none, Align::right, "of the host's own key"},
                  {"your_key", "data.your_key", Unit::none, Align::left, "added, or whether it was there"},
                  {"host_key", "data.host_key", Unit::none, Align::left, "type of the host's own key"},
                  {"closed", "data.closed_to_others", Unit::none, Align::left,
                   "what others could write to, for which sshd would have refused the key"}},
      .run = run,
  };
}

}  // namespace cef::cli

#include "authentication.hpp"

#include "algorithms.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::transport {

namespace {

// OpenSSH's server ends the connection at its sixth failure (MaxAuthTries).
constexpr int most_attempts = 6;
constexpr int most_factors = 4;
constexpr const char* public_key_types =
    "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
    "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,"
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";

std::string methods(int mask) {
  std::string names;
  const std::pair<int, const char*> all[] = {{SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
                                             {SSH_AUTH_METHOD_PASSWORD, "password"},
                                             {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
                                             {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
                                             {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi"}};
  for (const auto& [bit, name] : all)
    if (mask & bit) names += (names.empty() ? "" : ", ") + std::string(name);
  return names.empty() ? "nothing" : names;
}

}  // namespace

std::string Authentication::late() const {
  return fmt::format("the login as {} was not finished in time", session_.target_.user);
}

bool Authentication::broken() const { return session_.lost() || session_.waiter_->state() != Wake::ready; }

// libssh itself refuses some keys, and to sign with others, before the server hears of them.
bool Authentication::was_asked(int said) const {
  if (said == SSH_AUTH_ERROR) return broken();
  return said != SSH_AUTH_DENIED || detail(session_.session_.get()).starts_with("Access denied");
}

Authentication::Step Authentication::judge(int said, const std::string& by) {
  said_ = said;
  ++attempts_;
  if (said == SSH_AUTH_SUCCESS || said == SSH_AUTH_PARTIAL)
    accepted_ += (accepted_.empty() ? "" : ", ") + by;
  else if (said == SSH_AUTH_DENIED && by != "nothing")  // that was a question
    tell_(by + " refused");
  if (said == SSH_AUTH_SUCCESS) return Step::in;
  session_.forget_spare();
  if (broken() || (said != SSH_AUTH_DENIED && said != SSH_AUTH_PARTIAL)) return Step::out;
  methods_ = ssh_userauth_list(session_.session_.get(), nullptr);
  partial_ = said == SSH_AUTH_PARTIAL;
  return Step::on;
}

// One attempt is left for the password.
bool Authentication::key_may_follow() const {
  return session_.target_.tries_keys && !partial_ && attempts_ < most_attempts - (session_.target_.password ? 1 : 0) &&
         (!methods_ || (*methods_ & SSH_AUTH_METHOD_PUBLICKEY) != 0);
}

asio::awaitable<Result<void>> Authentication::run() {
  ssh_session s = session_.session_.get();
  types_ = changed_by(session_.target_.algorithms.public_keys, public_key_types);
  if (types_ != public_key_types) ssh_options_set(s, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, types_.c_str());
  // Asked for by itself, because libssh chooses an RSA key's signature before it has read which ones the server takes.
  // It costs no round trip: the answer comes with the server's list.
  const auto ask = [s] { return ssh_service_request(s, "ssh-userauth"); };
  const int said = co_await session_.drive(ask, SSH_AGAIN);
  if (said != SSH_OK)
    co_return session_.failed(Code::auth_timeout, late(), Code::auth_denied,
                              fmt::format("the server broke off the login: {}", detail(s)));
  Step step = Step::on;
  for (int factor = 0; factor < most_factors; ++factor) {
    partial_ = false;
    step = co_await by_keys();
    if (step == Step::on && !partial_) step = co_await by_password();
    if (step != Step::on || !partial_) break;
  }
  if (step == Step::in) co_return Result<void>{};
  co_return Unexpected(why());
}

asio::awaitable<Authentication::Step> Authentication::by_keys() {
  const auto& named = session_.target_.key_files;
  std::vector<std::string> locked;
  for (const std::string& path : with_.key_files(named)) {
    if (!key_may_follow()) co_return Step::on;
    // Nobody named these: the agent may hold them, and a passphrase is the last resort.
    if (named.empty() && !with_.keys.open(path).locked.empty()) {
      locked.push_back(path);
      continue;
    }
    const Step step = co_await by_file(path);
    if (step != Step::on) co_return step;
  }
  const Step step = co_await by_other_agent_keys(locked);
  if (step != Step::on) co_return step;
  for (const std::string& path : locked) {
    if (!key_may_follow()) co_return Step::on;
    const Step unlocked = co_await by_file(path);
    if (unlocked != Step::on) co_return unlocked;
  }
  co_return Step::on;
}

asio::awaitable<Authentication::Step> Authentication::by_file(const std::string& path) {
  if (used_.contains(path)) co_return Step::on;
  const KeyFile& file = with_.keys.open(path);
  if (!file.key && !file.base64.empty()) {
    const auto held = co_await agent_.keys(session_.waiter_);
    if (broken()) co_return Step::out;
    if (held)
      for (const AgentKey& key : **held)
        if (key.base64 == file.base64) {
          const std::vector<const AgentKey*> one{&key};
          co_return co_await by_agent(one);
        }
  }
  if (!file.locked.empty() && with_.keys.has_passphrase()) {
    const auto unlocked = co_await with_.keys.unlock(path, session_.waiter_);
    if (!unlocked) {
      error_ = unlocked.error();
      co_return Step::out;
    }
  }
  if (!file.remark.empty()) remark_ = file.remark;
  if (file.failure) {
    if (!key_failure_) key_failure_ = file.failure;
    co_return Step::on;
  }
  for (const std::string& certificate : session_.target_.certificates) {
    ssh_key certified = with_.keys.certified(file, certificate, remark_);
    if (!certified || used_.contains(certificate)) continue;
    const Step step = co_await offer(certificate, certified);
    if (step != Step::on || !key_may_follow()) co_return step;
  }
  if (file.certified) {
    const Step step = co_await offer(path + "-cert.pub", file.certified.get());
    if (step != Step::on || !key_may_follow()) co_return step;
  }
  co_return co_await offer(path, file.key.get());
}

asio::awaitable<Authentication::Step> Authentication::offer(const std::string& name, ssh_key key) {
  ssh_session s = session_.session_.get();
  // No question before whether the key would do: that is a round trip more.
  const auto call = [this, s, key] {
    const int said = ssh_userauth_publickey(s, nullptr, key);
    if (said != SSH_AUTH_AGAIN || !session_.open_with_login()) return said;
    return ssh_userauth_publickey(s, nullptr, key);  // to send means to read, too: the answer may have come
  };
  const int said = co_await session_.drive(call, SSH_AUTH_AGAIN);
  if (!was_asked(said)) {
    if (!key_failure_)
      key_failure_ = Error{Code::key_unreadable, fmt::format("key file {}: libssh cannot use it: {}", name, detail(s)),
                           "make a new one with ssh-keygen -t ed25519"};
    co_return Step::on;
  }
  const std::string by = "key " + name;
  Step step = judge(said, by);
  // libssh signs with SHA-512 even where the server takes SHA-256 alone, or SHA-1.
  for (const char* weaker :
       {"rsa-sha2-256,rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa,ssh-rsa-cert-v01@openssh.com"}) {
    if (said_ != SSH_AUTH_DENIED || !key_may_follow() || ssh_key_type(key) != SSH_KEYTYPE_RSA) break;
    if (std::string_view(weaker).starts_with("ssh-rsa") && !holds(types_, "ssh-rsa")) break;
    ssh_options_set(s, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, weaker);
    const int again = co_await session_.drive(call, SSH_AUTH_AGAIN);
    step = judge(again, by);
    ssh_options_set(s, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, types_.c_str());
  }
  if (step == Step::in) co_return step;
  tried_ += (tried_.empty() ? "" : ", ") + name;
  if (partial_) used_.insert(name);
  co_return step;
}

asio::awaitable<Authentication::Step> Authentication::by_other_agent_keys(const std::vector<std::string>& first) {
  if (session_.target_.identities_only || !key_may_follow() || !agent_.is_there()) co_return Step::on;
  const auto held = co_await agent_.keys(session_.waiter_);
  if (broken()) co_return Step::out;
  if (!held) {
    agent_failure_ = held.error();
    co_return Step::on;
  }
  const auto is_of = [this](const AgentKey* key, const std::vector<std::string>& files) {
    return std::any_of(files.begin(), files.end(),
                       [&](const std::string& path) { return with_.keys.open(path).base64 == key->base64; });
  };
  std::vector<std::string> done;
  for (const std::string& path : with_.key_files(session_.target_.key_files))
    if (std::find(first.begin(), first.end(), path) == first.end()) done.push_back(path);
  std::vector<const AgentKey*> keys;
  for (const AgentKey& key : **held)
    if (!is_of(&key, done) && !used_.contains(key.base64)) keys.push_back(&key);
  std::stable_partition(keys.begin(), keys.end(), [&](const AgentKey* key) { return is_of(key, first); });
  const int room = most_attempts - (session_.target_.password ? 1 : 0) - attempts_;
  if (keys.size() > static_cast<std::size_t>(room)) keys.resize(static_cast<std::size_t>(room));
  if (keys.empty()) co_return Step::on;
  co_return co_await by_agent(std::move(keys));
}

asio::awaitable<Authentication::Step> Authentication::by_agent(std::vector<const AgentKey*> keys) {
  for (const AgentKey* key : keys) tried_ += fmt::format("{}{} (agent)", tried_.empty() ? "" : ", ", key->comment);
  auto login = agent_.begin(session_.session_.get(), keys);
  int said = SSH_AUTH_AGAIN;
  while (said == SSH_AUTH_AGAIN) {
    said = co_await agent_.step(*login, session_.waiter_);
    session_.note_lost();
    if (said == SSH_AUTH_AGAIN && (session_.lost() || co_await session_.socket_ready() != Wake::ready))
      said = SSH_AUTH_ERROR;
  }
  login.reset();
  attempts_ += static_cast<int>(keys.size()) - 1;
  std::string by;  // libssh does not tell which one it was
  for (const AgentKey* key : keys) by += (by.empty() ? "the agent's key " : ", or ") + key->comment;
  const Step step = judge(said, by);
  if (partial_)
    for (const AgentKey* key : keys) used_.insert(key->base64);  // one of these; libssh does not tell which
  if (said == SSH_AUTH_ERROR && agent_.failure() && !session_.lost()) {
    // Where time is left, a password may still do.
    agent_failure_ = agent_.failure();
    if (broken()) error_ = agent_failure_;
    co_return broken() ? Step::out : Step::on;
  }
  if (said == SSH_AUTH_ERROR && !broken()) {
    agent_failure_ =
        Error{Code::agent_unavailable, fmt::format("ssh-agent refused to sign for {}", session_.target_.user),
              "is it locked, or did somebody deny it? ssh-add -l tells"};
    co_return Step::on;
  }
  co_return step;
}

Error Authentication::why() const {
  const std::string& user = session_.target_.user;
  if (session_.waiter_->state() == Wake::stopped) return session_.stop_.error();
  if (error_) return *error_;
  if (broken() || (said_ != SSH_AUTH_DENIED && said_ != SSH_AUTH_PARTIAL && attempts_ > 0)) {
    if (agent_failure_ && !broken()) return *agent_failure_;
    const std::string words = detail(session_.session_.get());
    const std::string after = tried_.empty() ? "" : " after " + tried_;
    Error error = session_
                      .failed(Code::auth_timeout, late(), Code::auth_denied,
                              fmt::format("the server broke off the login as {}{}: {}", user, after, words))
                      .error();
    if (words.find("Too many authentication failures") != std::string::npos)
      error.hint = "name the right key with --key-file; IdentitiesOnly keeps the agent's others away";
    return error;
  }
  if (said_ == SSH_AUTH_PARTIAL)
    return {Code::auth_denied,
            fmt::format("the login as {} was accepted in part, but the server wants more: {}", user,
                        methods(methods_.value_or(0))),
            session_.target_.password ? "" : "give a password too, with --ask-pass"};
  if (key_failure_ && (attempts_ == 0 || !session_.target_.key_files.empty())) return *key_failure_;
  if (agent_failure_ && attempts_ == 0) return *agent_failure_;
  if (!session_.target_.tries_keys && !session_.target_.password)
    return {Code::auth_denied, fmt::format("ssh's configuration lets no key be offered to log in as {}", user),
            "give a password with --ask-pass, or look at PubkeyAuthentication and PreferredAuthentications"};
  if (tried_.empty() && !session_.target_.password)
    return {Code::auth_denied, fmt::format("no key to log in as {} with", user),
            "make a key with ssh-keygen, name one with --key-file, or give a password with --ask-pass"};
  std::string message = fmt::format(
      "login as {} refused ({}{}the server accepts {})", user, tried_.empty() ? "" : "tried " + tried_ + "; ",
      session_.target_.password ? "not the password; " : "", methods(methods_.value_or(0)));
  if (!remark_.empty()) message += "; " + remark_;
  if (agent_failure_) message += "; " + agent_failure_->message;
  const bool takes_password = (methods_.value_or(0) & (SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE)) != 0;
  return {Code::auth_denied, std::move(message),
          takes_password && !session_.target_.password
              ? "check the user; give the password with -k; cef enroll -k puts your key there for good"
              : ""};
}

}  // namespace cef::transport

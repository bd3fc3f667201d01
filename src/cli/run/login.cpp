#include "login.hpp"

#include "console/host_key_prompt.hpp"
#include "console/secrets.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace cef::cli {

namespace {

template <class T>
fleet::Setting<T> setting(const Options& options, std::string_view name, std::optional<T> value) {
  return {std::move(value), options.is_forced(name)};
}

fleet::Setting<std::vector<std::string>> files(const Options& options, std::string_view name) {
  auto values = options.values(name);
  return setting(options, name, values.empty() ? std::nullopt : std::optional(std::move(values)));
}

// A slip on the command line is told before anything is sent. A key may be the agent's alone, with its public half
// here.
Result<void> check_key_files(const Options& options) {
  const auto* setting = options.find("key-file");
  if (!setting || !options.is_forced("key-file")) return {};
  for (const std::string& name : setting->values) {
    const auto path = expand_user(name);
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored) || std::filesystem::exists(path.string() + ".pub", ignored)) continue;
    return Unexpected(Error{Code::usage, fmt::format("{}: there is no file {}", setting->name, path.string()), ""});
  }
  return {};
}

// One that is not there yet is made when keys are recorded; where none are, no host could be known.
Result<void> check_known_hosts(const Options& options) {
  const auto policy = host_key_policy_from(options.text("host-key").value_or("ask"));
  const bool records = policy == HostKeyPolicy::accept_new || policy == HostKeyPolicy::off ||
                       (policy == HostKeyPolicy::ask && can_ask());
  if (records || !options.is_typed("known-hosts")) return {};
  for (const std::string& name : options.values("known-hosts")) {
    const auto path = expand_user(name);
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) continue;
    return Unexpected(Error{Code::usage, fmt::format("--known-hosts: there is no file {}", path.string()),
                            "no host key would be known; --host-key accept-new makes the file and records them"});
  }
  return {};
}

Result<fleet::Setting<Secret>> password(const Options& options, std::string_view flag, std::string_view file,
                                        const std::string& prompt, const Warn& warn) {
  auto secret = secret_from(options, flag, file, prompt, warn);
  if (!secret) return Unexpected(secret.error());
  return fleet::Setting<Secret>{std::move(*secret), options.is_forced(flag) || options.is_forced(file)};
}

}  // namespace

Result<fleet::Login> login_of(const Options& options) {
  fleet::Login login;
  const auto timeout = options.duration("connect-timeout");
  if (!timeout) return Unexpected(timeout.error());
  login.connect_timeout = setting(options, "connect-timeout", *timeout);
  const auto keepalive = options.duration("keepalive");
  if (!keepalive) return Unexpected(keepalive.error());
  login.keepalive = keepalive->value_or(transport::default_keepalive);
  if (const auto text = options.text("host-key")) {
    login.host_key = setting(options, "host-key", host_key_policy_from(*text));
    if (!login.host_key.value)
      return Unexpected(Error{
          Code::usage,
          fmt::format("{}: '{}' is not ask, accept-new, strict or off", options.find("host-key")->name, *text), ""});
  }
  if (const auto there = check_key_files(options); !there) return Unexpected(there.error());
  if (const auto there = check_known_hosts(options); !there) return Unexpected(there.error());
  login.user = setting(options, "user", options.text("user"));
  login.key_files = files(options, "key-file");
  login.known_hosts = files(options, "known-hosts");
  if (const auto file = options.text("ssh-config"))
    login.ssh_config = *file == "none" ? std::filesystem::path() : expand_user(*file);
  if (options.find("become")) login.become = setting(options, "become", std::optional(options.flag("become")));
  login.become_user = setting(options, "become-user", options.text("become-user"));
  return login;
}

Result<fleet::Passwords> passwords_of(const Options& options, const std::vector<runner::Job>& jobs, bool becomes,
                                      const Warn& warn) {
  fleet::Passwords passwords;
  auto login = password(options, "ask-pass", "connection-password-file", "SSH password: ", warn);
  if (!login) return Unexpected(login.error());
  passwords.login = std::move(*login);
  if (!becomes && std::ranges::none_of(jobs, [](const runner::Job& job) { return job.become.has_value(); })) {
    if (options.flag("ask-become-pass") && options.is_forced("ask-become-pass"))
      warn(fmt::format("{} has no use without --become", options.find("ask-become-pass")->name));
    return passwords;
  }
  auto become = password(options, "ask-become-pass", "become-password-file", "sudo password: ", warn);
  if (!become) return Unexpected(become.error());
  passwords.become = std::move(*become);
  return passwords;
}

}  // namespace cef::cli

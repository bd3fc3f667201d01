#include "sudo_passwords.hpp"

#include "console/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

Result<void> give_sudo_passwords(std::vector<runner::Job>& jobs, const inventory::Inventory& inventory,
                                 const std::vector<std::size_t>& hosts, const Options& options, bool always,
                                 const std::function<void(std::string_view)>& warn) {
  const bool wanted = options.flag("ask-become-pass") || options.find("become-password-file");
  if (!always &&
      std::none_of(jobs.begin(), jobs.end(), [](const runner::Job& job) { return job.become.has_value(); })) {
    if (options.flag("ask-become-pass") && options.is_forced("ask-become-pass"))
      warn(fmt::format("{} has no use without --become", options.find("ask-become-pass")->name));
    return {};
  }
  std::optional<Secret> common;
  if (wanted) {
    auto secret = secret_from(options, "ask-become-pass", "become-password-file", "sudo password: ", warn);
    if (!secret) return Unexpected(secret.error());
    common = std::move(*secret);
  }
  const bool forced = options.is_forced("ask-become-pass") || options.is_forced("become-password-file");
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!always && !jobs[i].become) continue;
    const auto& own = inventory.hosts()[hosts[i]].settings.become_password;
    if (own && !(forced && common))
      jobs[i].become_password.emplace(*own);
    else
      jobs[i].become_password = common;
  }
  return {};
}

}  // namespace cef::cli

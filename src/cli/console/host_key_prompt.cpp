#include "host_key_prompt.hpp"

#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>

namespace cef::cli {

using transport::HostKey;

namespace {
using File = std::unique_ptr<FILE, decltype(&std::fclose)>;
File terminal() { return {std::fopen("/dev/tty", "r+e"), &std::fclose}; }
}  // namespace

bool can_ask() { return ::isatty(STDERR_FILENO) == 1 && terminal() != nullptr; }

bool ask_about(const std::vector<transport::UnknownKey>& keys) {
  const File tty = terminal();
  if (!tty) return false;
  // Nodes made from one image have one key: they are shown together, and so that nobody overlooks it.
  std::vector<std::pair<HostKey, std::vector<std::string>>> groups;
  for (const auto& key : keys) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == key.key; });
    if (same == groups.end())
      groups.push_back({key.key, {key.host}});
    else
      same->second.push_back(key.host);
  }
  std::string text = fmt::format("{} not known:\n", keys.size() == 1 ? "This host key is" : "These host keys are");
  for (const auto& group : groups) {
    const HostKey& key = group.first;
    const std::vector<std::string>& hosts = group.second;
    const auto& first = *std::find_if(keys.begin(), keys.end(), [&key](const auto& k) { return k.key == key; });
    const std::string where = hosts.size() == 1 ? fmt::format("{} port {}", first.address, first.port)
                                                : fmt::format("{} hosts, one key", hosts.size());
    text += fmt::format("  {}  {}\n      {} {}\n", inventory::fold(hosts), where, key.type, fingerprint(key));
  }
  text += fmt::format("Trust {} and remember {}? (yes/no) ",
                      keys.size() == 1 ? "it" : fmt::format("all {}", keys.size()), keys.size() == 1 ? "it" : "them");
  (void)::write(STDERR_FILENO, text.data(), text.size());
  char answer[64] = "";
  if (!std::fgets(answer, sizeof answer, tty.get())) return false;
  const std::string_view word = answer;
  return word == "yes\n" || word == "y\n" || word == "YES\n" || word == "Yes\n";
}

}  // namespace cef::cli

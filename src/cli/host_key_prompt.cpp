#include "host_key_prompt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>

namespace cef::cli {

namespace {
using File = std::unique_ptr<FILE, decltype(&std::fclose)>;
File terminal() { return {std::fopen("/dev/tty", "r+e"), &std::fclose}; }
}  // namespace

bool can_ask() { return ::isatty(STDERR_FILENO) == 1 && terminal() != nullptr; }

bool ask_about(const std::vector<transport::UnknownKey>& keys) {
  const File tty = terminal();
  if (!tty) return false;
  std::size_t width = 4;
  for (const auto& key : keys) width = std::max(width, key.host.size());
  std::string text = fmt::format("{} not known:\n", keys.size() == 1 ? "This host key is" : "These host keys are");
  for (const auto& key : keys)
    text += fmt::format("  {:<{}}  {} port {}  {} {}\n", key.host, width, key.address, key.port, key.key.type,
                        transport::fingerprint(key.key));
  text += fmt::format("Trust {} and remember {}? (yes/no) ",
                      keys.size() == 1 ? "it" : fmt::format("all {}", keys.size()), keys.size() == 1 ? "it" : "them");
  (void)::write(STDERR_FILENO, text.data(), text.size());
  char answer[64] = "";
  if (!std::fgets(answer, sizeof answer, tty.get())) return false;
  const std::string_view word = answer;
  return word == "yes\n" || word == "y\n" || word == "YES\n" || word == "Yes\n";
}

}  // namespace cef::cli

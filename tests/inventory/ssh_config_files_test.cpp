// Whole configurations, each with what `ssh -G` makes of it: tests/fixtures/ssh_config.
#include <cef/core/file.hpp>
#include <cef/inventory/ssh_config.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace cef::inventory {

namespace {

// As tests/fixtures/ssh_config/expect writes it: what is said beyond ssh's defaults, sorted, identity files behind it.
std::string told(const SshConfig& config, const std::string& host) {
  const SshSettings says = config.of(host);
  std::set<std::string> lines;
  const auto add = [&lines](const std::string& keyword, const std::optional<std::string>& value,
                            const std::string& usual) {
    if (value && !value->empty() && *value != usual) lines.insert(keyword + " " + *value);
  };
  const auto files = [](const std::optional<std::vector<std::string>>& list) {
    return list ? std::optional(fmt::format("{}", fmt::join(*list, " "))) : std::nullopt;
  };
  const auto policy = [](HostKeyPolicy known) -> std::string {
    if (known == HostKeyPolicy::strict) return "true";
    return known == HostKeyPolicy::off ? "false" : known == HostKeyPolicy::ask ? "ask" : "accept-new";
  };
  add("hostname", says.address, host);
  if (says.port) add("port", std::to_string(*says.port), "22");
  add("user", says.user, "");
  add("proxyjump", says.jump, "");
  add("proxycommand", says.proxy, "");
  if (says.host_key) add("stricthostkeychecking", policy(*says.host_key), "ask");
  if (says.identities_only) add("identitiesonly", *says.identities_only ? "yes" : "no", "no");
  if (says.connect_timeout) add("connecttimeout", std::to_string(says.connect_timeout->count() / 1000), "");
  add("userknownhostsfile", files(says.known_hosts), "");
  add("globalknownhostsfile", files(says.global_known_hosts), "");
  add("hostkeyalias", says.host_key_alias, "");
  add("identityagent", says.agent, "");
  for (const std::string& file : says.certificates) lines.insert("certificatefile " + file);
  std::string text = "host " + host + '\n';
  for (const std::string& line : lines) text += line + '\n';
  for (const std::string& file : says.key_files) text += "identityfile " + file + '\n';
  return text;
}

}  // namespace

TEST_CASE("configurations of people who do this job are read as ssh reads them", "[inventory][ssh_config]") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CEF_FIXTURES "/ssh_config")) {
    if (entry.path().extension() != ".conf") continue;
    ++files;
    DYNAMIC_SECTION(entry.path().filename().string()) {
      const auto config = SshConfig::load(entry.path());
      REQUIRE(config);
      CHECK(config->warnings().empty());
      const auto text = read_file(entry.path());
      REQUIRE(text);
      std::istringstream first(text->substr(0, text->find_first_of("\r\n")));
      std::string word, all;
      first >> word >> word;
      while (first >> word) all += told(*config, word);
      auto expected = entry.path();
      CHECK(all == read_file(expected.replace_extension(".expected")).value_or("missing"));
    }
  }
  CHECK(files >= 10);
}

}  // namespace cef::inventory

// From ssh_config files to an SshConfig. Where ssh would refuse a line, so do we; but all of them are told at once.
#include "ssh_words.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/inventory/ssh_config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::inventory {

namespace {

constexpr int deepest_include = 16;  // as in ssh

// `90`, `1h30m`: seconds unless a unit says otherwise.
std::optional<Milliseconds> ssh_time(std::string_view text) {
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > 1'000'000'000) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::int64_t unit = 1;
    if (!text.empty()) {
      const std::size_t index = std::string_view("smhdw").find(lower(text.substr(0, 1)));
      if (index == std::string_view::npos) return std::nullopt;
      constexpr std::int64_t seconds[] = {1, 60, 3600, 86'400, 604'800};
      unit = seconds[index];
      text.remove_prefix(1);
    }
    total += number * unit;
  }
  return Milliseconds(std::min<std::int64_t>(total, 1'000'000'000) * 1000);
}

std::optional<bool> yes_or_no(std::string_view text) {
  const std::string word = lower(text);
  if (word == "yes" || word == "true") return true;
  if (word == "no" || word == "false") return false;
  return std::nullopt;
}

using Words = std::vector<std::string>;

// What a keyword's words set in `says`; an error's text if they cannot be used.
using Read = std::string (*)(const Words& words, SshSettings& says);

template <auto field>
std::string read_text(const Words& words, SshSettings& says) {
  says.*field = words.front();
  return "";
}

template <auto field>
std::string read_files(const Words& words, SshSettings& says) {
  says.*field = words == Words{"none"} ? Words() : words;
  return "";
}

std::string read_key_file(const Words& words, SshSettings& says) {
  if (words.front() != "none") says.key_files = {words.front()};
  return "";
}

std::string read_port(const Words& words, SshSettings& says) {
  const std::string& text = words.front();
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    return fmt::format("'{}' is not a port", text);
  says.port = port;
  return "";
}

std::string read_identities_only(const Words& words, SshSettings& says) {
  says.identities_only = yes_or_no(words.front());
  return says.identities_only ? "" : fmt::format("'{}' is not yes or no", words.front());
}

std::string read_host_key(const Words& words, SshSettings& says) {
  const std::string word = lower(words.front());
  says.host_key = host_key_policy_from(word == "true" ? "yes" : word == "false" ? "no" : word);
  return says.host_key && word != "strict" ? "" : fmt::format("'{}' is not yes, no, ask, accept-new or off", word);
}

std::string read_timeout(const Words& words, SshSettings& says) {
  if (words.front() == "none") return "";
  says.connect_timeout = ssh_time(words.front());
  return says.connect_timeout ? "" : fmt::format("'{}' is not a time", words.front());
}

std::string read_proxy_jump(const Words& words, SshSettings& says) {
  std::string text;
  for (const std::string& word : words) text += word;  // blanks after commas
  says.jump = lower(text) == "none" ? "" : text;
  return "";
}

std::string read_proxy_command(const Words& words, SshSettings& says) {
  if (words.size() == 1 && lower(words.front()) == "none")
    says.jump = "";
  else
    says.proxy = "";  // the line's rest: see read_line()
  return "";
}

struct SshKeyword {
  std::string_view name;
  bool many;  // takes any number of words
  Read read;
};

using S = SshSettings;
constexpr SshKeyword keywords[] = {
    {"hostname", false, read_text<&S::address>},
    {"port", false, read_port},
    {"user", false, read_text<&S::user>},
    {"identityfile", false, read_key_file},
    {"identitiesonly", false, read_identities_only},
    {"proxyjump", true, read_proxy_jump},
    {"proxycommand", true, read_proxy_command},
    {"userknownhostsfile", true, read_files<&S::known_hosts>},
    {"globalknownhostsfile", true, read_files<&S::global_known_hosts>},
    {"stricthostkeychecking", false, read_host_key},
    {"connecttimeout", false, read_timeout},
};

}  // namespace

class SshConfigReader {
 public:
  // `folder`: where relative names of Include lead.
  void read(const std::filesystem::path& file, const std::filesystem::path& folder, bool must_exist, bool check_mode) {
    std::error_code ignored;
    if (!must_exist && !std::filesystem::exists(file, ignored)) return;
    struct stat info {};
    if (check_mode && ::stat(file.c_str(), &info) == 0 &&
        ((info.st_uid != 0 && info.st_uid != ::getuid()) || (info.st_mode & 022) != 0)) {
      errors_.push_back({file.string(), 0, 0, "others could write to it: ssh refuses it, too (chmod go-w)"});
      return;
    }
    read_in(file, folder, std::nullopt, 0);
  }

  Result<SshConfig, std::vector<Diagnostic>> take() {
    if (!errors_.empty()) return Unexpected(std::move(errors_));
    return std::move(config_);
  }

 private:
  void read_in(const std::filesystem::path& file, const std::filesystem::path& folder,
               std::optional<std::size_t> parent, int depth) {
    const auto text = read_file(file);
    if (!text) {
      errors_.push_back({file.string(), 0, 0, text.error().message});
      return;
    }
    std::size_t condition = add({parent, false, {}});
    int number = 0;
    for (std::size_t at = 0; at < text->size();) {
      const std::size_t end = std::min(text->find('\n', at), text->size());
      const std::string_view line = std::string_view(*text).substr(at, end - at);
      at = end + 1;
      ++number;
      const auto split = split_ssh_line(line);
      if (!split)
        errors_.push_back({file.string(), number, 0, split.error()});
      else if (!split->keyword.empty())
        read_line({file.string(), number, 0, ""}, *split, folder, parent, condition, depth);
    }
  }

  void read_line(const Diagnostic& place, const SshLine& line, const std::filesystem::path& folder,
                 std::optional<std::size_t> parent, std::size_t& condition, int depth) {
    const std::string keyword = lower(line.keyword);
    const auto fail = [&](std::string message) {
      errors_.push_back({place.file, place.line, 0, fmt::format("{}: {}", line.keyword, message)});
    };
    const SshKeyword* known =
        std::find_if(std::begin(keywords), std::end(keywords), [&](const auto& k) { return k.name == keyword; });
    const bool block = keyword == "host" || keyword == "match" || keyword == "include";
    if (known == std::end(keywords) && !block) return;
    if (line.words.empty() || line.words.front().empty()) return fail("it has no value");
    if (keyword == "host") {
      SshConfig::Condition made{parent, false, {}};
      for (const std::string& word : line.words) {
        const bool negated = word.starts_with('!');
        made.patterns.push_back({word.substr(negated ? 1 : 0), negated});
      }
      condition = add(std::move(made));
    } else if (keyword == "match") {
      const bool all = line.words.size() == 1 && lower(line.words.front()) == "all";
      if (!all)
        config_.warnings_.push_back(
            {place.file, place.line, 0, "this Match block is skipped: only `Match all` is known"});
      condition = add({parent, !all, {}});
    } else if (keyword == "include") {
      if (depth == deepest_include) return fail("files include one another too deeply");
      for (const std::string& word : line.words) include(expand_user(word), folder, condition, depth);
    } else {
      if (line.words.size() > 1 && !known->many) return fail(fmt::format("'{}' is too much", line.words[1]));
      SshSettings says;
      if (const std::string error = known->read(line.words, says); !error.empty()) return fail(error);
      if (says.proxy) says.proxy = line.rest;
      config_.lines_.push_back({condition, std::move(says)});
    }
  }

  void include(std::filesystem::path pattern, const std::filesystem::path& folder, std::size_t condition, int depth) {
    if (pattern.is_relative()) pattern = folder / pattern;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
      for (std::size_t i = 0; i < found.gl_pathc; ++i) read_in(found.gl_pathv[i], folder, condition, depth + 1);
    ::globfree(&found);
  }

  std::size_t add(SshConfig::Condition condition) {
    config_.conditions_.push_back(std::move(condition));
    return config_.conditions_.size() - 1;
  }

  SshConfig config_;
  std::vector<Diagnostic> errors_;
};

Result<SshConfig, std::vector<Diagnostic>> SshConfig::load() {
  SshConfigReader reader;
  reader.read(expand_user("~/.ssh/config"), expand_user("~/.ssh"), false, true);
  reader.read("/etc/ssh/ssh_config", "/etc/ssh", false, false);
  return reader.take();
}

Result<SshConfig, std::vector<Diagnostic>> SshConfig::load(const std::filesystem::path& file) {
  SshConfigReader reader;
  reader.read(file, expand_user("~/.ssh"), true, false);
  return reader.take();
}

}  // namespace cef::inventory

// From ssh_config files to an SshConfig. Where ssh would refuse a line, so do we; but all of them are told at once.
#include "near.hpp"
#include "ssh_keywords.hpp"
#include "ssh_line.hpp"
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
  says.port = ssh_port(words.front());
  return says.port ? "" : fmt::format("'{}' is not a port", words.front());
}

std::string read_certificate(const Words& words, SshSettings& says) {
  if (words.front() != "none") says.certificates = {words.front()};
  return "";
}

std::string read_canonicalize(const Words& words, SshSettings& says) {
  const std::string word = lower(words.front());
  says.canonicalize = word == "always" || word == "yes" || word == "true";
  return *says.canonicalize || word == "none" || yes_or_no(word) ? "" : fmt::format("'{}' is not yes or no", word);
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
    says.proxy = "";  // the line's rest: see read_ssh_line()
  return "";
}

struct SshKeyword {
  std::string_view name;
  bool many;  // takes any number of words
  Read read;
};

using S = SshSettings;
constexpr SshKeyword understood[] = {
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
    {"hostkeyalias", false, read_text<&S::host_key_alias>},
    {"certificatefile", false, read_certificate},
    {"identityagent", false, read_text<&S::agent>},
    {"canonicalizehostname", false, read_canonicalize},
};

}  // namespace

std::optional<std::string> read_ssh_line(const SshLine& line, SshSettings& says, std::string_view& keyword) {
  const std::string word = lower(line.keyword);
  const SshKeyword* known =
      std::find_if(std::begin(understood), std::end(understood), [&](const auto& k) { return k.name == word; });
  const SshOption* option = known == std::end(understood) ? find_ssh_option(word) : nullptr;
  if (known == std::end(understood) && !option) return std::nullopt;
  if (option)
    keyword = option->name;
  else
    keyword = known->name == "proxycommand" ? "proxyjump" : known->name;  // the first of the two counts
  std::string why;
  if (line.words.empty() || line.words.front().empty())
    why = "it has no value";
  else if (line.words.size() > 1 && (option || !known->many))
    why = fmt::format("'{}' is too much", line.words[1]);
  else if (option)
    why = option->read(line.words.front(), says.options);
  else
    why = known->read(line.words, says);
  if (says.proxy) says.proxy = line.rest;
  return why.empty() ? why : fmt::format("{}: {}", line.keyword, why);
}

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
    if (must_exist) config_.file_ = file;
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
    std::size_t condition = add({parent, {}, {}});
    int number = 0;
    for (std::string_view rest = without_byte_order_mark(*text); !rest.empty();) {
      const std::string_view line = first_line(rest);
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      ++number;
      const Diagnostic place{file.string(), number, 0, ""};
      const auto split = split_ssh_line(line);
      if (!split)
        blame(condition, place, split.error());
      else if (!split->keyword.empty())
        read_line(place, *split, folder, parent, condition, depth);
    }
  }

  // The hosts that the line concerns hear of it when they are needed; the others have nothing to do with it.
  void blame(std::size_t condition, const Diagnostic& place, const std::string& message) {
    SshSettings says;
    says.wrong = show(Diagnostic{place.file, place.line, 0, message});
    config_.lines_.push_back({condition, "", "", std::move(says)});
  }

  void read_line(const Diagnostic& place, const SshLine& line, const std::filesystem::path& folder,
                 std::optional<std::size_t> parent, std::size_t& condition, int depth) {
    const std::string keyword = lower(line.keyword);
    const bool block = keyword == "host" || keyword == "match" || keyword == "include";
    if (block && (line.words.empty() || line.words.front().empty()))
      return blame(condition, place, fmt::format("{}: it has no value", line.keyword));
    if (keyword == "host") {
      SshConfig::Condition made{parent, {}, {}};
      for (const std::string& word : line.words) {
        const bool negated = word.starts_with('!');
        made.patterns.push_back({word.substr(negated ? 1 : 0), negated});
      }
      condition = add(std::move(made));
    } else if (keyword == "match") {
      condition = add(read_match(line, parent));
    } else if (keyword == "include") {
      if (depth == deepest_include)
        return blame(condition, place, fmt::format("{}: files include one another too deeply", line.keyword));
      for (const std::string& word : line.words) include(expand_user(word), folder, condition, depth);
    } else {
      SshSettings says;
      std::string_view known;
      const auto why = read_ssh_line(line, says, known);
      if (!why) return note_unknown(condition, place, line);
      if (!why->empty()) says.wrong = show(Diagnostic{place.file, place.line, 0, *why});
      config_.lines_.push_back({condition, known, fmt::format("{}:{}", place.file, place.line), std::move(says)});
    }
  }

  // ssh itself would refuse all of the file.
  void note_unknown(std::size_t condition, const Diagnostic& place, const SshLine& line) {
    const std::string keyword = lower(line.keyword);
    if (keyword == "ignoreunknown")
      for (const std::string& word : line.words) ignored_.push_back(lower(word));
    const auto ignores = [&keyword](const std::string& list) { return in_ssh_list(list, keyword); };
    if (is_ssh_keyword(keyword) || std::ranges::any_of(ignored_, ignores)) return;
    const std::string near = did_you_mean(keyword, ssh_keywords());
    const std::string message =
        fmt::format("'{}' is no keyword of ssh's configuration{}", escape_controls(line.keyword), near);
    if (near.empty())
      config_.warnings_.push_back({place.file, place.line, 0, message});
    else
      blame(condition, place, message);
  }

  // What is not known here ends it: ssh itself is asked then, and says what is wrong if something is.
  static SshConfig::Condition read_match(const SshLine& line, std::optional<std::size_t> parent) {
    SshConfig::Condition made{parent, {}, {}};
    for (std::size_t i = 0; i < line.words.size(); ++i) {
      const bool negated = line.words[i].starts_with('!');
      const std::string word = line.words[i].substr(negated ? 1 : 0);
      const std::size_t equals = word.find('=');  // `host=web*`
      SshConfig::Criterion& criterion = made.criteria.emplace_back();
      criterion.word = lower(word.substr(0, equals));
      criterion.negated = negated;
      const auto is = [&criterion](const char* name) { return criterion.word == name; };
      if (is("all") || is("canonical") || is("final")) continue;
      const bool known = is("host") || is("originalhost") || is("user") || is("localuser") || is("exec");
      if (known && equals != std::string::npos)
        criterion.argument = word.substr(equals + 1);
      else if (known && i + 1 < line.words.size())
        criterion.argument = line.words[++i];
      else
        criterion.word.clear();
      if (criterion.word.empty()) break;
    }
    return made;
  }

  void include(std::filesystem::path pattern, const std::filesystem::path& folder, std::size_t condition, int depth) {
    if (pattern.is_relative()) pattern = folder / pattern;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
      for (std::size_t i = 0; i < found.gl_pathc; ++i) {
        // As for ssh, a link to nothing is no file, and a folder one with nothing in it.
        std::error_code error;
        const auto status = std::filesystem::status(found.gl_pathv[i], error);
        if (!std::filesystem::exists(status) && error != std::errc::permission_denied) continue;
        if (!std::filesystem::is_directory(status)) read_in(found.gl_pathv[i], folder, condition, depth + 1);
      }
    ::globfree(&found);
  }

  std::size_t add(SshConfig::Condition condition) {
    condition.first_line = config_.lines_.size();
    config_.conditions_.push_back(std::move(condition));
    return config_.conditions_.size() - 1;
  }

  SshConfig config_;
  std::vector<Diagnostic> errors_;
  std::vector<std::string> ignored_;  // lists of IgnoreUnknown, from its line on
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

#include "limit.hpp"

#include "glob.hpp"
#include "host_pattern.hpp"
#include "near.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>
#include <cef/inventory/selector.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <set>

namespace cef::inventory {

namespace {

using Hosts = std::vector<std::size_t>;  // may repeat: a subscript counts what the pattern gave, as Ansible does

// Cuts at `separator`s outside brackets; with `blanks`, at white space too.
std::vector<std::string> split(std::string_view text, char separator, bool blanks) {
  std::vector<std::string> parts{""};
  bool inside = false;
  for (const char c : text) {
    if (!inside && (c == separator || (blanks && (c == ' ' || c == '\t')))) {
      parts.emplace_back();
      continue;
    }
    if (c == '[') inside = true;
    if (c == ']') inside = false;
    parts.back() += c;
  }
  std::vector<std::string> trimmed;
  for (const std::string& part : parts)
    if (const std::string_view word = trim(part); !word.empty()) trimmed.emplace_back(word);
  return trimmed;
}

// A comma anywhere makes commas the separators; otherwise colons are, unless all of it is one host (an IPv6 address,
// `web[1:3]`, `name:22`).
std::vector<std::string> split_patterns(const std::string& limit) {
  if (limit.find(',') != std::string::npos) return split(limit, ',', false);
  if (is_address(limit)) return {limit};
  return split(limit, ':', true);
}

struct Subscript {
  std::string_view pattern;  // what stands before it
  std::int64_t first = 0;
  std::optional<std::int64_t> last;  // -1: to the end
};

// `pattern[2]`, `[-1]`, `[0:2]`, `[1:]`; `[0-2]` is the older spelling of `[0:2]`.
std::optional<Subscript> find_subscript(std::string_view text) {
  const std::size_t open = text.rfind('[');
  if (text.starts_with('~') || open == std::string_view::npos || open == 0) return std::nullopt;
  static const std::regex form(R"((?:(-?[0-9]{1,9})|([0-9]{1,9})[:-]([0-9]{0,9}))\])");
  std::cmatch part;
  if (!std::regex_match(text.data() + open + 1, text.data() + text.size(), part, form)) return std::nullopt;
  Subscript subscript{text.substr(0, open), 0, std::nullopt};
  subscript.first = std::stoll(part[part[1].matched ? 1 : 2].str());
  if (part[2].matched) subscript.last = part[3].length() ? std::stoll(part[3].str()) : -1;
  return subscript;
}

class Matcher {
 public:
  /// `option`: what the patterns were given to, which begins every message; empty for bare words. `unmatched`: takes
  /// the patterns that match nothing, which are no error then.
  Matcher(const Inventory& inventory, std::string option, bool are_words, std::vector<std::string>* unmatched = nullptr)
      : inventory_(inventory), option_(std::move(option)), are_words_(are_words), unmatched_(unmatched) {}

  /// Each once, in the order of the patterns.
  Result<Hosts> run(const std::vector<std::string>& texts) {
    std::vector<std::string> united, crossed, removed;
    for (const std::string& text : texts)
      for (const std::string& word : split_patterns(text)) {
        auto patterns = read(word);
        if (!patterns) return Unexpected(patterns.error());
        for (std::string& pattern : *patterns) {
          auto& list = pattern[0] == '&' ? crossed : pattern[0] == '!' ? removed : united;
          list.push_back(std::move(pattern));
        }
      }
    if (united.empty() && crossed.empty() && removed.empty() && !unmatched_)
      return Unexpected(
          Error{Code::nothing_matched, fmt::format("{}'{}' holds no pattern", with_option(" "), texts.front()), ""});
    if (united.empty()) united = {"all"};
    Hosts chosen;
    std::vector<bool> is_chosen(inventory_.hosts().size());
    for (const std::string& pattern : united) {
      const auto hosts = match_if_there(pattern);
      if (!hosts) return Unexpected(hosts.error());
      for (const std::size_t host : *hosts) {
        if (!is_chosen[host]) chosen.push_back(host);
        is_chosen[host] = true;
      }
    }
    for (const auto* list : {&crossed, &removed})
      for (const std::string& pattern : *list) {
        const auto hosts = match_if_there(pattern.substr(1));
        if (!hosts) return Unexpected(hosts.error());
        std::vector<bool> that(is_chosen.size());
        for (const std::size_t host : *hosts) that[host] = true;
        std::erase_if(chosen, [&](std::size_t host) { return that[host] == (list == &removed); });
      }
    return chosen;
  }

 private:
  // `@FILE` holds a pattern a line.
  Result<std::vector<std::string>> read(const std::string& word) const {
    if (word[0] != '@') return std::vector{word};
    const auto text = read_file(expand_user(word.substr(1)));
    if (!text)
      return Unexpected(Error{Code::usage, fmt::format("{}{}: {}", with_option(" "), word, text.error().message),
                              inventory_.group(word.substr(1))
                                  ? fmt::format("@ reads a file: for the group write {}", word.substr(1))
                                  : ""});
    std::vector<std::string> patterns;
    for (const std::string& line : split(*text, '\n', false))
      if (line[0] != '#') patterns.push_back(std::string(trim(std::string_view(line).substr(0, line.find(" #")))));
    return patterns;
  }

  Result<Hosts> match_if_there(const std::string& pattern) const {
    auto hosts = match(pattern);
    if (hosts || !unmatched_ || hosts.error().code != Code::nothing_matched) return hosts;
    unmatched_->push_back(pattern);
    return Hosts();
  }

  Result<Hosts> match(const std::string& pattern) const {
    if (pattern.empty())
      return Unexpected(Error{Code::usage, with_option(": ") + "'&' and '!' need a pattern after them", ""});
    if (are_words_ && inventory_.host(pattern) && inventory_.group(pattern))
      return Unexpected(Error{Code::usage, fmt::format("{}'{}' is a group and a host", with_option(": "), pattern),
                              fmt::format("write group={0} or host={0}", pattern)});
    if (const auto host = index_of(pattern)) return Hosts{*host};
    const auto subscript = find_subscript(pattern);
    auto [hosts, known] = enumerate(std::string(subscript ? subscript->pattern : std::string_view(pattern)));
    if (!bad_regex_.empty()) return Unexpected(Error{Code::usage, bad_regex_, ""});
    if (subscript && !hosts.empty()) hosts = pick(hosts, *subscript);
    if (!hosts.empty()) return hosts;
    if (auto set = host_set(pattern)) return std::move(*set);
    if (known && !subscript) return hosts;  // a group without hosts
    if (hosts = tagged(pattern); !hosts.empty()) return hosts;
    return Unexpected(unknown(pattern, known));
  }

  struct Found {
    Hosts hosts;
    bool known = false;  // some group or host has the name
  };

  Found enumerate(const std::string& pattern) const {
    Found found;
    std::optional<std::regex> regex;
    if (pattern[0] == '~') {
      const bool any_case = pattern.starts_with("~(?i)");
      try {
        // Without back-references, which nobody needs here, no pattern takes for ever.
        const auto kind = std::regex::ECMAScript | std::regex_constants::__polynomial;
        regex.emplace(pattern.substr(any_case ? 5 : 1), any_case ? kind | std::regex::icase : kind);
      } catch (const std::regex_error& e) {
        bad_regex_ = fmt::format("{}'{}' is not a regular expression: {}", with_option(": "), pattern, e.what());
        return found;
      }
    }
    // A regular expression matches from the start of a name, not to its end.
    const auto matches = [&](const std::string& name) {
      return regex ? std::regex_search(name, *regex, std::regex_constants::match_continuous)
                   : glob_matches(pattern, name);
    };
    for (const Group& group : inventory_.groups())
      if (matches(group.name)) {
        found.known = true;
        const Hosts hosts = in_order(group);
        found.hosts.insert(found.hosts.end(), hosts.begin(), hosts.end());
      }
    if (found.known && pattern[0] != '~' && pattern.find_first_of(".?*[") == std::string::npos) return found;
    for (std::size_t i = 0; i < inventory_.hosts().size(); ++i)
      if (matches(inventory_.hosts()[i].name)) {
        found.known = true;
        found.hosts.push_back(i);
      }
    return found;
  }

  // A group's hosts as Ansible numbers them: its own first, then those of its children, level by level.
  Hosts in_order(const Group& top) const {
    Hosts hosts;
    std::vector<bool> seen(inventory_.hosts().size());
    std::vector<const Group*> level{&top};
    std::set<const Group*> visited{&top};
    for (std::size_t at = 0; at < level.size(); ++at) {
      for (const std::string& name : level[at]->hosts)
        if (const std::size_t host = *index_of(name); !seen[host]) {
          seen[host] = true;
          hosts.push_back(host);
        }
      for (const std::string& child : level[at]->children)
        if (visited.insert(inventory_.group(child)).second) level.push_back(inventory_.group(child));
    }
    return hosts;
  }

  static Hosts pick(const Hosts& hosts, const Subscript& subscript) {
    const auto size = static_cast<std::int64_t>(hosts.size());
    std::int64_t first = subscript.first, last = first;
    if (first < 0) first = last = first + size;
    if (subscript.last && *subscript.last != 0) last = *subscript.last == -1 ? size - 1 : *subscript.last;
    if (first < 0 || first >= size || last < first) return {};
    return {hosts.begin() + first, hosts.begin() + std::min(last, size - 1) + 1};
  }

  std::optional<Hosts> host_set(const std::string& pattern) const {
    if (pattern.find('[') == std::string::npos || pattern[0] == '~') return std::nullopt;
    const auto names = expand(pattern);
    if (!names) return std::nullopt;
    Hosts hosts;
    for (const std::string& name : *names) {
      const auto host = index_of(name);
      if (!host) return std::nullopt;
      hosts.push_back(*host);
    }
    return hosts;
  }

  std::optional<std::size_t> index_of(const std::string& name) const {
    const Host* host = inventory_.host(name);
    return host ? std::optional(static_cast<std::size_t>(host - inventory_.hosts().data())) : std::nullopt;
  }

  Hosts tagged(const std::string& tag) const {
    Hosts hosts;
    for (std::size_t i = 0; i < inventory_.hosts().size(); ++i)
      if (std::ranges::count(inventory_.hosts()[i].settings.tags, tag) > 0) hosts.push_back(i);
    return hosts;
  }

  Error unknown(const std::string& pattern, bool known) const {
    if (known) return {Code::nothing_matched, fmt::format("{}'{}' picks no host", with_option(": "), pattern), ""};
    for (const Host& host : inventory_.hosts())
      if (host.settings.address == pattern)
        return {Code::nothing_matched, fmt::format("'{0}' is the address of {1}: write {1}", pattern, host.name), ""};
    std::vector<std::string> names;
    for (const Group& group : inventory_.groups()) names.push_back(group.name);
    for (const Host& host : inventory_.hosts()) {
      names.push_back(host.name);
      for (const std::string& tag : host.settings.tags)
        if (std::ranges::find(names, tag) == names.end()) names.push_back(tag);
    }
    const std::string near = did_you_mean(pattern, names);
    if (!option_.empty())
      return {Code::nothing_matched, fmt::format("{}: '{}' matches no group and no host{}", option_, pattern, near),
              ""};
    return {Code::nothing_matched, fmt::format("no group, host or tag is called '{}'{}", pattern, near),
            near.empty() ? "cef hosts shows what there is; a command comes after --" : ""};
  }

  // The option and what comes after it, or nothing for bare words.
  std::string with_option(std::string_view after) const { return option_.empty() ? "" : option_ + std::string(after); }

  const Inventory& inventory_;
  const std::string option_;
  const bool are_words_;
  std::vector<std::string>* const unmatched_;
  mutable std::string bad_regex_;
};

}  // namespace

Result<std::vector<std::size_t>> match_limit(const Inventory& inventory, const std::string& limit) {
  auto hosts = Matcher(inventory, "--limit", false).run({limit});
  if (hosts) std::ranges::sort(*hosts);
  return hosts;
}

Result<std::vector<std::size_t>> match_words(const Inventory& inventory, const std::vector<std::string>& words,
                                             const std::string& option) {
  auto hosts = Matcher(inventory, option, true).run(words);
  if (hosts) std::ranges::sort(*hosts);
  return hosts;
}

Result<PlayMatch> match_play_hosts(const Inventory& inventory, const std::string& pattern) {
  PlayMatch found;
  const auto hosts = Matcher(inventory, "hosts", false, &found.unmatched).run({pattern});
  if (!hosts) return Unexpected(hosts.error());
  for (const std::size_t host : *hosts) found.names.push_back(inventory.hosts()[host].name);
  return found;
}

}  // namespace cef::inventory

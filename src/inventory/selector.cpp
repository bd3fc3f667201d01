#include "glob.hpp"
#include "limit.hpp"
#include "near.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>
#include <cef/inventory/selector.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace cef::inventory {

namespace {

Unexpected<Error> usage(std::string message) { return Unexpected(Error{Code::usage, std::move(message), ""}); }

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts{""};
  bool inside = false;
  for (const char c : text) {
    if (c == '[') inside = true;
    if (c == ']') inside = false;
    if (c == ',' && !inside)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// nodeset's operators between host sets: `n[1-5]!n3` takes away, `&` keeps what both have, `^` what one of them has. As
// there, none binds tighter than another, nor than the comma.
struct Term {
  char op = ',';
  std::string text;
};

std::vector<Term> split_terms(std::string_view value) {
  std::vector<Term> terms(1);
  bool inside = false;
  for (const char c : value) {
    if (c == '[') inside = true;
    if (c == ']') inside = false;
    if (!inside && (c == '!' || c == '&' || c == '^'))
      terms.push_back({c, ""});
    else
      terms.back().text += c;
  }
  return terms;
}

// One value a line; blank lines and comments do not count, those behind a value neither.
void add_lines(std::string_view text, std::vector<std::string>& values) {
  text = without_byte_order_mark(text);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    for (const std::string_view comment : {" #", "\t#"}) line = trim(line.substr(0, line.find(comment)));
    if (!line.empty() && line[0] != '#') values.emplace_back(line);
  }
}

std::string_view name_of(Selector::Key key) {
  switch (key) {
    case Selector::Key::group:
      return "group";
    case Selector::Key::host:
      return "host";
    case Selector::Key::tag:
      return "tag";
  }
  return "";
}

// `all 10, rpi 7, server 2`: what the user can choose from.
std::string list_groups(const Inventory& inventory) {
  constexpr std::size_t most = 20;
  std::vector<std::string> shown;
  std::size_t left_out = 0;
  for (const Group& group : inventory.groups()) {
    const std::size_t count = inventory.members(group.name).size();
    if (group.name == "ungrouped" && count == 0) continue;
    if (shown.size() < most)
      shown.push_back(fmt::format("{} {}", group.name, count));
    else
      ++left_out;
  }
  if (left_out) shown.push_back(fmt::format("and {} more", left_out));
  return fmt::format("{}", fmt::join(shown, ", "));
}

using Members = std::vector<bool>;  // by host index

// What a value can name, and which hosts each name means.
using Names = std::map<std::string, std::vector<std::size_t>, std::less<>>;

class Selection {
 public:
  explicit Selection(const Inventory& inventory) : inventory_(inventory), chosen_(size(), true) {}

  Result<void> apply(const std::vector<Selector>& selectors) {
    std::array<std::optional<Members>, 3> included;
    Members excluded(size());
    for (const Selector& selector : selectors) {
      auto& united = included[static_cast<std::size_t>(selector.key)];
      if (!selector.exclude && !united) united.emplace(size());
      if (auto added = add(selector, selector.exclude ? excluded : *united); !added) return added;
    }
    for (std::size_t i = 0; i < size(); ++i) {
      for (const auto& members : included)
        if (members && !(*members)[i]) chosen_[i] = false;
      if (excluded[i]) chosen_[i] = false;
    }
    return {};
  }

  void intersect(const std::vector<std::size_t>& hosts, bool with = true) {
    Members that(size());
    for (const std::size_t host : hosts) that[host] = true;
    for (std::size_t i = 0; i < size(); ++i) chosen_[i] = chosen_[i] && that[i] == with;
  }

  std::vector<std::size_t> indices() const {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < size(); ++i)
      if (chosen_[i]) indices.push_back(i);
    return indices;
  }

 private:
  std::size_t size() const { return inventory_.hosts().size(); }

  Result<void> add(const Selector& selector, Members& united) {
    const Names& names = names_of(selector.key);
    std::vector<std::string> unknown;
    Members members(size());
    for (const std::string& value : selector.values) {
      const bool has_terms = selector.key == Selector::Key::host && !names.contains(value);
      for (const Term& term : has_terms ? split_terms(value) : std::vector{Term{',', value}}) {
        Members operand(size());
        const auto texts = names.contains(term.text) ? std::vector{term.text} : expand(term.text);
        if (!texts) return Unexpected(texts.error());
        for (const std::string& text : *texts)
          if (!add(names, text, operand)) unknown.push_back(text);
        apply(term.op, operand, members);
      }
    }
    if (!unknown.empty()) return Unexpected(not_there(selector, names, unknown));
    if (selector.values.empty())
      return Unexpected(
          Error{Code::nothing_matched, fmt::format("{}= was given an empty list", name_of(selector.key)), ""});
    for (std::size_t i = 0; i < size(); ++i) united[i] = united[i] || members[i];
    return {};
  }

  static void apply(char op, const Members& operand, Members& members) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (op == ',') members[i] = members[i] || operand[i];
      if (op == '!') members[i] = members[i] && !operand[i];
      if (op == '&') members[i] = members[i] && operand[i];
      if (op == '^') members[i] = members[i] != operand[i];
    }
  }

  static bool add(const Names& names, const std::string& text, Members& members) {
    bool found = false;
    const auto take = [&](const std::vector<std::size_t>& hosts) {
      for (const std::size_t host : hosts) members[host] = true;
      found = true;
    };
    if (const auto exact = names.find(text); exact != names.end())
      take(exact->second);
    else if (is_glob(text))
      for (const auto& [name, hosts] : names)
        if (glob_matches(text, name)) take(hosts);
    return found;
  }

  const Names& names_of(Selector::Key key) {
    Names& names = names_[static_cast<std::size_t>(key)];
    if (!names.empty()) return names;
    if (key == Selector::Key::group)
      for (const Group& group : inventory_.groups()) names[group.name] = inventory_.members(group.name);
    for (std::size_t i = 0; i < size(); ++i) {
      const Host& host = inventory_.hosts()[i];
      if (key == Selector::Key::host) names[host.name] = {i};
      if (key == Selector::Key::tag)
        for (const std::string& tag : host.settings.tags) names[tag].push_back(i);
    }
    return names;
  }

  Error not_there(const Selector& selector, const Names& names, const std::vector<std::string>& unknown) const {
    const std::string& first = unknown.front();
    if (is_glob(first))
      return {Code::nothing_matched, fmt::format("{}={} matches nothing", name_of(selector.key), first), ""};
    std::vector<std::string> known;
    for (const auto& [name, hosts] : names) known.push_back(name);
    std::string message =
        selector.key == Selector::Key::tag
            ? fmt::format("no host has the tag '{}'", fold(unknown))
            : fmt::format("{}{} '{}' {} not in the inventory", name_of(selector.key), unknown.size() == 1 ? "" : "s",
                          fold(unknown), unknown.size() == 1 ? "is" : "are");
    return {Code::nothing_matched, message + advice(selector.key, first, known), ""};
  }

  std::string advice(Selector::Key key, const std::string& word, const std::vector<std::string>& known) const {
    using Key = Selector::Key;
    if (key != Key::group && inventory_.group(word)) return fmt::format(": it is a group, write group={}", word);
    if (key != Key::host && inventory_.host(word)) return fmt::format(": it is a host, write host={}", word);
    if (key != Key::tag)
      for (const Host& host : inventory_.hosts())
        if (std::ranges::count(host.settings.tags, word) > 0) return fmt::format(": it is a tag, write tag={}", word);
    if (key == Key::group && word.find_first_of(":&!") != std::string::npos)
      return fmt::format(": that is a pattern, write -l '{}'", word);
    if (key == Key::host)
      for (const Host& host : inventory_.hosts())
        if (host.settings.address == word) return fmt::format(": it is the address of {0}, write host={0}", host.name);
    if (std::string near = did_you_mean(word, known); !near.empty()) return near;
    if (key == Key::group) return fmt::format(" (groups: {})", list_groups(inventory_));
    if (key == Key::tag && !known.empty() && known.size() <= 20)
      return fmt::format(" (tags: {})", fmt::join(known, ", "));
    return "";
  }

  const Inventory& inventory_;
  Members chosen_;
  std::array<Names, 3> names_;
};

std::string show_selection(const std::vector<Selector>& selectors, const Choice& choice) {
  std::vector<std::string> words = choice.words;
  for (const Selector& selector : selectors) {
    const std::string values = selector.values.size() > 5 ? fmt::format("({} values)", selector.values.size())
                                                          : fmt::format("{}", fmt::join(selector.values, ","));
    words.push_back(fmt::format("{}{}{}", name_of(selector.key), selector.exclude ? "!=" : "=", values));
  }
  for (const std::string& limit : choice.limits) words.push_back(fmt::format("--limit '{}'", limit));
  for (const std::string& one : choice.without) words.push_back(fmt::format("--exclude '{}'", one));
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

bool is_selector(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  std::string_view key = word.substr(0, equals);
  if (key.ends_with('!')) key.remove_suffix(1);
  return !key.empty() && std::isalpha(static_cast<unsigned char>(key[0])) &&
         std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

Result<Selector> parse_selector(std::string_view word, const ReadInput& input) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos)
    return usage(fmt::format("'{}' is no selector: write group=, host= or tag=", word));
  Selector selector;
  std::string_view key = word.substr(0, equals);
  if (key.ends_with('!')) {
    selector.exclude = true;
    key.remove_suffix(1);
  }
  const std::string sign = selector.exclude ? "!=" : "=";
  static const std::array<std::string, 3> keys{"group", "host", "tag"};
  const auto found = std::find(keys.begin(), keys.end(), key);
  if (found == keys.end()) {
    const auto near = nearest(key, keys);
    return usage(fmt::format(
        "'{}{}' is no selector: {}", key, sign,
        near ? fmt::format("did you mean '{}{}'?", *near, sign) : "hosts are selected with group=, host= and tag="));
  }
  selector.key = static_cast<Selector::Key>(found - keys.begin());
  for (const std::string& value : split_at_commas(word.substr(equals + 1))) {
    if (value.empty()) return usage(fmt::format("'{}' has an empty value", word));
    if (value == "-") {
      const auto text = input();
      if (!text) return Unexpected(text.error());
      add_lines(*text, selector.values);
    } else if (value[0] == '@') {
      const auto text = read_file(expand_user(value.substr(1)));
      if (!text) return usage(fmt::format("{}{}{}: {}", key, sign, value, text.error().message));
      add_lines(*text, selector.values);
    } else {
      selector.values.push_back(value);
    }
  }
  for (const std::string& value : selector.values) {
    const bool has_terms = selector.key == Selector::Key::host;
    for (const Term& term : has_terms ? split_terms(value) : std::vector{Term{',', value}}) {
      if (term.text.empty())
        return Unexpected(Error{Code::usage, fmt::format("'{}': !, & and ^ stand between two host sets", value),
                                "host!=... takes hosts away from the whole selection"});
      if (const auto names = expand(term.text); !names) return Unexpected(names.error());
    }
  }
  return selector;
}

Result<std::vector<std::size_t>> select(const Inventory& inventory, const std::vector<Selector>& selectors,
                                        const Choice& choice) {
  if (selectors.empty() && choice.limits.empty() && choice.words.empty())
    return usage(
        fmt::format("no hosts selected: say which, by a group, a host or a tag (groups: {})", list_groups(inventory)));
  Selection selection(inventory);
  if (auto applied = selection.apply(selectors); !applied) return Unexpected(applied.error());
  if (!choice.words.empty()) {
    const auto hosts = match_words(inventory, choice.words, "");
    if (!hosts) return Unexpected(hosts.error());
    selection.intersect(*hosts);
  }
  for (const std::string& limit : choice.limits) {
    const auto hosts = match_limit(inventory, limit);
    if (!hosts) return Unexpected(hosts.error());
    selection.intersect(*hosts);
  }
  for (const std::string& one : choice.without) {
    const auto hosts = match_words(inventory, {one}, "--exclude");
    if (!hosts) return Unexpected(hosts.error());
    selection.intersect(*hosts, false);
  }
  auto indices = selection.indices();
  if (indices.empty())
    return Unexpected(
        Error{Code::nothing_matched, fmt::format("no host matches {}", show_selection(selectors, choice)), ""});
  return indices;
}

bool is_known(const Inventory& inventory, const std::string& word) {
  const auto hosts = match_words(inventory, {word}, "");
  return hosts.has_value() || hosts.error().code != Code::nothing_matched;
}

}  // namespace cef::inventory

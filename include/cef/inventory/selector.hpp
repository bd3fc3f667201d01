// Which hosts a command line means: `key=value` selectors and Ansible's --limit patterns.
#pragma once

#include <cef/core/result.hpp>
#include <cef/inventory/inventory.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

struct Selector {
  enum class Key { group, host, tag } key = Key::group;
  bool exclude = false;             // key!=value
  std::vector<std::string> values;  // commas split (not those inside brackets); `@FILE` and `-` already read; of hosts,
                                    // sets joined by nodeset's operators: `n[1-5]!n3`
};

/// Reads all of standard input; given so that tests need none. Called at most once per command line.
using ReadInput = std::function<Result<std::string>()>;

/// Whether a word looks like a selector at all: `word=...` or `word!=...`.
bool is_selector(std::string_view word);

/// Errors: usage, for an unknown key (with the nearest one), an empty value, a file that cannot be read, a bad host
/// set.
Result<Selector> parse_selector(std::string_view word, const ReadInput& input);

/// What a command line says besides its `key=value` selectors.
struct Choice {
  std::vector<std::string> limits{};   // --limit
  std::vector<std::string> words{};    // bare words; together they are read as one --limit would read them
  std::vector<std::string> without{};  // --exclude: the same, taken away
};

/// Indices into inventory.hosts(), ascending: values of one key united, keys intersected, `!=` subtracted; then
/// intersected with what the words mean and with each `limit` pattern; `without` is taken away last.
/// Errors: usage when there is nothing that chooses (the message names the groups), and for a word that is both a group
/// and a host; nothing_matched when a group, host or glob matches nothing or the whole selection is empty (the message
/// names what is near).
Result<std::vector<std::size_t>> select(const Inventory& inventory, const std::vector<Selector>& selectors,
                                        const Choice& choice);

struct PlayMatch {
  std::vector<std::string> names;      // each once, in the order of the patterns, and there of their groups
  std::vector<std::string> unmatched;  // patterns that match nothing
};

/// Whom a play's `hosts` means: a --limit pattern's language, with the hosts in the order in which Ansible takes them.
/// Errors: usage for a pattern that cannot be read.
Result<PlayMatch> match_play_hosts(const Inventory& inventory, const std::string& pattern);

/// Whether a bare word names something: a group, a host, a tag, or a pattern of these.
bool is_known(const Inventory& inventory, const std::string& word);

}  // namespace cef::inventory

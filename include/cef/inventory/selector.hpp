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

/// Indices into inventory.hosts(), ascending: values of one key united, keys intersected, `!=` subtracted last; then
/// intersected with each `limit` pattern.
/// Errors: usage when there are neither selectors nor limits (the message names the groups); nothing_matched when a
/// group, host or glob matches nothing or the whole selection is empty (the message names what is near).
Result<std::vector<std::size_t>> select(const Inventory& inventory, const std::vector<Selector>& selectors,
                                        const std::vector<std::string>& limits);

}  // namespace cef::inventory

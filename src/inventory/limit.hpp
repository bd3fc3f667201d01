// Ansible's language of host patterns, as --limit takes it.
#pragma once

#include <cef/core/result.hpp>
#include <cef/inventory/inventory.hpp>

#include <string>
#include <vector>

namespace cef::inventory {

/// Indices into inventory.hosts(), ascending. Patterns are joined by `,` or `:`; whatever their order, plain ones are
/// united first, then those with `&` intersected, then those with `!` taken away. A pattern is a group, a host, a glob
/// of either, `~` and a regular expression, or `@FILE` with a pattern a line; `[0]`, `[-1]`, `[0:2]` (both ends
/// included) and `[1:]` pick from what a pattern gives. Where that gives nothing, a host set (`rpi[6401-6406]`) counts.
/// Errors: usage for a pattern that cannot be read, nothing_matched for one that matches no group and no host.
/// Source: Ansible 2.14's behaviour; there, patterns that match nothing are ignored, which turns a typing error in
/// `!host` into work on that host.
/// Where no group and no host has the name, a tag counts.
Result<std::vector<std::size_t>> match_limit(const Inventory& inventory, const std::string& limit);

/// The same of one or more bare words of the command line, read together. `option`: what they were given to, or empty.
/// Errors: also usage, for a name of both a group and a host.
Result<std::vector<std::size_t>> match_words(const Inventory& inventory, const std::vector<std::string>& words,
                                             const std::string& option);

}  // namespace cef::inventory

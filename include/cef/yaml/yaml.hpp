// YAML (and JSON) text as a tree with positions, and as values, read the way Ansible reads them (YAML 1.1).
#pragma once

#include <cef/core/value.hpp>
#include <cef/yaml/problems.hpp>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cef::yaml {

struct Node {
  enum class Kind { scalar, list, map };
  Kind kind = Kind::scalar;
  bool plain = false;  // a scalar without quotes, block style or tag: its text decides its type
  Place place;
  std::string tag;   // explicit tags only: `!vault`
  std::string text;  // of a scalar
  std::vector<const Node*> items;
  std::vector<std::pair<const Node*, const Node*>> entries;  // merge keys resolved, each key once
};

struct Document {
  std::deque<Node> nodes;
  const Node* root = nullptr;  // null for a file without content
};

/// Parses one document. Syntax errors, a second document and unusable keys go to `problems`, repeated keys as warnings
/// (the last one counts); nothing is returned after an error.
std::optional<Document> parse(const std::string& text, const std::string& file, Problems& problems);

/// The value of a plain scalar: null, booleans (yes, no, on, off too), integers (decimal, 0644, 0x1f, 0b1, 1:30),
/// floats; anything else is a string. Timestamps become what Ansible's JSON shows.
/// Source: YAML 1.1 type repository, with the patterns of PyYAML's resolver.
Value plain_scalar(std::string_view text);

/// The node and all below it. Texts tagged `!vault` become `{"__ansible_vault": TEXT}`, those tagged `!unsafe`
/// `{"__ansible_unsafe": TEXT}`, which is how Ansible's JSON spells them.
Value to_value(const Node& node);

/// A mapping's key as JSON shows it.
std::string key_text(const Node& key);

/// What a node is, for messages: `a list`, `a mapping`, `the number 5`, `the text "x"`.
std::string describe(const Node& node);

}  // namespace cef::yaml

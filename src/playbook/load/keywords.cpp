// What plays, roles, blocks and tasks have in common: keywords, variables, conditions, tags.
#include "load/loader.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/playbook/arguments.hpp>

#include <fmt/format.h>

#include <cctype>

namespace cef::playbook {

namespace {

struct Row {
  std::string_view name, levels;
  Keyword keyword;
};

constexpr Row rows[] = {
#define KEYWORD(name, levels) {#name, levels, Keyword::name},
#include <cef/playbook/keywords.def>
#undef KEYWORD
};

// Old spellings.
constexpr std::pair<std::string_view, std::string_view> synonyms[] = {
    {"user", "remote_user"}, {"sudo", "become"}, {"sudo_user", "become_user"}};

}  // namespace

bool is_variable_name(std::string_view text) {
  if (text.empty() || is_digit(text[0])) return false;
  for (const char c : text)
    if (!(std::isalnum(static_cast<unsigned char>(c)) || c == '_')) return false;
  return true;
}

std::string Loader::text_of(const Node& node) {
  if (node.kind != Node::Kind::scalar) return {};
  const Value value = to_value(node);
  return value.is_null() ? std::string() : value.is_string() ? value.get<std::string>() : node.text;
}

Value Loader::value_of(const Node& node) {
  Value value = to_value(node);
  if (const auto opened = vault_.decrypt_in(value); !opened) error(node.place, opened.error());
  return value;
}

std::optional<expr::Tree> Loader::tree_of(const Node& node) {
  auto tree = expr::Tree::parse(value_of(node));
  if (tree) return std::move(*tree);
  error(node.place, expr::show(tree.error()));
  return std::nullopt;
}

void Loader::take_variables(const Node& value, Variables& variables) {
  if (value.kind == Node::Kind::scalar && to_value(value).is_null()) return;
  // An old spelling: a list of mappings.
  if (value.kind == Node::Kind::list) {
    for (const Node* item : value.items) take_variables(*item, variables);
    return;
  }
  if (value.kind != Node::Kind::map)
    return error(value.place, fmt::format("vars are a mapping, not {}", describe(value)));
  for (const auto& [key, item] : value.entries) {
    const std::string name = yaml::key_text(*key);
    if (!is_variable_name(name)) {
      error(key->place, fmt::format("'{}' is no name for a variable: letters, digits and _, no digit first", name));
      continue;
    }
    variables.insert_or_assign(name, Written(value_of(*item), item->place));
  }
}

Conditions Loader::conditions_of(const Node& value) {
  Conditions all;
  if (value.kind == Node::Kind::list) {
    for (const Node* item : value.items)
      for (Condition& each : conditions_of(*item)) all.push_back(std::move(each));
    return all;
  }
  if (value.kind == Node::Kind::map) {
    error(value.place, "a condition is an expression, or a list of them, not a mapping: put it in quotes");
    return all;
  }
  const Value plain = to_value(value);
  const std::string text = plain.is_boolean() ? (plain.get<bool>() ? "true" : "false") : text_of(value);
  if (text.empty()) return all;
  auto test = expr::Condition::parse(text);
  if (!test) {
    error(value.place, fmt::format("the condition '{}': {}", text, expr::show(test.error())));
    return all;
  }
  all.push_back({std::move(*test), text, value.place});
  return all;
}

std::vector<std::string> Loader::words_of(const Node& value, std::string_view what) {
  std::vector<std::string> words;
  const auto add = [&](const Node& item) {
    if (item.kind != Node::Kind::scalar)
      return error(item.place, fmt::format("{} are words, not {}", what, describe(item)));
    const std::string text = text_of(item);
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      if (const auto word = trim(std::string_view(text).substr(begin, end - begin)); !word.empty())
        words.emplace_back(word);
      begin = end + 1;
    }
  };
  if (value.kind == Node::Kind::list)
    for (const Node* item : value.items) add(*item);
  else
    add(value);
  return words;
}

bool Loader::take_common(const Node& key, const Node& value, char level, Frame& frame) {
  const std::string name = yaml::key_text(key);
  if (name == "vars") {
    take_variables(value, frame.vars);
    return true;
  }
  if (name == "tags") {
    for (std::string& tag : words_of(value, "tags")) frame.tags.push_back(std::move(tag));
    return true;
  }
  if (name == "when" && level != 'p') {
    frame.when = conditions_of(value);
    return true;
  }
  std::string_view usual = name;
  for (const auto& [old, now] : synonyms)
    if (name == old && level != 't') usual = now;
  for (const Row& row : rows) {
    if (row.name != usual || row.levels.find(level) == std::string_view::npos) continue;
    auto tree = tree_of(value);
    if (tree) frame.settings.push_back({row.keyword, value_of(value), std::move(*tree), value.place});
    return true;
  }
  return false;
}

const Loader::Node* Loader::read_yaml(const fs::path& file, const Place& named_at) {
  const fs::path path = file.lexically_normal();
  std::error_code ignored;
  Read read{nullptr, fs::last_write_time(path, ignored), fs::file_size(path, ignored)};
  if (const auto known = read_.find(path);
      known != read_.end() && known->second.time == read.time && known->second.size == read.size)
    return known->second.root;
  auto text = read_text(path);
  if (!text) {
    error(named_at.file ? named_at : problems_.in(path.string()), text.error());
    return nullptr;
  }
  auto document = yaml::parse(*text, path.string(), problems_);
  if (!document) return nullptr;
  documents_.push_back(std::move(*document));
  static const Node nothing = [] {
    Node node;
    node.plain = true;
    return node;
  }();
  read.root = documents_.back().root ? documents_.back().root : &nothing;
  read_[path] = read;
  return read.root;
}

Result<std::string, std::string> Loader::read_text(const fs::path& file) const {
  auto text = read_file(file);
  if (!text) return Unexpected(text.error().message);
  if (!Vault::is_encrypted(*text)) return std::move(*text);
  auto plain = vault_.decrypt(*text);
  if (!plain) return Unexpected(fmt::format("{}: {}", file.string(), plain.error()));
  return plain;
}

}  // namespace cef::playbook

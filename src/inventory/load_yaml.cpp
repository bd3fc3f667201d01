#include "loaders.hpp"
#include "resolve.hpp"

#include <cef/core/suggest.hpp>
#include <cef/yaml/yaml.hpp>

#include <fmt/format.h>

#include <array>

namespace cef::inventory {

namespace {

const std::array<std::string, 3> sections{"hosts", "vars", "children"};

bool is_nothing(const yaml::Node& node) { return node.kind == yaml::Node::Kind::scalar && to_value(node).is_null(); }
bool is_text(const yaml::Node& node) {
  if (node.kind != yaml::Node::Kind::scalar) return false;
  return (!node.plain && node.tag.empty()) || to_value(node).is_string();
}

// What Python takes for false, which Ansible reads as a host without variables.
bool is_falsy(const yaml::Node& node) {
  if (node.kind != yaml::Node::Kind::scalar) return node.items.empty() && node.entries.empty();
  const Value value = to_value(node);
  return value.is_null() || value == false || value == 0 || (value.is_string() && node.text.empty());
}

class YamlInventory {
 public:
  YamlInventory(Draft& draft, Problems& problems) : draft_(draft), problems_(problems) {}

  void read(const yaml::Node& root) {
    if (root.kind != yaml::Node::Kind::map) {
      problems_.error(root.place, fmt::format("an inventory is a mapping of groups, not {}", describe(root)));
      return;
    }
    for (const auto& [key, value] : root.entries)
      if (key->text == "plugin" && value->kind == yaml::Node::Kind::scalar && !is_falsy(*value)) {
        problems_.error(key->place,
                        fmt::format("this configures Ansible's inventory plugin '{}' and lists no hosts: save "
                                    "what 'ansible-inventory -i FILE --list --yaml' prints and use that",
                                    value->text));
        return;
      }
    for (const auto& [key, value] : root.entries) {
      if (value->kind != yaml::Node::Kind::map && !is_nothing(*value))
        problems_.warn(key->place,
                       fmt::format("'{}' is skipped: a group is a mapping, not {}", key->text, describe(*value)));
      else
        read_group(*key, *value);
    }
  }

 private:
  std::optional<Index> read_group(const yaml::Node& key, const yaml::Node& body) {
    if (!is_text(key) || key.text.empty()) {
      problems_.error(key.place, fmt::format("a group's name must be text, not {}: put it in quotes", describe(key)));
      return std::nullopt;
    }
    const Index group = draft_.add_group(key.text);
    for (const auto& [name, value] : body.entries) {
      if (name->text == "vars")
        read_vars(group, *name, *value);
      else if (name->text == "hosts")
        read_hosts(group, *name, *value);
      else if (name->text == "children")
        read_children(group, *name, *value);
      else
        warn_of_unknown(key, *name, *value);
    }
    return group;
  }

  void warn_of_unknown(const yaml::Node& group, const yaml::Node& name, const yaml::Node& value) {
    std::string advice = "a group has hosts, vars and children";
    if (const auto near = nearest(name.text, sections))
      advice = fmt::format("did you mean '{}'?", *near);
    else if (value.kind == yaml::Node::Kind::map)
      advice = "a group inside a group belongs under 'children'";
    problems_.warn(name.place, fmt::format("'{}' in group '{}' is skipped: {}", name.text, group.text, advice));
  }

  // A section is a mapping; a single text stands for a mapping with that one key.
  template <class Each>
  void each_entry(Index group, const yaml::Node& section, const yaml::Node& value, Each each) {
    static const yaml::Node nothing{yaml::Node::Kind::scalar, true, {}, {}, {}, {}, {}};
    if (is_nothing(value)) return;
    if (is_text(value)) {
      each(value, nothing);
    } else if (value.kind == yaml::Node::Kind::map) {
      for (const auto& [key, item] : value.entries) each(*key, *item);
    } else {
      const std::string_view why = value.kind == yaml::Node::Kind::list ? " (write 'name:' for each, without '-')" : "";
      problems_.error(value.place, fmt::format("'{}' of group '{}' must be a mapping, not {}{}", section.text,
                                               draft_.groups()[group].name, describe(value), why));
    }
  }

  void read_vars(Index group, const yaml::Node& section, const yaml::Node& value) {
    each_entry(group, section, value, [&](const yaml::Node& key, const yaml::Node& item) {
      draft_.set_group_variable(group, key_text(key), to_value(item), item.place.file ? item.place : key.place);
    });
  }

  void read_children(Index group, const yaml::Node& section, const yaml::Node& value) {
    each_entry(group, section, value, [&](const yaml::Node& key, const yaml::Node& item) {
      if (item.kind != yaml::Node::Kind::map && !is_nothing(item)) {
        problems_.error(item.place, fmt::format("group '{}' must be a mapping, not {}", key.text, describe(item)));
        return;
      }
      if (const auto child = read_group(key, item)) draft_.add_child(group, *child, key.place);
    });
  }

  void read_hosts(Index group, const yaml::Node& section, const yaml::Node& value) {
    each_entry(group, section, value, [&](const yaml::Node& key, const yaml::Node& item) {
      if (!is_text(key) || key.text.empty()) {
        problems_.error(key.place, fmt::format("a host's name must be text, not {}: put it in quotes", describe(key)));
        return;
      }
      Variables vars;
      if (item.kind == yaml::Node::Kind::map) {
        for (const auto& [name, variable] : item.entries)
          if (is_wanted(name->text, *variable)) vars.set(key_text(*name), to_value(*variable), variable->place);
      } else if (!is_falsy(item)) {
        problems_.error(item.place,
                        fmt::format("the variables of host '{}' must be a mapping, not {}", key.text, describe(item)));
        return;
      }
      draft_.add_hosts(key.text, group, vars, key.place);
    });
  }

  // A range in a value may be an error.
  bool is_wanted(std::string_view name, const yaml::Node& value) const {
    return draft_.keeps() == Draft::Keeps::everything || makes_names(name) || value.text.find('[') != std::string::npos;
  }

  Draft& draft_;
  Problems& problems_;
};

}  // namespace

bool load_yaml(const std::string& text, const std::string& file, Draft& draft, Problems& problems) {
  const auto document = yaml::parse(text, file, problems);
  if (!document) return true;  // its errors are told
  if (!document->root || is_falsy(*document->root)) return false;
  YamlInventory(draft, problems).read(*document->root);
  return true;
}

}  // namespace cef::inventory

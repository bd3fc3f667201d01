#include "quick.hpp"

#include <cef/yaml/yaml.hpp>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <map>
#include <streambuf>
#include <unordered_map>

namespace cef::yaml {

namespace {

// An alias may stand for a whole tree, so a short file can mean an endless one. No inventory comes near this.
constexpr std::size_t most_nodes = 20'000'000;

struct OpenNode {
  Node* node;
  const Node* key = nullptr;  // of a map: read, its value is still to come
};

// Builds the tree from the parser's events. yaml-cpp's own tree is left aside: it is slow on large files, hides
// repeated keys and knows nothing of merge keys.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, Document& document, Problems& problems)
      : file_(problems.in(file).file), document_(document), problems_(problems) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(mark, Node::Kind::scalar, "?", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto target = anchors_.find(anchor);
    const bool inside_itself = target != anchors_.end() && std::any_of(open_.begin(), open_.end(), [&](const auto& o) {
                                 return o.node == target->second;
                               });
    if (target == anchors_.end() || inside_itself) {
      problems_.error(place(mark), "an alias that stands for the value it is part of");
      add(make(mark, Node::Kind::scalar, "?", 0));
      return;
    }
    add(target->second);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Node* node = make(mark, Node::Kind::scalar, tag, anchor);
    node->text = text;
    add(node);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back({make(mark, Node::Kind::list, tag, anchor)});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back({make(mark, Node::Kind::map, tag, anchor)});
  }
  void OnMapEnd() override {
    finish_map(*open_.back().node);
    close();
  }

 private:
  Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  Node* make(const YAML::Mark& mark, Node::Kind kind, const std::string& tag, YAML::anchor_t anchor) {
    Node& node = document_.nodes.emplace_back();
    node.kind = kind;
    node.place = place(mark);
    node.plain = tag == "?";
    if (!tag.empty() && tag != "?" && tag != "!") node.tag = tag;
    if (anchor) anchors_[anchor] = &node;
    return &node;
  }

  void add(const Node* node) {
    if (open_.empty()) {
      document_.root = node;
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node->kind == Node::Kind::list) {
      parent.node->items.push_back(node);
    } else if (!parent.key) {
      parent.key = node;
    } else {
      parent.node->entries.emplace_back(parent.key, node);
      parent.key = nullptr;
    }
  }

  void close() {
    const Node* node = open_.back().node;
    open_.pop_back();
    add(node);
  }

  // Merge keys come first, so that the map's own keys win; of several maps to merge, the first one wins.
  void finish_map(Node& map) {
    Entries merged, own;
    for (const auto& [key, value] : map.entries) {
      if (key->kind != Node::Kind::scalar) {
        const bool is_template = key->kind == Node::Kind::map;
        problems_.error(key->place, fmt::format("a mapping's key cannot be {}{}", describe(*key),
                                                is_template ? ": a value that begins with {{ needs quotes" : ""));
      } else if (key->plain && key->text == "<<") {
        merge(*value, merged);
      } else {
        own.emplace_back(key, value);
      }
    }
    map.entries = unique(own, true);
    if (merged.empty()) return;
    merged.insert(merged.end(), map.entries.begin(), map.entries.end());
    map.entries = unique(merged, false);
  }

  using Entries = std::vector<std::pair<const Node*, const Node*>>;

  void merge(const Node& value, Entries& merged) {
    if (value.kind == Node::Kind::map) {
      merged.insert(merged.end(), value.entries.begin(), value.entries.end());
      return;
    }
    const bool maps =
        value.kind == Node::Kind::list &&
        std::all_of(value.items.begin(), value.items.end(), [](auto* item) { return item->kind == Node::Kind::map; });
    if (!maps) {
      problems_.error(value.place, fmt::format("'<<' merges a mapping or a list of mappings, not {}", describe(value)));
      return;
    }
    for (auto item = value.items.rbegin(); item != value.items.rend(); ++item)
      merged.insert(merged.end(), (*item)->entries.begin(), (*item)->entries.end());
  }

  // Each key once, where it first stood and with the value it last had.
  Entries unique(const Entries& entries, bool warn) {
    Entries result;
    result.reserve(entries.size());
    std::unordered_map<std::string_view, std::size_t> index;
    const bool few = entries.size() <= 8;  // then they are compared with one another
    const auto position = [&](const std::string& key) {
      if (!few) return index.emplace(key, result.size()).first->second;
      const auto same =
          std::ranges::find(result, key, [](const auto& entry) -> const std::string& { return entry.first->text; });
      return static_cast<std::size_t>(same - result.begin());
    };
    for (const auto& entry : entries) {
      const std::size_t at = position(entry.first->text);
      if (at == result.size()) {
        result.push_back(entry);
        continue;
      }
      if (warn)
        problems_.warn(entry.first->place, fmt::format("'{}' is already set on line {}: only this last one counts",
                                                       entry.first->text, result[at].first->place.line));
      result[at] = entry;
    }
    return result;
  }

  const std::string* file_;
  Document& document_;
  Problems& problems_;
  std::vector<OpenNode> open_;
  std::map<YAML::anchor_t, Node*> anchors_;
};

// Whether the tree, every alias spelled out, has at most `left` nodes.
bool bearable(const Node& node, std::size_t& left) {
  if (left == 0) return false;
  --left;
  return std::all_of(node.items.begin(), node.items.end(), [&](auto* item) { return bearable(*item, left); }) &&
         std::all_of(node.entries.begin(), node.entries.end(),
                     [&](const auto& entry) { return bearable(*entry.second, left); });
}

// Reads the string in place, where std::istringstream would copy it.
class StringBuffer : public std::streambuf {
 public:
  explicit StringBuffer(const std::string& text) {
    char* begin = const_cast<char*>(text.data());  // NOLINT: only ever read
    setg(begin, begin, begin + text.size());
  }
};

// What a slip that is made again and again looks like, in the words of those who write such files. `number` counts from
// 0.
std::string_view advice(std::string_view text, int number, std::string_view message) {
  for (; number > 0 && !text.empty(); --number) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::string_view indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  const auto has = [message](std::string_view words) { return message.find(words) != std::string_view::npos; };
  if (indent.find('\t') != std::string_view::npos) return "; there is a tab in the indent: YAML takes spaces alone";
  if (has("illegal map value")) return "; a text that has ': ' in it needs quotes";
  if (has("end of sequence") || has("end of map")) return "; this line is not indented as those that it belongs to";
  if (has("unknown escape")) return "; in double quotes a backslash begins an escape: single ones leave it";
  return "";
}

}  // namespace

std::optional<Document> parse(const std::string& text, const std::string& file, Problems& problems) {
  const std::size_t errors_before = problems.errors().size();
  Document document;
  try {
    TreeBuilder builder(file, document, problems);
    StringBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser;
    const bool quick = read_quickly(text, builder);
    if (!quick) parser.Load(stream);
    if (!quick && parser.HandleNextDocument(builder)) {
      Document second;
      TreeBuilder ignored(file, second, problems);
      if (parser.HandleNextDocument(ignored) && second.root)
        problems.error(second.root->place, "a second YAML document ('---') in one file");
    }
  } catch (const YAML::Exception& e) {
    problems.error(problems.in(file, e.mark.line + 1, e.mark.column + 1),
                   fmt::format("not valid YAML: {}{}", e.msg, advice(text, e.mark.line, e.msg)));
  }
  std::size_t left = most_nodes;
  if (document.root && problems.errors().size() == errors_before && !bearable(*document.root, left))
    problems.error(document.root->place, "the aliases in this file stand for too much");
  if (problems.errors().size() > errors_before) return std::nullopt;
  return document;
}

namespace {

Value to_value(const Node& node, bool unsafe) {
  unsafe = unsafe || node.tag == "!unsafe";  // a list or mapping so tagged passes it on
  switch (node.kind) {
    case Node::Kind::list: {
      Value list = Value::array();
      for (const Node* item : node.items) list.push_back(to_value(*item, unsafe));
      return list;
    }
    case Node::Kind::map: {
      Value map = Value::object();
      for (const auto& [key, value] : node.entries) map[key_text(*key)] = to_value(*value, unsafe);
      return map;
    }
    case Node::Kind::scalar:
      break;
  }
  if (node.tag == "!vault" || node.tag == "!vault-encrypted") return Value{{"__ansible_vault", node.text}};
  // An explicit type is what the text is read as; `!!str 5` is the text "5".
  constexpr std::string_view standard = "tag:yaml.org,2002:";
  const bool typed = node.tag.starts_with(standard) && !node.tag.ends_with(":str") && !node.tag.ends_with(":binary");
  Value value = node.plain || typed ? plain_scalar(node.text) : Value(node.text);
  if (unsafe && value.is_string()) return Value{{"__ansible_unsafe", std::move(value)}};
  return value;
}

}  // namespace

Value to_value(const Node& node) { return to_value(node, false); }

std::string key_text(const Node& key) {
  const Value value = to_value(key);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string describe(const Node& node) {
  if (node.kind == Node::Kind::list) return "a list";
  if (node.kind == Node::Kind::map) return "a mapping";
  const Value value = to_value(node);
  if (value.is_null()) return "nothing";
  if (value.is_number()) return fmt::format("the number {}", node.text);
  if (value.is_boolean()) return fmt::format("the boolean {}", node.text);
  return fmt::format("the text '{}'", node.text);
}

}  // namespace cef::yaml

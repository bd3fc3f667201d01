// The structure. Source: PyYAML 6.0, emitter.py and representer.py.

#include "calls/yaml_writer.hpp"

#include "value/chars.hpp"
#include "value/operators.hpp"
#include "value/python_text.hpp"

#include <cef/core/utf8.hpp>

#include <algorithm>
#include <cmath>

namespace cef::expr {

namespace {

// What is no text when it stands without quotes: YAML 1.1's other types.
constexpr std::string_view other_types =
    "yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|~|null|Null|NULL|<<|=|!|&|\\*"
    "|[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+"
    "|[-+]?(?:[0-9][0-9_]*)\\.[0-9_]*(?:[eE][-+][0-9]+)?|\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    "|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)"
    "|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
    "(?:\\.[0-9]*)?(?:[ \\t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?";

std::u32string characters(std::string_view text) {
  std::u32string all;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = decode(text.substr(i));
    all += c.code;
    i += c.size;
  }
  return all;
}

}  // namespace

YamlWriter::YamlWriter(const YamlStyle& style, Budget& budget)
    : style_(style), budget_(budget), other_types_(other_types, false, false) {}

std::string YamlWriter::run(const Any& any) {
  if (style_.explicit_start) {
    write_indent();
    indicator("---", true);
  }
  Position position;
  position.root = true;
  node(any, position);
  write_indent();
  return std::move(out_);
}

void YamlWriter::node(const Any& any, Position position) {
  require_defined(any);
  budget_.step();
  if (++depth_ > 200) fail("the value contains itself, or is nested too deeply");
  if (any.is_list())
    list(any, position);
  else if (any.is_dict())
    dict(any);
  else
    scalar(any, position);
  --depth_;
}

// Without a choice: where no item is a structure itself, or a text that needs another style.
bool YamlWriter::flows(const Any& any) const {
  if (flow_level_ > 0) return true;
  const bool empty = any.is_list() ? any.list().size() == 0 : any.dict().size() == 0;
  if (empty) return true;
  if (style_.flow) return *style_.flow;
  const auto simple = [](const Any& item) { return !item.is_list() && !item.is_dict(); };
  if (any.is_list()) {
    const Items& items = any.list().items();
    return std::all_of(items.begin(), items.end(), simple);
  }
  const auto& entries = any.dict().entries();
  return std::all_of(entries.begin(), entries.end(),
                     [&](const Dict::Entry& entry) { return simple(entry.first) && simple(entry.second); });
}

void YamlWriter::list(const Any& any, Position position) {
  const Items& items = any.list().items();
  if (flows(any)) {
    indicator("[", true, true);
    ++flow_level_;
    increase_indent(true);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) indicator(",", false);
      if (column_ > style_.width) write_indent();
      node(items[i], {});
    }
    decrease_indent();
    --flow_level_;
    indicator("]", false);
    return;
  }
  increase_indent(false, position.mapping && !indention_);
  for (const Any& item : items) {
    write_indent();
    indicator("-", true, false, true);
    node(item, {});
  }
  decrease_indent();
}

std::vector<Dict::Entry> YamlWriter::sorted(Dict& dict) {
  std::vector<Dict::Entry> entries = dict.entries();
  if (!style_.sort_keys) return entries;
  try {
    auto ordered = entries;
    std::stable_sort(ordered.begin(), ordered.end(),
                     [&](const Dict::Entry& a, const Dict::Entry& b) { return order(a.first, b.first, budget_) < 0; });
    return ordered;
  } catch (const Fault& fault) {
    if (fault.problem.kind != Problem::Kind::evaluation) throw;
    return entries;  // keys of several types have no order
  }
}

void YamlWriter::dict(const Any& any) {
  Position key_position, value_position;
  key_position.simple_key = key_position.mapping = value_position.mapping = true;
  if (flows(any)) {
    indicator("{", true, true);
    ++flow_level_;
    increase_indent(true);
    bool first = true;
    for (const auto& [key, value] : sorted(any.dict())) {
      if (!first) indicator(",", false);
      first = false;
      if (column_ > style_.width) write_indent();
      if (is_simple_key(key)) {
        node(key, key_position);
        indicator(":", false);
      } else {
        indicator("?", true);
        node(key, value_position);
        if (column_ > style_.width) write_indent();
        indicator(":", true);
      }
      node(value, value_position);
    }
    decrease_indent();
    --flow_level_;
    indicator("}", false);
    return;
  }
  increase_indent(false);
  for (const auto& [key, value] : sorted(any.dict())) {
    write_indent();
    if (is_simple_key(key)) {
      node(key, key_position);
      indicator(":", false);
    } else {
      indicator("?", true, false, true);
      node(key, value_position);
      write_indent();
      indicator(":", true, false, true);
    }
    node(value, value_position);
  }
  decrease_indent();
}

std::string YamlWriter::plain_text(const Any& any, bool& is_text) const {
  is_text = any.is_text();
  switch (any.kind()) {
    case Any::Kind::absent:
    case Any::Kind::none:
      return "null";
    case Any::Kind::boolean:
      return any.flag() ? "true" : "false";
    case Any::Kind::real: {
      const double number = any.real_number();
      if (std::isnan(number)) return ".nan";
      if (std::isinf(number)) return number < 0 ? "-.inf" : ".inf";
      std::string text = float_text(number);
      if (const std::size_t e = text.find('e'); e != std::string::npos && text.find('.') == std::string::npos)
        text.insert(e, ".0");
      return text;
    }
    case Any::Kind::object:
      fail("cannot represent an object of type {}", type_name(any));
    default:
      return text_of(any, budget_);
  }
}

bool YamlWriter::is_simple_key(const Any& key) const {
  if (key.is_list()) return key.list().size() == 0;
  bool is_text = false;
  const std::u32string text = characters(plain_text(key, is_text));
  const Analysis analysis = analyse(text);
  return text.size() < 128 && !analysis.multiline;
}

void YamlWriter::scalar(const Any& any, Position position) {
  increase_indent(true);
  bool is_text = false;
  const std::string bytes = plain_text(any, is_text);
  budget_.bytes(bytes.size());
  const std::u32string text = characters(bytes);
  const Analysis analysis = analyse(text);
  const bool implicit = !is_text || !(bytes.empty() || other_types_.find(bytes, Pattern::Where::whole));
  const bool split = !position.simple_key;
  const bool may_be_plain = flow_level_ > 0 ? analysis.flow_plain : analysis.block_plain;
  if (implicit && may_be_plain && !(position.simple_key && (analysis.empty || analysis.multiline)))
    plain(text, split);
  else if (analysis.single_quoted && !(position.simple_key && analysis.multiline))
    single_quoted(text, split);
  else
    double_quoted(text, split);
  decrease_indent();
}

void YamlWriter::increase_indent(bool flow, bool indentless) {
  indents_.push_back(indent_);
  if (indent_ < 0)
    indent_ = flow ? style_.indent : 0;
  else if (!indentless)
    indent_ += style_.indent;
}

void YamlWriter::decrease_indent() {
  indent_ = indents_.back();
  indents_.pop_back();
}

}  // namespace cef::expr

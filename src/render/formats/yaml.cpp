// The JSON document as YAML that parsers of version 1.1 (PyYAML, yaml-cpp) and 1.2 read back alike.
// Source: YAML 1.2.2, 7.3 (flow scalars) and 8.1 (block scalars); YAML 1.1's types for what must be quoted.
#include "formats.hpp"
#include "in_order.hpp"
#include "rows.hpp"

#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace cef::render {

namespace {

// Words that a parser of either version takes for something other than text.
bool is_reserved(std::string_view text) {
  constexpr std::array<std::string_view, 9> words{"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  return std::ranges::find(words, lower(text)) != words.end();
}

// Only what is beyond doubt: begins with a letter or a slash, goes on with harmless ASCII, and no word of the language.
bool is_plain(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_harmless = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || std::string_view(" _-./+()%=@").find(c) != std::string_view::npos;
  };
  return !text.empty() && (is_letter(text.front()) || text.front() == '/') && text.back() != ' ' &&
         std::ranges::all_of(text, is_harmless) && !is_reserved(text);
}

// Text of several lines is written as it is when nothing in it could be changed by reading it back: every character
// printable, no line break but line feed, no space at the start of the first line, at most one line feed at the end.
bool is_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') return false;
  if (text.ends_with("\n\n")) return false;
  while (!text.empty()) {
    const Character c = decode(text);
    const bool is_break = c.code == 0x85 || c.code == 0x2028 || c.code == 0x2029;
    const bool is_control = (c.code < 0x20 && c.code != '\n') || (c.code >= 0x7F && c.code < 0xA0);
    if (!c.valid || is_break || is_control || c.code == 0xFEFF || (c.code & 0xFFFE) == 0xFFFE) return false;
    text.remove_prefix(c.size);
  }
  return true;
}

bool is_safe_to_see(std::string_view text) { return escape_controls(text) == text; }

// A JSON string is also a YAML one, once the characters that YAML does not print are escaped too.
std::string double_quoted(const std::string& text) {
  std::string out;
  const std::string json = dump(text);
  for (std::string_view rest = json; !rest.empty();) {
    const Character c = decode(rest);
    if (c.code == 0x2028)
      out += "\\L";
    else if (c.code == 0x2029)
      out += "\\P";
    else if (c.code == 0xFEFF)
      out += "\\uFEFF";
    else
      out += rest.substr(0, c.size);
    rest.remove_prefix(c.size);
  }
  return out;
}

std::string number(const Value& value) {
  std::string text = value.dump();
  // YAML 1.1 wants a point in a number with an exponent.
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

class Emitter {
 public:
  std::string emit(const Value& value) {
    node(value, 0, false);
    return std::move(out_);
  }
  // An element of a list that stands under a key of the document.
  std::string emit_element(const Value& value) {
    out_ = "  - ";
    node(value, 4, true);
    return std::move(out_);
  }

 private:
  // Writes `value` after its key or dash; a block begins on a new line unless it stands right after a dash.
  void node(const Value& value, std::size_t indent, bool after_dash) {
    if (value.is_string())
      text(value.get_ref<const std::string&>(), indent);
    else if (value.is_number())
      out_ += number(value) + '\n';
    else if (!value.is_structured() || value.empty())
      out_ += value.dump() + '\n';  // null, true, {} and [] are the same in YAML
    else if (value.is_object())
      map(value, indent, after_dash);
    else
      list(value, indent, after_dash);
  }

  void map(const Value& value, std::size_t indent, bool after_dash) {
    if (!after_dash && !out_.empty()) end_key();
    for (const auto& [key, child] : value.items()) {
      if (!std::exchange(after_dash, false)) out_.append(indent, ' ');
      out_ += (is_plain(key) ? key : double_quoted(key)) + ": ";
      node(child, indent + 2, false);
    }
  }

  void list(const Value& value, std::size_t indent, bool after_dash) {
    if (!after_dash && !out_.empty()) end_key();
    for (const Value& child : value) {
      if (!std::exchange(after_dash, false)) out_.append(indent, ' ');
      out_ += "- ";
      node(child, indent + 2, true);
    }
  }

  void end_key() { out_.back() = '\n'; }  // in place of the space after the colon

  void text(const std::string& text, std::size_t indent) {
    if (is_plain(text)) {
      out_ += text + '\n';
    } else if (is_block(text) && is_safe_to_see(text)) {
      out_ += text.ends_with('\n') ? "|\n" : "|-\n";
      for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (end > 0) out_.append(indent, ' ');
        out_ += rest.substr(0, end);
        out_ += '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    } else {
      out_ += double_quoted(text) + '\n';
    }
  }

  std::string out_;
};

// As in JSON, what is known only at the end stands there.
class Yaml : public Renderer {
 public:
  Yaml(Plan plan, Writer write)
      : plan_(std::move(plan)),
        write_(std::move(write)),
        order_(plan_, [this](std::string text) { add(std::move(text)); }) {}

  void result(const HostResult& result) override {
    if (!order_.possible()) return;
    order_.add(result.host, is_shown(plan_.view, result) ? std::optional(element(result)) : std::nullopt);
  }

  void finish(const Report& report) override {
    if (!order_.possible())
      for (const Row& row : rows(plan_, {}, report)) add(element(*row.result));
    Value rest = to_json_head(report);
    rest.erase("schema");
    rest["summary"] = to_json(summarise(report));
    write_((begun_ ? "" : std::string(begin) + " []\n") + Emitter().emit(rest));
  }

  bool needs_records() const override { return !order_.possible(); }

 private:
  static constexpr std::string_view begin = "schema: cef/1\nresults:";

  static std::string element(const HostResult& result) { return Emitter().emit_element(to_json(result)); }
  void add(std::string text) { write_((std::exchange(begun_, true) ? "" : std::string(begin) + '\n') + text); }

  Plan plan_;
  Writer write_;
  InOrder order_;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Renderer> make_yaml(Plan plan, Writer write) {
  return std::make_unique<Yaml>(std::move(plan), std::move(write));
}

}  // namespace cef::render

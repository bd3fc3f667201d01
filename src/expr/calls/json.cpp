// JSON, as Python's json module writes and reads it.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "value/operators.hpp"

#include <cef/core/utf8.hpp>

#include <algorithm>
#include <cmath>

namespace cef::expr {

namespace json_parts {
namespace {

struct Style {
  std::string indent;  // of one level
  bool lines = false;
  bool sort_keys = false;
  bool ascii = true;
  bool safe_in_html = false;
  std::string item_separator = ", ";
  std::string key_separator = ": ";
};

class Writer {
 public:
  Writer(const Style& style, Budget& budget) : style_(style), budget_(budget) {}

  std::string run(const Any& any) {
    write(any, 0);
    return std::move(out_);
  }

 private:
  void write(const Any& any, int depth) {
    budget_.step();
    if (depth > Budget::deepest) fail("the value contains itself, or is nested too deeply");
    switch (any.kind()) {
      case Any::Kind::absent:
      case Any::Kind::none:
        out_ += "null";
        break;
      case Any::Kind::undefined:
        fail_undefined(any);
      case Any::Kind::boolean:
        out_ += any.flag() ? "true" : "false";
        break;
      case Any::Kind::integer:
        out_ += fmt::format("{}", any.whole_number());
        break;
      case Any::Kind::real:
        out_ += real(any.real_number());
        break;
      case Any::Kind::text:
        text(any.text());
        break;
      case Any::Kind::list:
        list(any.list().items(), depth);
        break;
      case Any::Kind::dict:
        dict(any.dict(), depth);
        break;
      case Any::Kind::object:
        if (any.object()->type() != "datetime") fail("Object of type {} is not JSON serializable", type_name(any));
        text(any.object()->text());
    }
  }

  static std::string real(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    return float_text(number);
  }

  void text(std::string_view text) {
    const std::size_t before = out_.size();
    out_ += '"';
    for (std::size_t i = 0; i < text.size();) {
      const Character c = decode(text.substr(i));
      character(c, text.substr(i, c.size));
      i += c.size;
    }
    out_ += '"';
    budget_.bytes(out_.size() - before);
  }

  void character(const Character& c, std::string_view bytes) {
    constexpr std::string_view special = "\"\\\n\r\t\b\f", names = "\"\\nrtbf";
    const auto code = static_cast<std::uint32_t>(c.code);
    if (!c.valid) {
      out_ += style_.ascii ? fmt::format("\\udc{:02x}", static_cast<unsigned char>(bytes[0])) : std::string(bytes);
    } else if (const std::size_t i = code < 0x80 ? special.find(static_cast<char>(code)) : std::string_view::npos;
               i != std::string_view::npos) {
      (out_ += '\\') += names[i];
    } else if (code < 0x20 || (style_.safe_in_html && code < 0x80 &&
                               std::string_view("<>&'").find(static_cast<char>(code)) != std::string_view::npos)) {
      out_ += fmt::format("\\u{:04x}", code);
    } else if (code < 0x80 || !style_.ascii) {
      out_ += bytes;
    } else if (code < 0x10000) {
      out_ += fmt::format("\\u{:04x}", code);
    } else {
      const std::uint32_t rest = code - 0x10000;
      out_ += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10u), 0xdc00 + (rest & 0x3ffu));
    }
  }

  void line(int depth) {
    if (!style_.lines) return;
    out_ += '\n';
    budget_.bytes(style_.indent.size() * static_cast<std::size_t>(depth));
    for (int i = 0; i < depth; ++i) out_ += style_.indent;
  }

  void list(const Items& items, int depth) {
    out_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += style_.item_separator;
      line(depth + 1);
      write(items[i], depth + 1);
    }
    if (!items.empty()) line(depth);
    out_ += ']';
  }

  void dict(Dict& dict, int depth) {
    std::vector<Dict::Entry> entries = dict.entries();
    if (style_.sort_keys)
      std::stable_sort(entries.begin(), entries.end(), [&](const Dict::Entry& a, const Dict::Entry& b) {
        return order(a.first, b.first, budget_) < 0;
      });
    out_ += '{';
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_ += style_.item_separator;
      line(depth + 1);
      const Any& key = entries[i].first;
      if (key.is_list() || key.is(Any::Kind::object))
        fail("keys must be str, int, float, bool or None, not {}", type_name(key));
      text(key_text(key));
      out_ += style_.key_separator;
      write(entries[i].second, depth + 1);
    }
    if (!entries.empty()) line(depth);
    out_ += '}';
  }

  const Style& style_;
  Budget& budget_;
  std::string out_;
};

void read_indent(const Call& call, std::size_t i, Style& style) {
  if (call.empty(i)) return;
  style.lines = true;
  if (call[i].is_text()) {
    style.indent = call[i].text();
    return;
  }
  const std::int64_t width = call.whole(i);
  if (width > 100) fail("an indent of more than 100");
  style.indent = std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
}

void read_separators(const Call& call, std::size_t i, Style& style) {
  if (call.empty(i)) return;
  const Items both = call.items(i);
  if (both.size() != 2 || !both[0].is_text() || !both[1].is_text()) fail("separators are two texts");
  style.item_separator = both[0].text();
  style.key_separator = both[1].text();
}

// value indent sort_keys ensure_ascii separators
Any to_json(Call& call) {
  Style style;
  read_indent(call, 1, style);
  if (style.lines) style.item_separator = ",";
  style.sort_keys = call.flag(2);
  style.ascii = call.flag(3, true);
  read_separators(call, 4, style);
  return Writer(style, call.budget).run(call[0]);
}

Any to_nice_json(Call& call) {
  Style style;
  style.item_separator = ",";
  style.lines = true;
  style.indent = "    ";
  if (call.has(1)) {
    style.lines = false;
    read_indent(call, 1, style);
  }
  style.sort_keys = call.flag(2, true);
  style.ascii = call.flag(3, true);
  return Writer(style, call.budget).run(call[0]);
}

// Jinja's own one, made for pages.
Any tojson(Call& call) {
  Style style;
  read_indent(call, 1, style);
  if (style.lines) style.item_separator = ",";
  style.sort_keys = true;
  style.safe_in_html = true;
  return Writer(style, call.budget).run(call[0]);
}

/// Makes values of the events of the parser.
class Reader {
 public:
  explicit Reader(Budget& budget) : budget_(budget) {}

  Any result;
  std::string error;

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(std::int64_t value) { return put(value); }
  bool number_unsigned(std::uint64_t value) {
    return put(value > INT64_MAX ? Any(static_cast<double>(value)) : Any(static_cast<std::int64_t>(value)));
  }
  bool number_float(double value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(std::vector<std::uint8_t>&) { return false; }
  bool start_object(std::size_t) { return open(std::make_shared<Dict>()); }
  bool start_array(std::size_t) { return open(Items()); }
  bool key(std::string& name) {
    open_.back().key = name;
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t place, const std::string&, const nlohmann::detail::exception& exception) {
    const std::string_view what = exception.what();
    const std::size_t colon = what.find("; ");
    error = fmt::format("at byte {}{}", place,
                        colon == std::string_view::npos ? "" : fmt::format(": {}", what.substr(colon + 2)));
    return false;
  }

 private:
  struct Open {
    Any value;
    std::string key;
  };

  bool put(Any value) {
    budget_.step();
    budget_.bytes(sizeof(Any));
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().value.is_list()) {
      open_.back().value.list().items().push_back(std::move(value));
    } else {
      open_.back().value.dict().set(open_.back().key, std::move(value));
    }
    return true;
  }

  bool open(Any value) {
    if (open_.size() > 300) fail("the JSON is nested too deeply");
    open_.push_back({std::move(value), {}});
    return true;
  }

  bool close() {
    Any done = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(done));
  }

  Budget& budget_;
  std::vector<Open> open_;
};

Any from_json(Call& call) {
  const std::string text = call.text(0);
  call.budget.bytes(text.size());
  Reader reader(call.budget);
  if (!nlohmann::json::sax_parse(text, &reader)) fail("the text is no JSON {}", reader.error);
  return reader.result;
}

constexpr Function table[] = {
    {"to_json", to_json, "value indent? sort_keys? ensure_ascii? separators? vault_to_text? preprocess_unsafe?"},
    {"to_nice_json", to_nice_json, "value indent? sort_keys? ensure_ascii? vault_to_text? preprocess_unsafe?"},
    {"tojson", tojson, "value indent?"},
    {"from_json", from_json, "value"},
};

}  // namespace
}  // namespace json_parts

const Functions json_filters = json_parts::table;

}  // namespace cef::expr

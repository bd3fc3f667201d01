#include "value/python_text.hpp"

#include "budget.hpp"
#include "value/chars.hpp"

#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>

#include <cmath>

namespace cef::expr {

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string repr(std::string_view text) {
  const bool twofold = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = twofold ? '"' : '\'';
  std::string result(1, quote);
  for (std::size_t i = 0; i < text.size();) {
    const Character c = decode(text.substr(i));
    if (!c.valid)
      result += fmt::format("\\udc{:02x}", static_cast<unsigned char>(text[i]));
    else if (c.code == static_cast<unsigned char>(quote) || c.code == '\\')
      (result += '\\') += text[i];
    else if (c.code == '\n')
      result += "\\n";
    else if (c.code == '\r')
      result += "\\r";
    else if (c.code == '\t')
      result += "\\t";
    else if (is_printable(c.code))
      result += text.substr(i, c.size);
    else if (const auto code = static_cast<std::uint32_t>(c.code); code < 0x100)
      result += fmt::format("\\x{:02x}", code);
    else
      result += code < 0x10000 ? fmt::format("\\u{:04x}", code) : fmt::format("\\U{:08x}", code);
    i += c.size;
  }
  return result += quote;
}

namespace {

void add(std::string& out, const Any& any, Budget& budget, int depth) {
  budget.step();
  if (depth > Budget::deepest) fail("the value contains itself, or is nested too deeply");
  switch (any.kind()) {
    case Any::Kind::absent:
    case Any::Kind::none:
      out += "None";
      break;
    case Any::Kind::undefined:
      require_defined(any);
      break;
    case Any::Kind::boolean:
      out += any.flag() ? "True" : "False";
      break;
    case Any::Kind::integer:
      out += fmt::format("{}", any.whole_number());
      break;
    case Any::Kind::real:
      out += float_text(any.real_number());
      break;
    case Any::Kind::text: {
      const std::string quoted = repr(any.text());
      budget.bytes(quoted.size());
      out += quoted;
      break;
    }
    case Any::Kind::list: {
      const auto& items = any.list().items();
      const bool tuple = any.list().tuple();
      out += tuple ? '(' : '[';
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += ", ";
        add(out, items[i], budget, depth + 1);
      }
      if (tuple && items.size() == 1) out += ',';
      out += tuple ? ')' : ']';
      break;
    }
    case Any::Kind::dict: {
      out += '{';
      bool first = true;
      for (const auto& [key, item] : any.dict().entries()) {
        if (!first) out += ", ";
        first = false;
        add(out, key, budget, depth + 1);
        out += ": ";
        add(out, item, budget, depth + 1);
      }
      out += '}';
      break;
    }
    case Any::Kind::object:
      out += any.object()->text();
      break;
  }
}

}  // namespace

std::string repr(const Any& any, Budget& budget) {
  std::string out;
  add(out, any, budget, 0);
  return out;
}

std::string text_of(const Any& any, Budget& budget) { return any.is_text() ? any.text() : repr(any, budget); }

std::string key_text(const Any& key) {
  Budget budget{Limits{}};
  if (key.boolean()) return key.flag() ? "true" : "false";
  if (key.none()) return "null";
  return text_of(key, budget);
}

std::string shown(const Any& any, Budget& budget) {
  if (any.undefined()) return "undefined";
  return cut(escape_controls(repr(any, budget)), 60);
}

}  // namespace cef::expr

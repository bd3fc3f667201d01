// Python's two ways to format texts: `'%05d' % x` and `'{:>8}'.format(x)`.

#include "value/chars.hpp"
#include "value/operators.hpp"
#include "value/python_text.hpp"

#include <cef/core/utf8.hpp>

#include <cmath>
#include <cstdio>

namespace cef::expr {

namespace {

struct Spec {
  std::string fill = " ";
  char align = 0;  // < > ^ =
  char sign = '-';
  bool alternate = false;
  char group = 0;
  std::int64_t width = 0;
  std::int64_t precision = -1;
  char type = 0;
};

std::int64_t digits(std::string_view text, std::size_t& at) {
  std::int64_t number = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    number = number * 10 + (text[at] - '0');
    if (number > 1'000'000) fail("a width of more than a million in a format");
  }
  return number;
}

std::string padded(std::string text, const Spec& spec, char align, Budget& budget) {
  const auto width = static_cast<std::size_t>(spec.width);
  const std::size_t size = char_count(text);
  budget.bytes(width + text.size());
  if (size >= width) return text;
  const std::size_t missing = width - size;
  const auto fill = [&](std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += spec.fill;
    return all;
  };
  switch (align) {
    case '<':
      return text + fill(missing);
    case '^':
      return fill(missing / 2) + text + fill(missing - missing / 2);
    case '=': {
      const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ') ? 1 : 0;
      return text.substr(0, sign) + fill(missing) + text.substr(sign);
    }
    default:
      return fill(missing) + text;
  }
}

void group_digits(std::string& text, char group) {
  std::size_t begin = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ') ? 1 : 0;
  std::size_t end = begin;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  for (std::size_t i = end; i > begin + 3; i -= 3) text.insert(i - 3, 1, group);
}

std::string whole_text(std::int64_t number, const Spec& spec, char type) {
  const std::uint64_t size = number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  std::string text = type == 'x'   ? fmt::format("{:x}", size)
                     : type == 'X' ? fmt::format("{:X}", size)
                     : type == 'o' ? fmt::format("{:o}", size)
                     : type == 'b' ? fmt::format("{:b}", size)
                                   : fmt::format("{}", size);
  if (spec.alternate && type != 'd') text.insert(0, std::string{'0', type});
  if (number < 0) return '-' + text;
  return spec.sign == '-' ? text : spec.sign + text;
}

std::string real_text(double number, const Spec& spec, char type) {
  const int precision = static_cast<int>(spec.precision < 0 ? 6 : std::min<std::int64_t>(spec.precision, 400));
  std::string text;
  switch (type) {
    case 'e':
      text = fmt::format("{:.{}e}", number, precision);
      break;
    case 'E':
      text = fmt::format("{:.{}E}", number, precision);
      break;
    case 'g':
      text = fmt::format("{:.{}g}", number, precision);
      break;
    case 'G':
      text = fmt::format("{:.{}G}", number, precision);
      break;
    default:
      text = fmt::format("{:.{}f}", number, precision);
  }
  return text[0] == '-' || spec.sign == '-' ? text : spec.sign + text;
}

std::int64_t as_whole(const Any& value, char type) {
  require_defined(value);
  if (value.whole()) return value.whole_number();
  if (value.real() && (type == 'd' || type == 'i' || type == 'u') && std::fabs(value.real_number()) < 9e18)
    return static_cast<std::int64_t>(value.real_number());
  fail("%{} format: a number is required, not {}", type, type_name(value));
}

std::string percent_value(const Any& value, const Spec& spec, Budget& budget) {
  switch (spec.type) {
    case 's':
    case 'r':
    case 'a': {
      require_defined(value);
      const std::string text = spec.type == 's' ? text_of(value, budget) : repr(value, budget);
      if (spec.precision < 0) return text;
      const auto offsets = char_offsets(text);
      return text.substr(0, offsets[std::min(offsets.size() - 1, static_cast<std::size_t>(spec.precision))]);
    }
    case 'd':
    case 'i':
    case 'u':
      return whole_text(as_whole(value, 'd'), spec, 'd');
    case 'x':
    case 'X':
    case 'o':
      return whole_text(as_whole(value, spec.type), spec, spec.type);
    case 'c':
      if (value.is_text() && char_count(value.text()) == 1) return value.text();
      if (value.whole() && value.whole_number() >= 0 && value.whole_number() < 0x110000) {
        std::string text;
        append_utf8(text, static_cast<char32_t>(value.whole_number()));
        return text;
      }
      fail("%c requires int or char");
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      require_defined(value);
      if (!value.number()) fail("must be real number, not {}", type_name(value));
      return real_text(value.real_number(), spec, spec.type);
    default:
      fail("unsupported format character '{}'", spec.type);
  }
}

// `[[fill]align][sign][#][0][width][,][.precision][type]`
Spec parse_spec(std::string_view text) {
  Spec spec;
  std::size_t at = 0;
  const auto offsets = char_offsets(text.substr(0, std::min<std::size_t>(text.size(), 8)));
  const auto is_align = [&](std::size_t i) {
    return i < text.size() && std::string_view("<>^=").find(text[i]) != std::string_view::npos;
  };
  if (offsets.size() > 1 && is_align(offsets[1])) {
    spec.fill = text.substr(0, offsets[1]);
    at = offsets[1];
    spec.align = text[at++];
  } else if (is_align(0)) {
    spec.align = text[at++];
  }
  const auto take = [&](std::string_view any) {
    return at < text.size() && any.find(text[at]) != std::string_view::npos ? text[at++] : '\0';
  };
  if (const char sign = take("+- ")) spec.sign = sign;
  spec.alternate = take("#") != 0;
  if (take("0")) {
    if (!spec.align) spec.fill = "0", spec.align = '=';
  }
  spec.width = digits(text, at);
  spec.group = take(",_");
  if (take(".")) spec.precision = digits(text, at);
  spec.type = take("sdxXobeEfFgGc%");
  if (at != text.size()) fail("invalid format specifier '{}'", text);
  return spec;
}

std::string braced_value(const Any& value, std::string_view text, Budget& budget) {
  require_defined(value);
  Spec spec = parse_spec(text);
  if (value.is_text() || (!value.number() && text.empty())) {
    if (spec.type && spec.type != 's')
      fail("unknown format code '{}' for object of type '{}'", spec.type, type_name(value));
    std::string result = text_of(value, budget);
    if (spec.precision >= 0) {
      const auto offsets = char_offsets(result);
      result.resize(offsets[std::min(offsets.size() - 1, static_cast<std::size_t>(spec.precision))]);
    }
    return padded(std::move(result), spec, spec.align ? spec.align : '<', budget);
  }
  if (!value.number()) fail("unsupported format string passed to {}.__format__", type_name(value));
  if (value.boolean() && text.empty()) return value.flag() ? "True" : "False";
  std::string result;
  const bool real = spec.type ? std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos : value.real();
  if (spec.type == 's') fail("unknown format code 's' for object of type '{}'", type_name(value));
  if (!real) {
    if (!value.whole()) fail("unknown format code '{}' for object of type 'float'", spec.type);
    result = whole_text(value.whole_number(), spec, spec.type ? spec.type : 'd');
  } else if (spec.type == '%') {
    result = real_text(value.real_number() * 100, spec, 'f') + '%';
  } else if (!spec.type && spec.precision < 0) {
    result = float_text(value.real_number());
    if (spec.sign != '-' && result[0] != '-') result.insert(0, 1, spec.sign);
  } else {
    result = real_text(value.real_number(), spec, spec.type ? spec.type : 'g');
  }
  if (spec.group) group_digits(result, spec.group);
  return padded(std::move(result), spec, spec.align ? spec.align : '>', budget);
}

}  // namespace

std::string format_percent(std::string_view format, const Any& arguments, Budget& budget) {
  const Items all = arguments.is_list() && arguments.list().tuple() ? arguments.list().items() : Items{arguments};
  std::size_t used = 0;
  std::string result;
  const auto next = [&]() -> const Any& {
    if (used >= all.size()) fail("not enough arguments for format string");
    return all[used++];
  };
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      result += format[i];
      continue;
    }
    if (++i >= format.size()) fail("incomplete format");
    if (format[i] == '%') {
      result += '%';
      continue;
    }
    std::optional<Any> named;
    if (format[i] == '(') {
      const std::size_t end = format.find(')', i);
      if (end == std::string_view::npos) fail("incomplete format key");
      if (!arguments.is_dict()) fail("format requires a mapping");
      const Any* found = arguments.dict().find(format.substr(i + 1, end - i - 1));
      if (!found) fail("the format's mapping has no key '{}'", format.substr(i + 1, end - i - 1));
      named = *found;
      used = all.size();
      i = end + 1;
    }
    Spec spec;
    char align = '>';
    for (; i < format.size(); ++i) {
      const char c = format[i];
      if (c == '-')
        align = '<';
      else if (c == '+' || (c == ' ' && spec.sign != '+'))
        spec.sign = c;
      else if (c == '#')
        spec.alternate = true;
      else if (c == '0')
        spec.fill = "0";
      else if (c != ' ')
        break;
    }
    if (i < format.size() && format[i] == '*') {
      spec.width = as_whole(next(), 'd');
      if (spec.width < 0) align = '<', spec.width = -spec.width;
      if (spec.width > 1'000'000) fail("a width of more than a million in a format");
      ++i;
    } else {
      spec.width = digits(format, i);
    }
    if (i < format.size() && format[i] == '.') spec.precision = digits(format, ++i);
    while (i < format.size() && (format[i] == 'l' || format[i] == 'h' || format[i] == 'L')) ++i;
    if (i >= format.size()) fail("incomplete format");
    spec.type = format[i];
    const bool texts = spec.type == 's' || spec.type == 'r' || spec.type == 'a' || spec.type == 'c';
    if (align == '<' || texts) spec.fill = " ";
    if (spec.fill == "0") align = '=';
    std::string text = percent_value(named ? *named : next(), spec, budget);
    if (!texts && spec.precision > 0 && std::string_view("diuxXo").find(spec.type) != std::string_view::npos) {
      const std::size_t sign = text[0] == '-' || text[0] == '+' || text[0] == ' ' ? 1 : 0;
      while (text.size() - sign < static_cast<std::size_t>(spec.precision)) text.insert(sign, 1, '0');
    }
    result += padded(std::move(text), spec, align, budget);
  }
  if (used < all.size() && !arguments.is_dict()) fail("not all arguments converted during string formatting");
  budget.bytes(result.size());
  return result;
}

namespace {

// `0`, `name`, `name.attribute[item]`
Any field(std::string_view name, const Items& positional, const Named& named, std::size_t& next, Budget& budget) {
  const std::size_t end = std::min(name.size(), name.find_first_of(".["));
  const std::string_view first = name.substr(0, end);
  const Any* value = nullptr;
  if (first.empty() || (first[0] >= '0' && first[0] <= '9')) {
    std::size_t at = 0;
    const std::size_t i = first.empty() ? next++ : static_cast<std::size_t>(digits(first, at));
    if (i >= positional.size()) fail("replacement index {} out of range for positional args tuple", i);
    value = &positional[i];
  } else {
    for (const auto& [key, each] : named)
      if (key == first) value = &each;
    if (!value) fail("the format needs an argument '{}'", first);
  }
  Any result = *value;
  name.remove_prefix(end);
  while (!name.empty()) {
    const bool dot = name[0] == '.';
    const std::size_t close = dot ? std::min(name.size(), name.find_first_of(".[", 1)) : name.find(']');
    if (close == std::string_view::npos) fail("expected '}}' before end of string");
    const std::string_view part = name.substr(1, close - 1);
    std::size_t at = 0;
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    result = item(result, number ? Any(digits(part, at)) : Any(part), budget);
    require_defined(result);
    name.remove_prefix(close + (dot ? 0 : 1));
  }
  return result;
}

}  // namespace

std::string format_braces(std::string_view format, const Items& positional, const Named& named, Budget& budget) {
  std::string result;
  std::size_t next = 0;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    const bool twice = i + 1 < format.size() && format[i + 1] == c;
    if ((c == '{' || c == '}') && twice) {
      result += format[i++];
      continue;
    }
    if (c == '}') fail("single '}}' encountered in format string");
    if (c != '{') {
      result += c;
      continue;
    }
    const std::size_t end = format.find('}', i);
    if (end == std::string_view::npos) fail("single '{{' encountered in format string");
    std::string_view inside = format.substr(i + 1, end - i - 1);
    if (inside.find('{') != std::string_view::npos) fail("a format within a format is not supported: {}", inside);
    const std::size_t colon = inside.find(':');
    const std::string_view spec = colon == std::string_view::npos ? "" : inside.substr(colon + 1);
    inside = inside.substr(0, colon);
    const std::size_t bang = inside.find('!');
    const std::string_view conversion = bang == std::string_view::npos ? "" : inside.substr(bang + 1);
    Any value = field(inside.substr(0, bang), positional, named, next, budget);
    if (conversion == "r")
      value = repr(value, budget);
    else if (conversion == "s")
      value = text_of(value, budget);
    else if (!conversion.empty())
      fail("unknown conversion '{}' in a format", conversion);
    result += braced_value(value, spec, budget);
    i = end;
  }
  budget.bytes(result.size());
  return result;
}

}  // namespace cef::expr

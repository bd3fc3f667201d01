#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace cef::inventory {

namespace {

// One bracket's items, as they stand in the names; ranges are not spelled out until the count is known to be bearable.
struct Range {
  std::uint64_t first = 0, last = 0, step = 1;
  std::size_t width = 0;  // digits, when zero-padded
  bool letters = false;
  std::string_view word;  // an item that is no range stands for itself
  std::size_t count() const { return word.empty() ? static_cast<std::size_t>((last - first) / step) + 1 : 1; }
  std::string name(std::size_t i) const {
    if (!word.empty()) return std::string(word);
    const std::uint64_t value = first + i * step;
    return letters ? std::string(1, static_cast<char>(value)) : fmt::format("{:0{}}", value, width);
  }
};

struct Part {
  std::string_view literal;   // the text before the bracket
  std::vector<Range> ranges;  // empty for the text after the last bracket
};

bool is_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }
bool is_letter(std::string_view text) {
  return text.size() == 1 && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}
bool is_padded(std::string_view text) { return text.size() > 1 && text[0] == '0'; }
bool same_case(char a, char b) { return (a >= 'a') == (b >= 'a'); }

std::uint64_t to_number(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

class Expander {
 public:
  Expander(std::string_view text, std::size_t limit) : text_(text), limit_(limit) {}

  Result<std::vector<std::string>> run() {
    if (text_.empty()) return Unexpected(Error{Code::usage, "a host name is empty", ""});
    if (text_.find_first_of("[]") == std::string_view::npos) return std::vector{std::string(text_)};
    if (auto parsed = parse(); !parsed) return Unexpected(parsed.error());
    std::vector<std::string> names{""};
    for (const Part& part : parts_) multiply(names, part);
    return names;
  }

 private:
  Unexpected<Error> fail(std::size_t at, std::string_view why) const {
    return Unexpected(Error{Code::usage, fmt::format("'{}': {} (at character {})", text_, why, at + 1),
                            "host sets look like rpi[6401-6406,6471] or n[01-20/2]"});
  }

  Result<void> parse() {
    std::size_t total = 1;
    std::size_t at = 0;
    while (at <= text_.size()) {
      const std::size_t open = text_.find_first_of("[],", at);
      if (open == std::string_view::npos) {
        parts_.push_back({text_.substr(at), {}});
        return {};
      }
      if (text_[open] == ']') return fail(open, "']' without '['");
      if (text_[open] == ',') return fail(open, "a comma outside brackets");
      const std::size_t close = text_.find_first_of("[]", open + 1);
      if (close == std::string_view::npos) return fail(open, "'[' without ']'");
      if (text_[close] == '[') return fail(close, "'[' inside brackets");
      Part part{text_.substr(at, open - at), {}};
      std::size_t count = 0;
      for (std::size_t item = open + 1; item <= close;) {
        const std::size_t end = std::min(text_.find(',', item), close);
        auto range = parse_item(item, end);
        if (!range) return Unexpected(range.error());
        count += std::min(range->count(), limit_ + 1);
        part.ranges.push_back(*range);
        item = end + 1;
      }
      if (count > limit_ || total * count > limit_)
        return fail(open, fmt::format("more than {} names", limit_));  // both factors are at most limit + 1
      total *= count;
      parts_.push_back(std::move(part));
      at = close + 1;
    }
    return {};
  }

  // `a-b`, `a:b`, with `/step` or `:step`, or one word. An open start (`[:5]`) is 0, as Ansible has it.
  Result<Range> parse_item(std::size_t begin, std::size_t end) const {
    std::string_view item = text_.substr(begin, end - begin);
    if (item.empty())
      return fail(begin, text_[end] == ']' && text_[begin - 1] == '[' ? "empty brackets" : "empty item");
    const std::size_t dash = item.find_first_of("-:");
    if (dash == std::string_view::npos) {
      if (item.find('/') != std::string_view::npos) return fail(begin, "a step without a range");
      Range single;
      single.word = item;
      return single;
    }
    std::string_view first = item.substr(0, dash), last = item.substr(dash + 1), step;
    if (const std::size_t slash = last.find_first_of("/:"); slash != std::string_view::npos) {
      step = last.substr(slash + 1);
      last = last.substr(0, slash);
      if (!is_number(step) || step.size() > 18 || to_number(step) == 0)
        return fail(begin, fmt::format("the step '{}' is not a positive number", step));
    }
    if (first.empty() && item[dash] == ':') first = "0";
    Range range;
    if (!step.empty()) range.step = to_number(step);
    if (is_number(first) && is_number(last)) {
      if (first.size() > 18 || last.size() > 18) return fail(begin, "a number with more than 18 digits");
      if ((is_padded(first) || is_padded(last)) && first.size() != last.size())
        return fail(begin, fmt::format("'{}' and '{}' are padded to different widths", first, last));
      range.first = to_number(first), range.last = to_number(last);
      range.width = is_padded(first) ? first.size() : 0;
    } else if (is_letter(first) && is_letter(last) && same_case(first[0], last[0])) {
      range.letters = true;
      range.first = static_cast<unsigned char>(first[0]), range.last = static_cast<unsigned char>(last[0]);
    } else {
      return fail(begin, fmt::format("'{}' is not a range of numbers or letters", item));
    }
    if (range.first > range.last) return fail(begin, fmt::format("the range {} runs backwards", item));
    return range;
  }

  static void multiply(std::vector<std::string>& names, const Part& part) {
    if (part.ranges.empty()) {
      for (std::string& name : names) name += part.literal;
      return;
    }
    std::vector<std::string> endings;
    for (const Range& range : part.ranges)
      for (std::size_t i = 0; i < range.count(); ++i) endings.push_back(range.name(i));
    std::vector<std::string> products;
    products.reserve(names.size() * endings.size());
    for (const std::string& name : names)
      for (const std::string& ending : endings) {
        std::string& product = products.emplace_back();
        product.reserve(name.size() + part.literal.size() + ending.size());
        product.append(name).append(part.literal).append(ending);
      }
    names = std::move(products);
  }

  std::string_view text_;
  std::size_t limit_;
  std::vector<Part> parts_;
};

}  // namespace

Result<std::vector<std::string>> expand(std::string_view text, std::size_t limit) {
  return Expander(text, limit).run();
}

}  // namespace cef::inventory

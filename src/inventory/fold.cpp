// Names to host sets. The rules are those of ClusterShell's nodeset, which the tests compare with: boxes as large as
// can be, numbers of one length after those of a shorter one, steps from four numbers on.
#include "boxes.hpp"

#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace cef::inventory {

namespace {

constexpr std::uint64_t shortest_step = 3;  // so many steps are written as one range: `1-7/2`

// A name taken apart: `rack1-rpi07` has the literals `rack`, `-rpi`, `` and the numbers 1 and 07.
struct Name {
  std::vector<std::string_view> literals;  // one more than numbers
  std::vector<Number> numbers;
};

Name take_apart(std::string_view text) {
  Name name;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    Number number;
    for (; end < text.size() && is_digit(text[end]); ++end)
      number.value = number.value * 10 + static_cast<std::uint64_t>(text[end] - '0');
    number.digits = end - i;
    if (number.digits <= 18) {  // what fits 64 bits; longer runs stay part of the literal
      name.literals.push_back(text.substr(start, i - start));
      name.numbers.push_back(number);
      start = end;
    }
    i = end;
  }
  name.literals.push_back(text.substr(start));
  return name;
}

// The numbers of one bracket as ranges. A range that begins padded goes on as long as its numbers have that length, and
// one that does not, until a padded number comes.
class Ranges {
 public:
  std::string show(const Numbers& numbers) {
    for (const Number& number : numbers) {
      if (first_ && (width_ ? number.digits == width_ : !number.is_padded())) {
        const std::uint64_t step = number.value - last_.value;
        if (step_ && *step_ != step) {
          const bool whole = is_range();
          flush(whole ? 0 : 1);
          if (whole) {
            begin(number);
            continue;
          }
          first_ = last_;
        }
        step_ = step;
        last_ = number;
        continue;
      }
      flush(0);
      begin(number);
    }
    flush(0);
    return std::move(text_);
  }

 private:
  bool is_range() const { return !step_ || *step_ == 1 || last_.value - first_->value >= shortest_step * *step_; }

  void begin(const Number& number) {
    first_ = last_ = number;
    width_ = number.is_padded() ? number.digits : 0;
    step_.reset();
  }

  // What has come; of numbers that make no range, all but the last `kept`.
  void flush(std::uint64_t kept) {
    if (!first_) return;
    const auto add = [&](std::uint64_t value) {
      text_ += fmt::format("{}{:0{}}", text_.empty() ? "" : ",", value, width_);
    };
    if (!is_range()) {
      for (std::uint64_t value = first_->value; value <= last_.value - kept * *step_; value += *step_) add(value);
      return;
    }
    add(first_->value);
    if (step_) text_ += fmt::format("-{:0{}}", last_.value, width_);
    if (step_.value_or(1) != 1) text_ += fmt::format("/{}", *step_);
  }

  std::string text_;
  std::optional<Number> first_;
  Number last_;
  std::size_t width_ = 0;  // of padded numbers; 0: they are not
  std::optional<std::uint64_t> step_;
};

std::string show(const std::vector<std::string_view>& literals, const Box& box) {
  std::string text;
  for (std::size_t i = 0; i < box.size(); ++i) {
    text += literals[i];
    text += box[i].size() > 1 ? fmt::format("[{}]", Ranges().show(box[i])) : Ranges().show(box[i]);
  }
  return text.append(literals.back());
}

}  // namespace

std::string fold(std::span<const std::string> names) {
  struct Family {  // names with the same literals
    std::vector<std::string_view> literals;
    std::vector<std::vector<Number>> points;
  };
  std::unordered_set<std::string_view> seen;
  std::unordered_map<std::string, std::size_t> index;
  std::vector<Family> families;  // in order of first appearance
  for (const std::string& text : names) {
    if (!seen.insert(text).second) continue;
    Name name = take_apart(text);
    std::string key;
    for (const std::string_view literal : name.literals)
      key.append(std::to_string(literal.size())).append(":").append(literal);
    const auto [found, is_new] = index.emplace(std::move(key), families.size());
    if (is_new) families.push_back({std::move(name.literals), {}});
    families[found->second].points.push_back(std::move(name.numbers));
  }
  std::vector<std::string> parts;
  for (const Family& family : families)
    for (const Box& box : boxes_of(family.points)) parts.push_back(show(family.literals, box));
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace cef::inventory

#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace cef::inventory {

namespace {

struct Number {
  std::uint64_t value = 0;
  std::size_t width = 0;  // digits when zero-padded, else 0
  auto operator<=>(const Number&) const = default;
};

// A name taken apart: `rack1-rpi07` has the literals `rack`, `-rpi`, `` and the numbers 1 and 07.
struct Name {
  std::vector<std::string_view> literals;  // one more than numbers
  std::vector<std::string_view> digits;
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
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end - i <= 18) {  // what fits 64 bits; longer runs stay part of the literal
      name.literals.push_back(text.substr(start, i - start));
      name.digits.push_back(text.substr(i, end - i));
      start = end;
    }
    i = end;
  }
  name.literals.push_back(text.substr(start));
  return name;
}

// Names with the same literals. `10` belongs to a padded range (`08-10`) only where a padded number of its length is
// seen at the same place, else to an unpadded one (`9-10`).
struct Family {
  std::vector<Name> names;

  void read_numbers() {
    for (std::size_t at = 0; at + 1 < names.front().literals.size(); ++at) {
      std::set<std::size_t> padded;
      for (const Name& name : names)
        if (name.digits[at].size() > 1 && name.digits[at][0] == '0') padded.insert(name.digits[at].size());
      for (Name& name : names) {
        Number number;
        for (const char c : name.digits[at]) number.value = number.value * 10 + static_cast<std::uint64_t>(c - '0');
        if (padded.contains(name.digits[at].size())) number.width = name.digits[at].size();
        name.numbers.push_back(number);
      }
    }
  }
};

std::string show(Number number) { return fmt::format("{:0{}}", number.value, number.width); }

std::string show(const std::set<std::uint64_t>& values, std::size_t width) {
  if (values.size() == 1) return show(Number{*values.begin(), width});
  std::string text = "[";
  for (auto first = values.begin(); first != values.end();) {
    auto last = first;
    for (auto next = std::next(first); next != values.end() && *next == *last + 1; ++next) last = next;
    if (text.size() > 1) text += ',';
    text += show(Number{*first, width});
    if (last != first) text += '-' + show(Number{*last, width});
    first = std::next(last);
  }
  return text + ']';
}

using Axes = std::vector<std::set<std::uint64_t>>;

std::string show(const Name& pattern, const Axes& axes) {
  std::string text;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    text += pattern.literals[i];
    text += show(axes[i], pattern.numbers[i].width);
  }
  return text.append(pattern.literals.back());
}

Axes axes_of(const std::vector<const Name*>& names) {
  Axes axes(names.front()->numbers.size());
  for (const Name* name : names)
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i].insert(name->numbers[i].value);
  return axes;
}

// Names that differ in nothing but values: one text when they are a full product, else one for each combination of the
// numbers before (and after) the last that varies.
void show_bucket(const std::vector<const Name*>& names, std::vector<std::string>& parts) {
  const Axes axes = axes_of(names);
  std::size_t product = 1;
  std::size_t last_varying = 0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (product <= names.size()) product *= axes[i].size();
    if (axes[i].size() > 1) last_varying = i;
  }
  if (product == names.size()) {
    parts.push_back(show(*names.front(), axes));
    return;
  }
  std::map<std::vector<std::uint64_t>, std::size_t> index;
  std::vector<std::vector<const Name*>> rows;
  for (const Name* name : names) {
    std::vector<std::uint64_t> rest;
    for (std::size_t i = 0; i < axes.size(); ++i)
      if (i != last_varying) rest.push_back(name->numbers[i].value);
    const auto [found, is_new] = index.emplace(std::move(rest), rows.size());
    if (is_new) rows.emplace_back();
    rows[found->second].push_back(name);
  }
  for (const auto& row : rows) parts.push_back(show(*row.front(), axes_of(row)));
}

}  // namespace

std::string fold(std::span<const std::string> names) {
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
    if (is_new) families.emplace_back();
    families[found->second].names.push_back(std::move(name));
  }
  std::vector<std::string> parts;
  for (Family& family : families) {
    family.read_numbers();
    std::map<std::vector<std::size_t>, std::size_t> by_width;
    std::vector<std::vector<const Name*>> buckets;
    for (const Name& name : family.names) {
      std::vector<std::size_t> widths;
      for (const Number& number : name.numbers) widths.push_back(number.width);
      const auto [found, is_new] = by_width.emplace(std::move(widths), buckets.size());
      if (is_new) buckets.emplace_back();
      buckets[found->second].push_back(&name);
    }
    for (const auto& bucket : buckets) show_bucket(bucket, parts);
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace cef::inventory

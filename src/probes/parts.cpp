#include "parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace cef::probes {

namespace {

constexpr std::string_view blanks = " \t\r";

template <class T>
std::optional<T> whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Parts parts(std::string_view text) {
  Parts found;
  Lines* part = nullptr;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > 2 && line.front() == '=' && line.back() == '=' &&
        std::isalpha(static_cast<unsigned char>(line[1])))
      part = &found[line.substr(1, line.size() - 2)];
    else if (part && !line.empty())
      part->push_back(line);
  }
  return found;
}

Lines words(std::string_view line) {
  Lines found;
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) found.push_back(word);
  return found;
}

Lines split(std::string_view text, char separator) {
  Lines found;
  for (;;) {
    const auto end = text.find(separator);
    found.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return found;
    text.remove_prefix(end + 1);
  }
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  return word;
}

std::optional<std::int64_t> integer(std::string_view text) { return whole<std::int64_t>(text); }

std::optional<double> number(std::string_view text) {
  const auto value = whole<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;  // "inf" and "nan" are words here
}

Value text_or_null(std::string_view text) { return text.empty() ? Value(nullptr) : Value(std::string(text)); }

double rounded(double value, int places) {
  const double scale = std::pow(10, places);
  return std::round(value * scale) / scale;
}

Unexpected<Error> unexpected(std::string message) {
  return Unexpected(Error{Code::unexpected_output, std::move(message), ""});
}

Unexpected<Error> unexpected_line(std::string_view where, std::string_view line) {
  return unexpected(fmt::format("{} has a line that is not understood: '{}'", where, line.substr(0, 120)));
}

}  // namespace cef::probes

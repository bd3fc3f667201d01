// What the parsers share: output in named parts, and numbers that are either whole or not there.
#pragma once

#include <cef/core/result.hpp>
#include <cef/core/text.hpp>
#include <cef/core/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::probes {

using Lines = std::vector<std::string_view>;
using Parts = std::map<std::string_view, Lines>;

/// Lines by the `=name=` line before them; empty ones are left out, and so is what stands before the first name.
Parts parts(std::string_view text);

/// What stands between blanks (spaces and tabs).
Lines words(std::string_view line);
Lines split(std::string_view text, char separator);
/// Takes the first word off `line`, and the blanks after it.
std::string_view take_word(std::string_view& line);

/// The number that `text` is from its first to its last character; nothing for any other text, or one out of range.
std::optional<std::int64_t> integer(std::string_view text);
std::optional<double> number(std::string_view text);

template <class T>
Value or_null(const std::optional<T>& value) {
  return value ? Value(*value) : Value(nullptr);
}
/// Null when there is nothing.
Value text_or_null(std::string_view text);
/// To so many decimal places: more would pretend to know more than the counter behind it does.
double rounded(double value, int places);

Unexpected<Error> unexpected(std::string message);
/// For a line that is not as it should be; it is shown, cut to a length that fits a message.
Unexpected<Error> unexpected_line(std::string_view where, std::string_view line);

}  // namespace cef::probes

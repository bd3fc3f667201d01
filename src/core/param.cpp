#include <cef/core/param.hpp>
#include <cef/core/size.hpp>
#include <cef/core/suggest.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace cef {

namespace {

constexpr auto boundless = std::numeric_limits<std::int64_t>::max();

Unexpected<Error> wrong(std::string_view where, std::string_view what, std::string_view hint) {
  return Unexpected(Error{Code::usage, fmt::format("{}: {}", where, what), std::string(hint)});
}

bool is_among(std::string_view choices, std::string_view text) {
  return !text.empty() && text.find(',') == std::string_view::npos &&
         fmt::format(",{},", choices).find(fmt::format(",{},", text)) != std::string::npos;
}

// `: did you mean 'iperf3'?`, or nothing.
std::string near_choice(const Param& param, std::string_view text) {
  std::vector<std::string> choices;
  for (std::string_view rest = param.choices; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    choices.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  const auto near = nearest(text, choices);
  return near ? fmt::format(": did you mean '{}'?", *near) : "";
}

}  // namespace

std::string spelled(std::string_view choices) {
  std::string text;
  while (!choices.empty()) {
    const auto comma = choices.find(',');
    const bool last = comma == std::string_view::npos;
    if (!text.empty()) text += last ? " or " : ", ";
    text += choices.substr(0, comma);
    choices.remove_prefix(last ? choices.size() : comma + 1);
  }
  return text;
}

std::string describe(const Param& param) {
  std::string text(param.help);
  if (param.kind == Param::Kind::choice) text = spelled(param.choices) + (text.empty() ? "" : ", " + text);
  if (!param.otherwise.empty()) text += fmt::format(" ({})", param.otherwise);
  return text;
}

Result<std::int64_t> read_number(const Param& param, std::string_view where, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= param.least && number <= param.most)
    return number;
  const std::string most = param.most == boundless ? "" : fmt::format(" to {}", param.most);
  return wrong(where, fmt::format("'{}' is not a whole number from {}{}", text, param.least, most), "");
}

Result<Milliseconds> read_duration(const Param& param, std::string_view where, std::string_view text) {
  const auto time = parse_duration(text);
  if (!time) return wrong(where, time.error().message, time.error().hint);
  if (time->count() >= param.least && time->count() <= param.most) return *time;
  const std::string least = show_duration(Milliseconds(param.least));
  return wrong(where,
               param.most == boundless ? fmt::format("'{}' is not a time of {} or more", text, least)
                                       : fmt::format("'{}' is not a time from {} to {}", text, least,
                                                     show_duration(Milliseconds(param.most))),
               "write 5s, 2.5s or 1m");
}

Result<std::int64_t> read_size(const Param& param, std::string_view where, std::string_view text) {
  const auto size = parse_size(text);
  if (!size) return wrong(where, size.error().message, size.error().hint);
  if (*size >= param.least) return *size;
  return wrong(where, fmt::format("'{}' is not a size of {} bytes or more", text, param.least), "write 8M or 500K");
}

Result<void> check(const Param& param, std::string_view where, std::string_view text) {
  const auto outcome = [](const auto& read) { return read ? Result<void>() : Unexpected(read.error()); };
  if (param.never_empty && text.empty()) return wrong(where, "it is empty", "leave it out for the default");
  switch (param.kind) {
    case Param::Kind::number:
      return outcome(read_number(param, where, text));
    case Param::Kind::duration:
      return outcome(read_duration(param, where, text));
    case Param::Kind::size:
      return outcome(read_size(param, where, text));
    case Param::Kind::choice:
      if (!is_among(param.choices, text))
        return wrong(where, fmt::format("'{}' is not {}{}", text, spelled(param.choices), near_choice(param, text)),
                     "");
      return {};
    default:
      return {};
  }
}

}  // namespace cef

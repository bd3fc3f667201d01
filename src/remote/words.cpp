#include "words.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace cef::remote {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end + 1));
  }
  return words;
}

std::optional<unsigned> mode_of(std::string_view text) {
  if (text.size() < 10 || text[0] != '-') return std::nullopt;
  unsigned mode = 0;
  for (std::size_t i = 1; i < 10; ++i) {
    const char c = text[i];
    mode = mode << 1 | static_cast<unsigned>(c != '-' && c != 'S' && c != 'T');
  }
  return mode;
}

Error taken_over(const std::string& dest) {
  return {Code::transfer_interrupted, fmt::format("{}: another transfer to it has taken over", dest),
          "it was begun later: look what the other one sends before this one is begun again"};
}

Error cannot_pace() {
  return {Code::unsupported_platform, "the host's dd cannot keep to a rate", "leave the rates out"};
}

std::string shown(std::string_view words) { return escape_controls(words.substr(0, 200)); }

std::string size_text(std::int64_t bytes) {
  const char* const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(units); ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, units[unit]);
}

}  // namespace cef::remote

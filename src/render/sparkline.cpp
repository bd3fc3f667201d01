#include <cef/render/sparkline.hpp>

#include <algorithm>
#include <cmath>

namespace cef::render {

std::string sparkline(const std::vector<std::optional<double>>& values, double least, double greatest) {
  constexpr const char* blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr double top = std::size(blocks) - 1;
  std::string text;
  for (const auto& value : values) {
    if (!value) {
      text += ' ';
      continue;
    }
    // All the same is neither high nor low.
    const double height = greatest > least ? (*value - least) / (greatest - least) : 0.5;
    text += blocks[std::lround(std::clamp(height, 0.0, 1.0) * top)];
  }
  return text;
}

}  // namespace cef::render

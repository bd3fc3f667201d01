#include "sparkline.hpp"

#include <algorithm>
#include <cmath>

namespace cef::cli {

std::string sparkline(const std::vector<store::Part>& parts, double least, double greatest) {
  constexpr const char* blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr double top = std::size(blocks) - 1;
  std::string text;
  for (const store::Part& part : parts) {
    if (part.count == 0) {
      text += ' ';
      continue;
    }
    // All the same is neither high nor low.
    const double height = greatest > least ? (part.mean() - least) / (greatest - least) : 0.5;
    text += blocks[std::lround(std::clamp(height, 0.0, 1.0) * top)];
  }
  return text;
}

}  // namespace cef::cli

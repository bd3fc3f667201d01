#include "page.hpp"

#include <utility>

namespace cef::cli::manual {

std::vector<Span> spans_of(std::string_view text) {
  std::vector<Span> spans;
  std::string plain;
  const auto add = [&](Span span) {
    if (!plain.empty()) spans.push_back({Span::Kind::plain, std::exchange(plain, {})});
    spans.push_back(std::move(span));
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest[0] == '`') {
      if (const auto end = rest.find('`', 1); end != std::string_view::npos && end > 1) {
        add({Span::Kind::code, std::string(rest.substr(1, end - 1))});
        at += end + 1;
        continue;
      }
    } else if (rest.starts_with("**")) {
      if (const auto end = rest.find("**", 2); end != std::string_view::npos && end > 2) {
        add({Span::Kind::strong, std::string(rest.substr(2, end - 2))});
        at += end + 2;
        continue;
      }
    } else if (rest[0] == '[') {
      const auto middle = rest.find("](");
      const auto end = rest.find(')', middle == std::string_view::npos ? middle : middle + 2);
      const auto other = rest.find('[', 1);
      if (end != std::string_view::npos && (other == std::string_view::npos || other > middle)) {
        std::string name(rest.substr(1, middle - 1));
        std::erase(name, '`');
        add({Span::Kind::link, std::move(name), std::string(rest.substr(middle + 2, end - middle - 2))});
        at += end + 1;
        continue;
      }
    }
    plain += rest[0];
    ++at;
  }
  if (!plain.empty()) spans.push_back({Span::Kind::plain, std::move(plain)});
  return spans;
}

}  // namespace cef::cli::manual

// A selector a line.
#include "fleet.hpp"
#include "fuzz.hpp"

#include <cef/inventory/selector.hpp>

#include <sstream>

using namespace cef::inventory;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  if (text.find('@') != std::string::npos) return 0;  // names files
  std::istringstream lines(text);
  std::vector<Selector> selectors;
  for (std::string word; std::getline(lines, word);) {
    auto selector = parse_selector(word, [&]() -> cef::Result<std::string> { return text; });
    if (selector)
      selectors.push_back(std::move(*selector));
    else
      require(!selector.error().message.empty());
  }
  const auto hosts = select(fleet(), selectors, {});
  if (!hosts) require(!hosts.error().message.empty());
  return 0;
}

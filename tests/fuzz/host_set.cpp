#include "fuzz.hpp"

#include <cef/inventory/host_set.hpp>

#include <algorithm>
#include <vector>

using namespace cef::inventory;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto names = expand(text_of(data, size), 2000);
  if (!names) {
    require(!names.error().message.empty());
    return 0;
  }
  // What fold() writes means the same hosts, unless the names themselves hold what has a meaning there.
  for (const std::string& name : *names)
    if (name.empty() || name.find_first_of("[],") != std::string::npos) return 0;
  std::string folded = fold(*names);
  std::vector<std::string> again, parts{""};
  bool inside = false;
  for (const char c : folded) {
    if (c == '[') inside = true;
    if (c == ']') inside = false;
    if (c == ',' && !inside)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  for (const std::string& part : parts) {
    const auto more = expand(part);
    require(more.has_value());
    again.insert(again.end(), more->begin(), more->end());
  }
  auto wanted = *names;
  for (auto* list : {&wanted, &again}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  require(again == wanted);
  return 0;
}

#include "limit.hpp"

#include "fleet.hpp"
#include "fuzz.hpp"

#include <algorithm>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string pattern = text_of(data, size);
  if (pattern.find('@') != std::string::npos) return 0;  // names files
  const auto hosts = cef::inventory::match_limit(fleet(), pattern);
  if (!hosts)
    require(!hosts.error().message.empty());
  else
    require(std::is_sorted(hosts->begin(), hosts->end()) && (hosts->empty() || hosts->back() < fleet().hosts().size()));
  return 0;
}

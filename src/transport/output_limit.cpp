#include "output_limit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::transport {

std::string_view OutputLimit::take(std::string_view bytes) {
  if (!streams_.keeps_output && !streams_.limits_output) return bytes;
  std::size_t room = streams_.output_limit - taken_;
  OutputTotal* const total = streams_.total.get();
  if (total) {
    const std::size_t share = output_share - std::min(output_share, taken_);
    const std::size_t common = std::max(share, total->limit - std::min(total->limit, total->used));
    by_others_ = by_others_ || (common < room && bytes.size() > common);
    room = std::min(room, common);
  }
  passed_ = passed_ || bytes.size() > room;
  bytes = bytes.substr(0, room);
  taken_ += bytes.size();
  if (total) total->used += bytes.size();
  return bytes;
}

Error OutputLimit::error(std::string_view fate) const {
  if (!by_others_)
    return {Code::output_limit, fmt::format("the command wrote more than {} bytes{}", streams_.output_limit, fate), ""};
  return {Code::output_limit,
          fmt::format("the hosts together wrote more than {} bytes, {} of them this one{}", streams_.total->limit,
                      taken_, fate),
          ""};
}

}  // namespace cef::transport

// What a host runs to send a file; the dialogue with it is in pull_talk.hpp.
#pragma once

#include <cef/remote/transfer.hpp>

#include <string>

namespace cef::remote {

/// For the host's login shell, whichever that is. `size`: of the file that is here, whose hash is of interest.
std::string pull_line(const PullOrders& orders, std::optional<std::size_t> size);

}  // namespace cef::remote

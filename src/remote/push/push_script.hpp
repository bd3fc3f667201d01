// What a host runs to receive a file: a POSIX sh script of one line, for BusyBox too. The dialogue with it is in
// push_talk.hpp.
#pragma once

#include <cef/remote/source.hpp>
#include <cef/remote/transfer.hpp>

#include <string>

namespace cef::remote {

/// For the host's login shell, whichever that is. `sha256` is the source's where it is known, or empty. `near`: the
/// link is faster than what the host does with what it brings.
std::string push_line(const Source& source, const PushOrders& orders, const std::string& sha256, bool near);

}  // namespace cef::remote

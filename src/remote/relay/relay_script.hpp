// What the two ends of a relay run: the host that has a file, and its neighbour that wants it.
#pragma once

#include <cef/remote/transfer.hpp>

#include <string>

namespace cef::remote {

/// Makes a key for this one time, is told where to go, and fetches `size` bytes into the part file of orders.dest, from
/// where a push goes on. `name`: of the file in a folder.
std::string relay_fetch_line(const PushOrders& orders, const std::string& name, std::size_t size);

/// Lets a key in, for one file and nothing else, until its input ends; the key expires after `valid` in any case.
/// `become`: who may read the file, or empty.
std::string relay_serve_line(const std::string& path, const std::string& become, Milliseconds valid);

}  // namespace cef::remote

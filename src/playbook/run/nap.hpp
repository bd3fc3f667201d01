// Waiting within a play, which ends early when the run is stopped.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace cef::playbook {

boost::asio::awaitable<void> nap(double seconds, const std::function<bool()>& stopped);

}  // namespace cef::playbook

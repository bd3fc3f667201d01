// For those who run one command after the other on a host, each as soon as the one before it is done.
#pragma once

#include <cef/transport/session.hpp>

namespace cef::transport {

/// From now on the channel of the next command is opened while one runs, so that a command takes one round trip in
/// place of two. A server that has no room for two channels is asked once. Means nothing to a session that has none.
void open_channels_ahead(Session& session);

}  // namespace cef::transport

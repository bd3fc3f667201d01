// A host's folder, fetched.
#pragma once

#include <cef/remote/pull.hpp>

namespace cef::remote {

/// As pull_any(), of a path that is a folder's.
runner::asio::awaitable<Result<PushResult>> pull_tree(runner::Link& link, const PullOrders& orders);

}  // namespace cef::remote

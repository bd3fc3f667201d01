// Files from hosts, each into a folder of its host's own: over lost links, resumed at the byte, verified.
#pragma once

#include <cef/remote/transfer.hpp>
#include <cef/runner/link.hpp>

namespace cef::remote {

/// Fetches a file of the link's host. `orders` must stay. In the result `bytes_sent` are those that came.
///
/// What is on the way is kept as `.NAME.cef-part` until it is complete and takes its place; what an earlier transfer
/// has left of it, and is right, is not fetched again. Symbolic links on the host are followed, those here are not.
///
/// Errors, besides those of logins, of commands and of the stage become:
///   no_such_file, permission_denied, not_a_file   of the file there
///   checksum_mismatch     what came is not what the host has, also when it was fetched once more
///   transfer_interrupted  the connection was lost too often
///   transfer_stalled      the host sent nothing for too long
///   io_failed             it cannot be written here
runner::asio::awaitable<Result<PushResult>> pull(runner::Link& link, const PullOrders& orders);

/// Fetches what is at the path, a folder too: that becomes the folder of this name, of which only what is missing or
/// other is fetched, and nothing taken away. Devices and the like are left out. Files that are written to all the time
/// are taken as they are when they are fetched; `unverified` says so. In addition to the errors above:
///   unexpected_output   the host sent what leads out of its folder, or is no tar stream
runner::asio::awaitable<Result<PushResult>> pull_any(runner::Link& link, const PullOrders& orders);

}  // namespace cef::remote

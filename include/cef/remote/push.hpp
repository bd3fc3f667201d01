// Files to hosts: over lost links, resumed at the byte, verified on the host before anything sees them.
#pragma once

#include <cef/remote/source.hpp>
#include <cef/remote/transfer.hpp>
#include <cef/remote/tree.hpp>
#include <cef/runner/link.hpp>

namespace cef::remote {

/// Sends `source` to the link's host, over as many connections as it takes. `source` and `orders` must stay.
///
/// What is on the way is kept there as `.NAME.cef-part` beside the target, until it is complete and takes its place.
/// What of such a file an earlier transfer has left, and is right, is not sent again. A target that is a symbolic
/// link is written through. Of two transfers to one target the later one ends the earlier.
///
/// Errors, besides those of logins, of commands and of the stage become:
///   disk_full, permission_denied, no_such_file, not_a_file   of the target or its folder
///   checksum_mismatch     what came through is not what was sent, also when all was sent once more
///   transfer_interrupted  the connection was lost too often, another transfer took over, the source has changed
///   transfer_stalled      the host took nothing for too long
runner::asio::awaitable<Result<PushResult>> push(runner::Link& link, const Source& source, const PushOrders& orders);

/// Sends a folder. A `dest` that ends in a slash takes its name, any other one is the folder itself. Files that are
/// there and equal are not sent; the others are made ready beside the target, and put in place once all of them are
/// there and right. `deletes`: what is not in the tree is taken away. Links stay links; a link on the host where the
/// tree has a folder is replaced. The orders' mode is not heeded, nor are owner and group.
///
/// Errors, besides those above: unsupported_platform, where the host has no tar.
runner::asio::awaitable<Result<PushResult>> push(runner::Link& link, const Tree& tree, const PushOrders& orders,
                                                 bool deletes);

}  // namespace cef::remote

// Files to hosts: over lost links, resumed at the byte, verified on the host before anything sees them.
#pragma once

#include <cef/remote/pacer.hpp>
#include <cef/remote/source.hpp>
#include <cef/remote/tree.hpp>
#include <cef/runner/link.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cef::remote {

struct PushOrders {
  std::string dest;                     // path on the host, as cp takes it; `~/` is the home of who logs in
  std::string name{};                   // in a folder; empty: the source's own
  std::optional<unsigned> mode{};       // what chmod takes; nothing: the target's before, else the source's
  std::string owner{}, group{};         // names or numbers; empty: the target's before, else whoever writes it
  bool verify = true;                   // the host's hash of it must be the source's
  bool force = false;                   // sent also when it is there
  bool check = false;                   // only told whether anything would change
  std::optional<std::string> become{};  // written by this user, through sudo
  Milliseconds stall{120'000};          // a host that takes nothing for so long, or is away for so long, is given up
  int retries = 1;                      // connections one after the other that break off before a byte has come through
  std::shared_ptr<Pacer> pace{}, total_pace{};  // for this host, and for all; null: no limit
  /// So many of the file's bytes are on the host, as far as is known. May be empty.
  std::function<void(std::int64_t bytes)> progress{};
};

struct PushResult {
  std::int64_t bytes_total = 0;
  std::int64_t bytes_sent = 0;          // that came over the link, as far as is known
  std::int64_t resumed_from = 0;        // where sending last began
  std::string sha256{};                 // of the source; empty: it was not asked for
  std::string unverified{};             // why the host did not verify it, or empty
  bool equal = false;                   // it was there, and was not sent
  bool changed = false;                 // something is other than before, or would be
  std::int64_t files = 1, skipped = 0;  // of a folder: how many, and how many of them were there
  std::int64_t removed = 0;             // of a folder: what was taken away, folders with all in them as one
  double seconds = 0;                   // from the first connection on
  int connections = 0;
};

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

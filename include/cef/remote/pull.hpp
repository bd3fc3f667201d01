// Files from hosts, each into a folder of its host's own: over lost links, resumed at the byte, verified.
#pragma once

#include <cef/remote/file_worker.hpp>
#include <cef/remote/push.hpp>

#include <filesystem>

namespace cef::remote {

struct PullOrders {
  std::string path;                     // on the host; `~/` is the home of who logs in
  std::filesystem::path folder;         // here, and the host's own; made when it is missing
  std::string name;                     // in that folder; whatever the host says, nothing else there is touched
  int at = -1;                          // that folder, open, where it is; `folder` is then for messages
  bool verify = true;                   // the host's hash of it must be that of what came
  bool force = false;                   // fetched also when it is there
  bool check = false;                   // only told whether anything would change
  std::optional<std::string> become{};  // read by this user, through sudo
  Milliseconds stall{120'000};          // a host that sends nothing for so long, or is away for so long, is given up
  int retries = 1;                      // connections one after the other that break off before a byte has come
  std::shared_ptr<Pacer> pace{}, total_pace{};                          // for this host, and for all; null: no limit
  std::shared_ptr<FileWorker> worker{};                                 // the same for all hosts; null: one of its own
  std::function<void(std::int64_t bytes, std::int64_t of)> progress{};  // so many are here; may be empty
};

/// What a host may be told to keep for itself: no slash, and neither `.` nor `..`.
bool is_file_name(std::string_view name);

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

// What is ordered of a transfer, in either direction, and what came of it.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/remote/file_worker.hpp>
#include <cef/remote/pacer.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// How many there are, and the first of them.
struct Names {
  std::vector<std::string> first;
  std::size_t count = 0;
  void add(std::string name) {
    constexpr std::size_t most = 1000;
    if (++count <= most) first.push_back(std::move(name));
  }
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
  Names would_send{}, would_remove{};   // in check mode: of files here, and of what is in a folder there
  double seconds = 0;                   // from the first connection on
  std::string path{};                   // of a file on the host, absolute; empty: it is not known
  std::string via{};                    // the neighbour it came from; empty: the controller
  int connections = 0;
};

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

}  // namespace cef::remote

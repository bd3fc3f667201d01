// A version of a model to a host: brought there, unpacked beside the one that serves, and put in its place.
#pragma once

#include <cef/remote/relay.hpp>
#include <cef/remote/supervisor.hpp>
#include <cef/tasks/model.hpp>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::remote {

/// A source that takes its time to be made, and is made only when the first host needs it; by a thread of its own,
/// while others are worked on.
class LateSource {
 public:
  explicit LateSource(std::function<Result<Source>()> make) : make_(std::move(make)) {}
  /// Waits for the thread: what it does must be told to end before.
  ~LateSource() = default;

  /// Errors: that of making it, and the run's reason when it is stopped meanwhile.
  runner::asio::awaitable<Result<const Source*>> get(runner::Link& link);

 private:
  std::function<Result<Source>()> make_;
  std::future<Result<Source>> making_;
  std::optional<Result<Source>> made_;
};

struct Deployment {
  tasks::Placement placement;
  const Source* file = nullptr;      // the model's
  std::string file_name;             // what it is called where it is not unpacked
  std::string form;                  // of the archive: zip, tar, tar.gz, ...
  bool unzip_changes_names = false;  // of the zip: it goes as tar.gz
  LateSource* as_tar_gz = nullptr;   // the archive in the form that every host can unpack
  std::uint64_t unpacked_bytes = 0;
  std::size_t files = 0;  // in it that are no folders
  std::size_t keep = 2;   // versions on the host
  std::string url{};      // where the host fetches the file by itself; empty: it is sent
  PushOrders push{};      // rates, retries, progress; `check` holds for all
  OnInterrupt on_interrupt = OnInterrupt::leave;
  Relay* relay = nullptr;  // once per site; null: each host gets the file from here
};

struct Deployed {
  PushResult transfer{};
  tasks::ModelState state{};           // before
  std::string folder{};                // of the version, on the host
  std::vector<std::string> removed{};  // versions; with `check`, those that would be
  bool changed = false;
};

/// `deployment` must stay. `deployed` is filled as far as it came. A host on which this version serves is asked once
/// and sent nothing. Errors, besides those of push(), of steps, and of LateSource::get():
///   unpack_failed      of the archive there, or there is no tar
///   disk_full          before anything is sent, where the file and what is in it have no room
///   not_a_file         something else stands in its place
///   command_not_found, transfer_interrupted, checksum_mismatch   of what the host fetches by itself
runner::asio::awaitable<Result<void>> deploy(runner::Link& link, const Deployment& deployment, Deployed& deployed);

}  // namespace cef::remote

// A file that arrives in a folder here: kept beside its place until it is complete.
#pragma once

#include "pull_talk.hpp"

#include <cef/core/descriptor.hpp>
#include <cef/remote/file_worker.hpp>
#include <cef/remote/source.hpp>

#include <filesystem>
#include <memory>

namespace cef::remote {

class Arrival final : public PullSink {
 public:
  /// The folder is made when it is missing. Links in it are not followed. `hashes`: the hash of all will be asked for.
  /// Errors: io_failed.
  static Result<std::unique_ptr<Arrival>> at(const PullOrders& orders, FileWorker& worker);

  std::optional<std::size_t> target_size() override;
  std::optional<std::string> target_sha256() override;
  /// Seconds since 1970, of the file that is there already.
  std::optional<std::int64_t> target_modified() const;
  std::size_t part_size() override;
  std::optional<std::string> part_sha256() override;
  Result<void> begin(std::size_t offset, std::size_t size) override;
  Result<void> take(std::string_view bytes) override;
  std::optional<Result<std::string>> end(bool hashes) override;

  /// Puts it in its place, with this mode and time of its last change (0: now).
  Result<void> commit(unsigned mode, std::int64_t modified);
  /// Throws away what has come.
  void discard();
  /// Before another connection: what has come is what there is now, to the last whole block.
  void go_on();

 private:
  Arrival(std::filesystem::path folder, std::string name, FileWorker& worker, bool hashes);
  Result<void> open_part();
  Unexpected<Error> failed(const char* reason) const;

  const std::filesystem::path folder_;
  const std::string name_, part_;
  FileWorker& worker_;
  const bool hashes_;  // what comes, while it comes
  Descriptor place_, file_;
  std::optional<Source> target_;
  std::size_t at_ = 0;
  bool opened_ = false, ending_ = false;
  std::unique_ptr<FileWorker::Job> job_;  // before the descriptor goes
};

}  // namespace cef::remote

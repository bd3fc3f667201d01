// A thread for what files that arrive want done beside their arrival: hashing what has been written, and waiting for
// the disk. One serves all transfers of a run, a piece at a time in turn.
#pragma once

#include <cef/core/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace cef::remote {

class FileWorker {
 public:
  FileWorker();
  ~FileWorker();
  FileWorker(const FileWorker&) = delete;
  FileWorker& operator=(const FileWorker&) = delete;

  /// The work on one open file, whose descriptor must stay.
  class Job {
   public:
    Job(FileWorker& worker, int fd);
    ~Job();
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    /// So many bytes are there to be hashed; never fewer than before.
    void hash_up_to(std::size_t bytes);
    /// Of those, once all of them are hashed. Errors: io_failed.
    std::optional<Result<std::string>> sha256() const;
    /// Has it written to the disk.
    void sync();
    /// Whether it is. Errors: io_failed.
    std::optional<Result<void>> synced() const;

   private:
    friend class FileWorker;
    struct State;
    FileWorker& worker_;
    std::shared_ptr<State> state_;
  };

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace cef::remote

// What comes of a host's folder, put into one here. No link below it is ever followed, whoever has laid it: each path
// is walked from the folder's own descriptor. A file takes its place when it is complete.
#pragma once

#include "tar_reader.hpp"

#include <cef/core/descriptor.hpp>
#include <cef/core/sha256.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cef::remote {

class TreeArrival final : public TarSink {
 public:
  /// The folder is made when it is missing, in `parent`, which must be there. Errors: io_failed.
  static Result<TreeArrival> at(const std::filesystem::path& parent, const std::string& name);

  Result<void> entry(const TarEntry& entry) override;
  Result<void> contents(std::string_view bytes) override;
  Result<void> end() override;

  /// Makes this folder and those above it; what is in the way and no folder goes. The last one is returned, open.
  Result<Descriptor> make_folder(const std::vector<std::string>& parts);
  /// Hashes of the files that came, by path without `./`.
  const std::map<std::string, std::string>& files() const { return files_; }
  std::size_t links() const { return links_; }
  std::int64_t bytes() const { return bytes_; }

 private:
  TreeArrival(std::filesystem::path shown, Descriptor root);
  Result<void> begin_file(const TarEntry& entry);
  Result<void> hard_link(const TarEntry& entry, int folder, const std::string& name);
  Unexpected<Error> failed(const std::string& path) const;

  std::filesystem::path shown_;  // for messages
  Descriptor root_, folder_, file_;
  std::vector<std::string> folder_parts_;  // of folder_
  std::string path_, name_;
  TarEntry entry_;
  std::optional<Sha256> hash_;
  std::map<std::string, std::string> files_;
  std::size_t links_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace cef::remote

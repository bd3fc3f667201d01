// The dialogues in which a host sends a folder: what its answers mean; no network.
#pragma once

#include "tar_reader.hpp"

#include <cef/core/error.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

/// What a host says is in its folder. Paths are without `./`, and safe to use: one that leads out is an error.
class TreeList {
 public:
  explicit TreeList(std::string path) : path_(std::move(path)) {}

  void hear(std::string_view bytes);
  bool begun() const { return begun_; }
  bool ended() const { return ended_; }
  const std::optional<Error>& error() const { return error_; }
  const std::string& noise() const { return noise_; }

  const std::set<std::string>& folders() const { return folders_; }
  const std::set<std::string>& links() const { return links_; }
  /// With their hashes, or empty texts where the host tells none.
  const std::map<std::string, std::string>& files() const { return files_; }
  const std::set<std::string>& big() const { return big_; }
  bool has_gnu_tar() const { return gnu_; }

 private:
  void hear_line(std::string_view line);
  void hear_sum(std::string_view line);
  std::optional<std::string> safe(std::string_view line);
  void fail(Error error);

  std::string path_, line_, noise_;
  char section_ = '\0';
  bool begun_ = false, ended_ = false, gnu_ = false;
  std::set<std::string> folders_, links_, big_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::string, std::less<>> spelled_;  // names of files as sha256sum spells them
  std::optional<Error> error_;
};

/// A tar stream among the words of the script that makes it.
class TreeFetch {
 public:
  TreeFetch(TarSink& sink, std::string path) : reader_(sink), path_(std::move(path)) {}

  void hear(std::string_view bytes);
  bool begun() const { return begun_; }
  bool ended() const { return ended_; }
  const std::optional<Error>& error() const { return error_; }
  const std::string& noise() const { return noise_; }

 private:
  void hear_line(std::string_view line);

  TarReader reader_;
  std::string path_, line_, noise_;
  bool begun_ = false, streams_ = false, ended_ = false;
  std::optional<Error> error_;
};

}  // namespace cef::remote

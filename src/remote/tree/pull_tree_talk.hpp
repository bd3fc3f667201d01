// The dialogues in which a host sends a folder: what its answers mean; no network.
#pragma once

#include "tar_reader.hpp"

#include <cef/core/error.hpp>
#include <cef/remote/pacer.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

struct TreeFile {
  std::string sha256;     // empty where nobody tells it
  std::int64_t size = 0;  // in bytes; 0 where nobody tells it
};

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
  const std::map<std::string, TreeFile>& files() const { return files_; }
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
  std::map<std::string, TreeFile> files_;
  std::vector<TreeFile*> order_;                             // as they were told
  std::size_t sized_ = 0;                                    // of these
  std::map<std::string, std::string, std::less<>> spelled_;  // names of files as sha256sum spells them
  std::optional<Error> error_;
};

/// What a host is told, to send what it is asked for: the paths, and with a rate how much it may send at a time.
class TreeRequest {
 public:
  using Clock = Pacer::Clock;

  TreeRequest(const std::vector<std::string>& paths, bool gnu, Turns turns);

  /// For tree_fetch_line().
  const std::string& paced() const { return paced_; }
  std::optional<std::string_view> give(std::size_t most, Clock::time_point now);
  void hear(std::size_t bytes) { heard_ += bytes; }
  /// The host has sent all.
  void end() { ended_ = true; }
  /// See Turns.
  std::optional<Clock::time_point> wake(Clock::time_point now) { return turns_.wake(now); }

 private:
  Turns turns_;
  std::string text_, paced_;
  std::size_t given_ = 0;                 // of the text
  std::size_t credited_ = 0, heard_ = 0;  // bytes of the stream
  bool ended_ = false;
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

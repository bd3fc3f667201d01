// The dialogues in which a host is sent a folder: what its answers mean, and what follows from them; no network.
#pragma once

#include "tree_script.hpp"

#include <cef/remote/tree.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace cef::remote {

/// The hash of all the names in it.
std::string id_of(const Tree& tree);
/// What is asked of hosts about a tree, once its hashes are known.
TreeLists lists_of(const Tree& tree, const std::vector<std::string>& hashes);
/// The line of sha256sum for a file, with its end. Names with line breaks are spelled as GNU's does.
std::string sum_line(const std::string& hash, const std::string& path);

/// What a host has, compared with a tree.
class TreeLook {
 public:
  /// All must stay as long as this. Without hashes no file is taken for what the tree has.
  TreeLook(const Tree& tree, const std::vector<std::string>& hashes, const std::string& dest);

  void hear(std::string_view bytes);
  bool begun() const { return begun_; }
  bool ended() const { return ended_; }
  const std::optional<Error>& error() const { return error_; }
  const std::string& noise() const { return noise_; }

  bool target_exists() const { return exists_; }
  /// At a glance: the hash of what the target has, and when what was put there was read (seconds since 1970).
  const std::string& listing() const { return listing_; }
  std::optional<std::int64_t> read_at() const { return read_at_; }
  /// Something lies ready beside the target.
  bool is_resumed() const { return resumed_; }
  /// Indices of the entries that the target lacks, or has otherwise; and of those, what lies ready beside it.
  std::vector<std::size_t> needed() const;
  bool is_staged(std::size_t index) const;
  /// What the target has and the tree has not, as paths that begin with `./`; without what is in such a folder.
  std::vector<std::string> extra() const;
  /// The folder beside the target in which things are made ready.
  const std::string& stage() const { return stage_; }
  const std::string& cannot_write() const { return cannot_write_; }
  std::optional<std::int64_t> space() const { return space_; }  // bytes

 private:
  struct Place {
    bool there = false, same_files = false;
    std::unordered_set<std::string> differing;  // folders and links, as `d ./path`
    std::unordered_set<std::string> sums;       // lines of files
    bool has(const TreeEntry& entry, const std::string& hash) const;
  };
  enum class Section { facts, entries, files, all };

  void hear_line(std::string_view line);
  void hear_fact(std::string_view line);
  void fail(Code code, std::string message);
  bool has(const Place& place, std::size_t index) const;

  const Tree& tree_;
  const std::vector<std::string>& hashes_;
  const std::string dest_;
  Section section_ = Section::facts;
  Place target_, staged_;
  Place* heard_ = nullptr;
  bool begun_ = false, ended_ = false, exists_ = false, resumed_ = false;
  std::string line_, noise_, stage_, cannot_write_, listing_;
  std::optional<std::int64_t> read_at_;
  std::vector<std::string> all_;
  std::optional<std::int64_t> space_;
  std::optional<Error> error_;
};

/// A step that says that it is done, or why not; and perhaps the hash of what it was sent.
class TreeStep {
 public:
  explicit TreeStep(std::string dest) : dest_(std::move(dest)) {}

  void hear(std::string_view bytes);
  void hear_error(std::string_view bytes);
  bool begun() const { return begun_; }
  bool done() const { return done_; }
  const std::optional<Error>& error() const { return error_; }
  const std::string& noise() const { return noise_; }
  /// Empty: the host cannot hash.
  const std::string& sha256() const { return sha256_; }

 private:
  void hear_line(std::string_view line);

  std::string dest_, line_, noise_, words_, sha256_;
  bool begun_ = false, done_ = false;
  std::optional<Error> error_;
};

/// What a script's `e` line means: no_such_file, not_a_file, permission_denied, disk_full, checksum_mismatch,
/// transfer_interrupted, command_failed. `errors`: what its tools wrote to standard error.
Error refusal_of(std::string_view line, const std::string& dest, std::string_view errors);

}  // namespace cef::remote

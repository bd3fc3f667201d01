// The models that can be given to hosts: a folder of files that are named by what they hold, and a manifest for each
// version of each model. Two versions with the same content share one file. Any number of runs may use it at once.
//
//   objects/SHA256                 the files
//   manifests/NAME/VERSION.json    what they are; a version is there once this is
//   derived/SHA256.tar.gz, .json   archives in another form, made again when they are needed
//   tmp/                           what is on the way to these places; left behind by runs that were killed, and
//   removed
#pragma once

#include <cef/models/archive.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::models {

struct Model {
  std::string name, version;
  std::string sha256;                 // of the file
  std::string file;                   // its name when it was added
  std::uint64_t size = 0;             // bytes
  std::string format;                 // of an archive, as Listing has it; empty: it is none
  std::uint64_t unpacked_bytes = 0;   // of what is in it; of the file, when it is no archive
  std::size_t files = 1;              // in it that are no folders
  std::vector<ArchiveEntry> entries;  // what is in it; the file alone when it is no archive
  std::chrono::system_clock::time_point added;
  std::optional<Error> trouble;  // its manifest cannot be understood: name and version are all that is known

  /// `NAME:VERSION`
  std::string reference() const { return name + ":" + version; }
};

/// `NAME` or `NAME:VERSION`, as users write it.
struct Reference {
  std::string name;
  std::optional<std::string> version;
};
/// Errors: usage, for what cannot be the name of a model or a version: letters, digits, `.`, `_`, `-`, `+`, at most 100
/// of them, and neither `.` nor `-` first.
Result<Reference> parse_reference(std::string_view text);
Result<void> check_name(std::string_view what, std::string_view text);

/// $XDG_DATA_HOME/cef/models or ~/.local/share/cef/models; for root without a home /var/lib/cef/models.
std::filesystem::path default_folder();

/// Errors of all calls: io_failed, with the system's reason.
class Repository {
 public:
  /// Nothing is made before something is added.
  explicit Repository(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }

  struct Order {
    std::optional<std::string> name{};     // none: of the file, without its ending
    std::optional<std::string> version{};  // none: the number after the last one, or that of the same content
    bool link = false;                     // share the file with the repository, instead of taking its bytes
    ArchiveLimits limits{};
  };
  struct Added {
    Model model;
    bool is_new = false;  // false: it was there
    enum class Way { copied, cloned, linked } way = Way::copied;
  };
  /// Takes the file's bytes: shares its blocks where the file system can (a clone: whoever writes to one of the two
  /// gets his own), and copies them elsewhere. A hard link would be as cheap everywhere, but it is one file with two
  /// names: who writes to the first damages what is kept here. So that is done only when it is asked for. Errors: also
  /// usage, for a name that cannot be one and for a version that holds something else; unpack_failed, as
  /// read_archive(); nothing is kept then.
  Result<Added> add(const std::filesystem::path& file, const Order& order);

  /// By name, then by when they were added; those in trouble too.
  Result<std::vector<Model>> list() const;
  /// Without a version, the one added last. Errors: also its trouble, and nothing_matched; what is near is named.
  Result<Model> find(const Reference& reference) const;
  /// Where its file is.
  std::filesystem::path file_of(const Model& model) const;
  /// Reads its file. Errors: also checksum_mismatch, for one that is not what was added, and no_such_file.
  Result<void> verify(const Model& model) const;

  struct Removed {
    std::vector<std::string> files;  // hashes of those that no version needs any more
    std::uint64_t bytes = 0;         // of these
  };
  /// Waits for runs that add something. While one that stays is in trouble no file goes: it may need any of them.
  /// Errors: also nothing_matched, for one that is gone already.
  Result<Removed> remove(const std::vector<Model>& models);

  struct Packed {
    std::filesystem::path file;
    std::string sha256;
    std::uint64_t size = 0;
  };
  /// The archive as tar.gz, made when it is asked for the first time, which takes as long as reading it and compressing
  /// what it holds. May be called from several threads. Errors: also unpack_failed, and
  /// interrupted once `stop` is set.
  Result<Packed> tar_gz_of(const Model& model, const ArchiveLimits& limits, const std::atomic<bool>& stop) const;

 private:
  Result<Added> add_locked(const std::filesystem::path& file, const Order& order, std::string name);
  Result<Added> record(Model model, const Order& order, const std::filesystem::path& taken);
  Result<std::optional<std::vector<std::string>>> hashes_in_use() const;
  Result<Removed> sweep();
  void tidy();

  std::filesystem::path folder_;
};

}  // namespace cef::models

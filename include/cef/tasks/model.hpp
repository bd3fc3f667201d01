// What a host is told about a model's version: what it has of it, how to put it into place, and how to go back to the
// one before. Between looking and placing somebody brings the file.
//
//   DEST/NAME                      a link to the version that serves
//   DEST/NAME-VERSION/             what is in its archive; NAME-VERSION.file/ with the file itself when that is not
//                                  unpacked
//   DEST/.cef-models/              what cef keeps: a note on each version that is complete, the order in which they
//                                  served, files on their way
#pragma once

#include <cef/tasks/task.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cef::tasks {

/// A version of a model, and where it is to be.
struct Placement {
  std::string dest;           // folder on the host; `~` and what is relative: of whom the steps run as
  std::string name, version;  // of the model
  std::string sha256;         // of its file
  bool unpacks = false;
};

/// What the host has of it.
struct ModelState {
  std::string dest;      // as an absolute path
  std::string incoming;  // folder for the file that is brought, absolute
  std::string serving;   // the version that the link leads to; empty: none
  bool is_complete = false;
  bool serves = false;                // complete, and the link leads there
  std::vector<std::string> programs;  // of those that it takes to unpack or to fetch
  std::uint64_t free_bytes = 0;       // for who asks
  std::uint64_t incoming_bytes = 0;   // of what is on its way already
  bool has(std::string_view program) const;
};

/// Reads a host's state; changes nothing, but for making the folder for the file unless `check`.
Step look_at_model(const Placement& placement, bool check);
/// Errors: permission_denied, not_a_file, unpack_failed for another version's folder in this one's place.
Result<ModelState> read_model_state(const StepResult& ran);

/// Only which version serves: `name` and `dest` of the placement are enough.
struct Serving {
  std::string version;    // empty: none
  bool is_there = false;  // false: the link and the notes are all that is left of it
};
Step ask_which_serves(const Placement& placement);
Result<Serving> read_which_serves(const StepResult& ran);

/// Where the version's folder is, or would be: absolute.
std::string folder_of(const ModelState& state, const Placement& placement);

/// How the file becomes the version's folder.
struct Placing {
  std::string file;         // absolute path on the host; empty: nothing is to be unpacked, only the link to be laid
  std::string form;         // zip, tar, tar.gz, tar.xz, tar.zst, tar.bz2; empty: it is put there as it is
  std::string file_name;    // what it is then called
  std::size_t files = 0;    // how many that are no folders come out of it
  std::size_t keep = 2;     // versions that stay, that which serves included
  bool lends_file = false;  // it stays, for others to fetch it; drop_model_file() takes it away
};
/// Outlives its link. The version that served goes on doing so until the new one is complete.
Step place_model(const Placement& placement, const Placing& placing);
struct Placed {
  std::string previous;              // the version that served before; empty: none
  std::vector<std::string> removed;  // versions
};
/// Errors: unpack_failed, disk_full.
Result<Placed> read_placed(const StepResult& ran);

/// Takes the file away that `lends_file` has left.
Step drop_model_file(std::string path);

/// The program that a host needs to unpack this form besides tar; empty: none.
std::string_view unpacker_of(std::string_view form);

/// Fetches `url` to `path` by the host's own curl or wget, and goes on with what is there of it. Outlives its link.
Step fetch_model(std::string url, std::string path, std::string sha256);
/// Errors: command_not_found, transfer_interrupted, checksum_mismatch, disk_full.
Result<void> read_fetched(const StepResult& ran, std::string_view url);

/// The task of going back to the version that served before: params `name` and `dest`; data `name from to`.
extern const Task model_rollback;

}  // namespace cef::tasks

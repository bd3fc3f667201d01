// Users and sudoers of a test's own, seen only by the server (or command) that is started with them: they stand over
// this machine's files in a mount namespace, which is gone with its last process, whatever becomes of the test.
#pragma once

#include "temp_dir.hpp"

#include <string>
#include <vector>

namespace cef::testing {

/// Whether this machine allows that; it takes root, and sudo. Where it does not, a test says so and is left out; with
/// CI set that is an error.
bool sudoers_work();

class Sudoers {
 public:
  /// The users, each with the password `password()`: edge-nopass (sudo asks for nothing), edge-pass, edge-once
  /// (asked once, and no second time after a wrong answer), edge-cached (sudo remembers), edge-one (may run only
  /// /usr/bin/id), edge-none (not in sudoers), edge-tty (only on a terminal), edge-other (to become).
  explicit Sudoers(const std::vector<std::string>& more_lines = {});

  static std::string password() { return "correct horse"; }
  /// What to put before a command that is to see them.
  std::vector<std::string> wrapper(bool without_sudo = false) const;
  /// Lines of sudo's log that hold `text`.
  std::size_t logged(const std::string& text) const;
  std::string log() const { return read_file(folder_ / "log"); }

 private:
  TempDir folder_;
};

}  // namespace cef::testing

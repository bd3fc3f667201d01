// A user of this machine who can log in with a password while the object lives. Only root can make one.
#pragma once

#include "process.hpp"
#include "temp_dir.hpp"

#include <string>

namespace cef::testing {

class PasswordUser {
 public:
  PasswordUser();
  ~PasswordUser();
  PasswordUser(const PasswordUser&) = delete;
  PasswordUser& operator=(const PasswordUser&) = delete;

  bool exists() const { return exists_; }
  const std::string& name() const { return name_; }

  static constexpr auto password = "Tr0ub4dor&3 lives";

 private:
  std::string name_;
  bool exists_ = false;
};

/// A file that cef may read a password from.
struct PasswordFile {
  explicit PasswordFile(const std::string& text);
  std::string path() const { return (folder / "password").string(); }
  TempDir folder;
};

}  // namespace cef::testing

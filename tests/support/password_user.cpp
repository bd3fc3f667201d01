#include "password_user.hpp"

#include <filesystem>
#include <unistd.h>

namespace cef::testing {

PasswordUser::PasswordUser() : name_("cef-test-" + std::to_string(getpid())) {
  if (geteuid() != 0) return;
  exists_ = run({"useradd", "-M", "-N", "-d", "/tmp", "-s", "/bin/sh", name_}).exit_code == 0 &&
            run({"chpasswd"}, {.input = name_ + ":" + password + "\n"}).exit_code == 0;
}

PasswordUser::~PasswordUser() {
  if (exists_) run({"userdel", "-f", name_});
}

PasswordFile::PasswordFile(const std::string& text) {
  write_file(folder / "password", text);
  std::filesystem::permissions(folder / "password", std::filesystem::perms::owner_read);
}

}  // namespace cef::testing

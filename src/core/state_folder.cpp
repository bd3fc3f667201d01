#include <cef/core/file.hpp>
#include <cef/core/state_folder.hpp>

#include <cstdlib>
#include <unistd.h>

namespace cef {

std::filesystem::path state_folder() {
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  if (auto folder = variable("CEF_STATE_DIR"); !folder.empty()) return folder;
  // A relative XDG_STATE_HOME is to be ignored. Source: XDG Base Directory Specification.
  if (const auto base = variable("XDG_STATE_HOME"); base.is_absolute()) return base / "cef";
  const auto home = expand_user("~");
  if ((home.empty() || home == "/") && ::geteuid() == 0) return "/var/lib/cef";
  return home / ".local/state/cef";
}

}  // namespace cef

#include "sudoers.hpp"

#include "process.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace cef::testing {

namespace fs = std::filesystem;

namespace {

// SHA-512, as openssl passwd -6 makes it.
std::string hash_of(const std::string& password) {
  auto result = run({"openssl", "passwd", "-6", "-stdin"}, {.input = password + "\n"});
  if (result.exit_code != 0) throw std::runtime_error("openssl passwd failed: " + result.err);
  while (!result.out.empty() && result.out.back() == '\n') result.out.pop_back();
  return result.out;
}

// $0 is the folder, $1 says whether there is to be no sudo; the rest is the command.
constexpr auto script = R"(set -e
mount --bind "$0/passwd" /etc/passwd
mount --bind "$0/shadow" /etc/shadow
mount --bind "$0/sudoers" /etc/sudoers
if [ "$1" = without ]; then
  mount -t tmpfs tmpfs "$0/hidden" && mkdir "$0/hidden/u" "$0/hidden/w"
  mount -t overlay -o "lowerdir=/usr/bin,upperdir=$0/hidden/u,workdir=$0/hidden/w" overlay /usr/bin
  rm /usr/bin/sudo
fi
shift
exec "$@")";

}  // namespace

bool sudoers_work() {
  static const bool work =
      geteuid() == 0 && fs::exists("/usr/bin/sudo") && run({"unshare", "--mount", "true"}).exit_code == 0;
  if (!work && std::getenv("CI") != nullptr) throw std::runtime_error("no root or sudo here, and CI may not skip them");
  return work;
}

Sudoers::Sudoers(const std::vector<std::string>& more_lines) {
  fs::permissions(folder_.path(), fs::perms(0755));
  for (const auto* name : {"timestamps", "lectured", "hidden"}) fs::create_directory(folder_ / name);
  std::string passwd = read_file("/etc/passwd"), shadow = read_file("/etc/shadow");
  const std::string hash = hash_of(password());
  int id = 61'000;
  for (const std::string name : {"nopass", "pass", "once", "cached", "one", "none", "tty", "other"}) {
    const auto number = std::to_string(++id);
    passwd += "edge-" + name + ":x:" + number + ":" + number + "::/tmp:/bin/sh\n";
    shadow += "edge-" + name + ":" + hash + ":19000:0:99999:7:::\n";
  }
  write_file(folder_ / "passwd", passwd, 0644);
  write_file(folder_ / "shadow", shadow, 0600);
  const auto here = folder_.path().string();
  std::string text = "Defaults env_reset, use_pty, lecture=always, !syslog, loglinelen=0, logfile=" + here +
                     "/log, timestampdir=" + here + "/timestamps, lecture_status_dir=" + here +
                     "/lectured\n"
                     "Defaults:edge-once passwd_tries=1\n"
                     "Defaults:edge-cached timestamp_type=global\n"
                     "Defaults:edge-tty requiretty\n"
                     "root ALL=(ALL:ALL) ALL\n"
                     "edge-nopass ALL=(ALL:ALL) NOPASSWD: ALL\n"
                     "edge-tty ALL=(ALL:ALL) NOPASSWD: ALL\n"
                     "edge-pass,edge-once,edge-cached ALL=(ALL:ALL) ALL\n"
                     "edge-one ALL=(root) /usr/bin/id\n";
  for (const auto& line : more_lines) text += line + '\n';
  write_file(folder_ / "sudoers", text, 0440);
}

std::vector<std::string> Sudoers::wrapper(bool without_sudo) const {
  return {"unshare", "--mount", "sh", "-c", script, folder_.path().string(), without_sudo ? "without" : "with"};
}

std::size_t Sudoers::logged(const std::string& text) const {
  const auto lines = log();
  std::size_t found = 0;
  for (auto at = lines.find(text); at != std::string::npos; at = lines.find(text, at + 1)) ++found;
  return found;
}

}  // namespace cef::testing

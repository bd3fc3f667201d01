#include "sshd.hpp"

#include "keys.hpp"
#include "process.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::testing {

namespace fs = std::filesystem;

namespace {

constexpr auto program = "/usr/sbin/sshd";

std::string unique_mark() {
  static int number = 0;
  return "CEF_TEST_SERVER=" + std::to_string(getpid()) + "-" + std::to_string(++number);
}

}  // namespace

std::string login_user() {
  const passwd* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : "root";
}

std::uint16_t free_port(const std::string& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  socklen_t size = sizeof name;
  const bool ok = bind(fd, reinterpret_cast<sockaddr*>(&name), size) == 0 &&
                  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0;
  close(fd);
  if (!ok) throw std::runtime_error("no free port on " + address);
  return ntohs(name.sin_port);
}

Sshd::Sshd(SshdOptions options) : options_(std::move(options)), mark_(unique_mark()) {
  // sshd started by root insists on this folder, which a system's own service makes at its start.
  if (geteuid() == 0) mkdir("/run/sshd", 0755);
  fs::create_directories(home() / "bin");
  for (int attempt = 0; attempt < 5; ++attempt) {
    port_ = options_.port != 0 ? options_.port : free_port();
    configure(options_);
    if (start()) return;
  }
  throw std::runtime_error("sshd does not start: " + log());
}

void Sshd::configure(const SshdOptions& options) {
  std::string keys;
  for (const auto& name : options.user_keys) keys += public_key(name) + '\n';
  write_file(folder_ / "authorized_keys", keys);

  // The first line for a keyword counts, so the options' own come first.
  std::string text;
  for (const auto& line : options.config) text += line + '\n';
  for (const auto& address : options.addresses) {
    const auto space = std::min(address.find(' '), address.size());
    text += "ListenAddress " + address.substr(0, space) + ':' + std::to_string(port_) + address.substr(space) + '\n';
  }
  for (const auto& name : options.host_keys) text += "HostKey " + key_file(name).string() + '\n';
  text += "SetEnv " + mark_ + " HOME=" + home().string() + " PATH=" + (home() / "bin").string() +
          ":/usr/local/bin:/usr/bin:/bin";
  for (const auto& variable : options.environment) text += ' ' + variable;
  text += "\nAuthorizedKeysFile " + (folder_ / "authorized_keys").string() + ' ' +
          (home() / ".ssh" / "authorized_keys").string() +
          "\nPidFile none\nLogLevel VERBOSE\nUsePAM no\nUseDNS no\nStrictModes no\nMaxStartups 20000\n"
          "PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
          "PrintMotd no\nPrintLastLog no\nSubsystem sftp internal-sftp\n";
  write_file(folder_ / "sshd_config", text);
}

bool Sshd::start() {
  fs::remove(folder_ / "log");
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  std::vector<std::string> command = options_.wrapper;
  for (const auto& word : {std::string(program), std::string("-D"), std::string("-E"), (folder_ / "log").string(),
                           std::string("-f"), (folder_ / "sshd_config").string()})
    command.push_back(word);
  child_ = std::make_unique<Child>(command, std::array<int, 3>{null, null, null}, ChildOptions{});
  close(null);
  const bool listens = eventually([&] { return count("Server listening on ") > 0 || child_->poll(); });
  return listens && !child_->poll() && count("Bind to port") == 0;
}

Sshd::~Sshd() {
  if (!child_) return;
  auto family = tree_of(child_->pid());
  for (const auto& process : session_processes()) family.push_back(process.pid);
  for (const auto pid : family) kill(pid, SIGKILL);
  // Again, for those that were being started meanwhile.
  eventually([&] {
    const auto left = session_processes();
    for (const auto& process : left) kill(process.pid, SIGKILL);
    return left.empty();
  });
}

std::string Sshd::known_hosts(const std::string& address) const {
  std::string lines;
  const auto name = port_ == 22 ? address : '[' + address + "]:" + std::to_string(port_);
  for (const auto& key : options_.host_keys) lines += name + ' ' + public_key(key) + '\n';
  return lines;
}

std::string Sshd::log() const { return read_file(folder_ / "log"); }

std::size_t Sshd::count(const std::string& text) const {
  const auto lines = log();
  std::size_t found = 0;
  for (auto at = lines.find(text); at != std::string::npos; at = lines.find(text, at + 1)) ++found;
  return found;
}

std::vector<ProcessEntry> Sshd::session_processes() const { return processes_with_env(mark_); }

void Sshd::kill_sessions() const { signal_sessions(SIGKILL); }

void Sshd::hang_sessions() const { signal_sessions(SIGSTOP); }

void Sshd::signal_sessions(int number) const {
  for (const auto pid : tree_of(child_->pid())) {
    if (pid != child_->pid()) kill(pid, number);
  }
}

void put_program(const Sshd& server, const std::string& name, const std::string& script) {
  std::filesystem::create_directories(server.home() / "bin");
  write_file(server.home() / "bin" / name, "#!/bin/sh\n" + script, 0755);
}

}  // namespace cef::testing

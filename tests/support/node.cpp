#include "node.hpp"

#include "keys.hpp"
#include "proc.hpp"
#include "process.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace cef::testing {

namespace fs = std::filesystem;

namespace {

std::unique_ptr<Child> start_child(const std::vector<std::string>& command, const fs::path& log) {
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  auto child = std::make_unique<Child>(command, std::array<int, 3>{null, out, out}, ChildOptions{});
  close(out);
  close(null);
  return child;
}

std::string must(const std::vector<std::string>& command) {
  const auto result = run(command);
  if (result.exit_code == 0) return result.out;
  std::string words;
  for (const auto& word : command) words += word + ' ';
  throw std::runtime_error(words + "failed: " + result.err);
}

// Made once: test programs run side by side and share the folder.
fs::path make_archive() {
  const auto folder = fs::path(CEF_TEST_STATE) / "archive";
  fs::create_directories(CEF_TEST_STATE);
  must({"flock", std::string(CEF_TEST_STATE) + "/.archive", std::string(CEF_SOURCE) + "/scripts/fleet/archive",
        folder.string(), "chrony", "libfaketime"});
  return folder;
}

std::string net_of(pid_t pid) { return "--net=/proc/" + std::to_string(pid) + "/ns/net"; }

}  // namespace

bool nodes_work() {
  static const bool work = [] {
    const TempDir folder;
    const auto script =
        "mount --make-rprivate / && mount -t tmpfs tmpfs \"$0\" && mkdir \"$0/u\" \"$0/w\" \"$0/r\" && "
        "mount -t overlay -o \"lowerdir=/,upperdir=$0/u,workdir=$0/w\" overlay \"$0/r\" && "
        "ip link add a0 type veth peer name b0";
    return geteuid() == 0 && run({"unshare", "-m", "-u", "-i", "-n", "-p", "-T", "-f", "--kill-child", "sh", "-c",
                                  script, folder.path().string()})
                                     .exit_code == 0;
  }();
  if (!work && std::getenv("CI") != nullptr) throw std::runtime_error("no namespaces here, and CI may not skip them");
  return work;
}

bool systemd_works() {
  static const bool work = [] {
    const auto script = std::string(". ") + CEF_SOURCE +
                        "/scripts/fleet/lib.sh; group=$(control_groups)/cef-probe-$$ && mkdir \"$group\" && rmdir "
                        "\"$group\" && test -x /lib/systemd/systemd-logind -a -x /usr/bin/dbus-daemon && "
                        "ls /lib/*/security/pam_systemd.so";
    return nodes_work() && run({"bash", "-c", script}).exit_code == 0;
  }();
  return work;
}

Network::Network() {
  holder_ = start_child({"unshare", "--net", "sh", "-c", "ip link set lo up && exec sleep 1000000"}, "/dev/null");
  const auto ready = [&] { return run({"nsenter", net_of(pid()), "ip", "route", "get", "127.0.0.1"}).exit_code == 0; };
  const auto own = fs::read_symlink("/proc/self/ns/net");
  const auto its = fs::path("/proc") / std::to_string(pid()) / "ns" / "net";
  if (!eventually([&] { return fs::read_symlink(its) != own && ready(); }))
    throw std::runtime_error("no network namespace");
}

std::vector<std::string> Network::inside() const { return {"nsenter", net_of(pid()), "--"}; }

Node::Node(Network& network, std::string name, const std::string& persona, bool packages, Init init)
    : network_(network), name_(std::move(name)), number_(network.next_number()) {
  fs::copy_file(key_file("ed25519-host"), folder_ / "ssh_host_ed25519_key");
  write_file(folder_ / "authorized_keys", public_key("ed25519") + '\n', 0644);
  write_file(folder_ / "hostname", name_);
  write_file(folder_ / "persona", persona);
  write_file(folder_ / "user", "edge");
  if (packages) write_file(folder_ / "archive", make_archive().string());
  if (init == Init::systemd) write_file(folder_ / "systemd", "");
  const std::string pam = init == Init::systemd ? "yes" : "no";  // which makes a login a session
  write_file(folder_ / "sshd_config.in",
             "HostKey @HERE@/ssh_host_ed25519_key\nAuthorizedKeysFile @HERE@/authorized_keys\nPidFile none\n"
             "LogLevel VERBOSE\nUsePAM " +
                 pam +
                 "\nUseDNS no\nStrictModes no\nMaxStartups 1000\nPasswordAuthentication no\n"
                 "PrintMotd no\nPrintLastLog no\nSubsystem sftp internal-sftp\n");
  start();
}

Node::~Node() { end(); }

// What its systemd made of control groups outlives it.
void Node::end() {
  if (!child_) return;
  const std::string group = "cef-node-" + std::to_string(child_->pid());
  child_.reset();
  if (fs::exists(folder_ / "systemd"))
    run({"bash", "-c",
         std::string(". ") + CEF_SOURCE + "/scripts/fleet/lib.sh; for try in $(seq 50); do find \"$(control_groups)/" +
             group + "\" -depth -type d -exec rmdir {} + 2>/dev/null && break; sleep 0.05; done"});
}

std::string Node::address() const { return "10.99." + std::to_string(number_) + ".2"; }

std::string Node::known_hosts() const { return address() + ' ' + public_key("ed25519-host") + '\n'; }

std::string Node::boot_id() const {
  auto id = read_file(folder_ / "boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

void Node::start() {
  fs::remove(folder_ / "log");
  child_ = start_child({std::string(CEF_SOURCE) + "/scripts/fleet/launch", folder_.path().string(), "--net"},
                       folder_ / "log");
  const bool listens =
      eventually([&] { return log().find("Server listening on") != std::string::npos || child_->poll(); });
  if (!listens || child_->poll()) throw std::runtime_error("node " + name_ + " does not start: " + log());
  link();
}

void Node::link() const {
  const auto net = "10.99." + std::to_string(number_);
  const auto outer = "to-n" + std::to_string(number_);
  // Fixed addresses on both ends: with no question to ask, a dead link is silent instead of "no route to host".
  const std::string near_mac = "02:00:00:00:01:0" + std::to_string(number_);
  const std::string far_mac = "02:00:00:00:02:0" + std::to_string(number_);
  const auto far_pid = std::to_string(child_->pid());
  must({"nsenter", net_of(network_.pid()), "sh", "-c",
        "ip link del " + outer + " 2>/dev/null; ip link add " + outer + " address " + near_mac +
            " type veth peer name eth0 address " + far_mac + " netns " + far_pid + " && ip addr add " + net +
            ".1/24 dev " + outer + " && ip link set " + outer + " up && ip neigh replace " + net + ".2 lladdr " +
            far_mac + " dev " + outer + " nud permanent"});
  in_node("ip link set lo up && ip addr add " + net + ".2/24 dev eth0 && ip link set eth0 up && ip neigh replace " +
          net + ".1 lladdr " + near_mac + " dev eth0 nud permanent");
}

std::string Node::in_node(const std::string& command) const {
  return must({"nsenter", net_of(child_->pid()), "sh", "-c", command});
}

void Node::silence() const { in_node("ip route add blackhole 10.99." + std::to_string(number_) + ".1/32"); }

void Node::unplug() const { in_node("ip link set eth0 down"); }

void Node::restore() const {
  const auto far = "10.99." + std::to_string(number_) + ".1";
  in_node("ip route del blackhole " + far + "/32 2>/dev/null; ip link set eth0 up && ip neigh replace " + far +
          " lladdr 02:00:00:00:01:0" + std::to_string(number_) + " dev eth0 nud permanent");
}

void Node::slow_down(int kbit_per_second) const {
  const auto shape = " root tbf rate " + std::to_string(kbit_per_second) + "kbit burst 4kb latency 400ms";
  in_node("tc qdisc replace dev eth0" + shape);
  must({"nsenter", net_of(network_.pid()), "sh", "-c", "tc qdisc replace dev to-n" + std::to_string(number_) + shape});
}

void Node::kill_sshd() const {
  // Below unshare and the node's own pid 1: the listener, and under it the sessions.
  const auto family = tree_of(child_->pid());
  for (std::size_t i = 2; i < family.size(); ++i) kill(family[i], SIGKILL);
}

void Node::hang_sshd() const {
  const auto family = tree_of(child_->pid());
  for (std::size_t i = 2; i < family.size(); ++i) kill(family[i], SIGSTOP);
}

void Node::power_cycle(Milliseconds down) {
  end();
  eventually([] { return false; }, down);
  start();
}

void Node::come_back(Milliseconds down) {
  go_down();
  power_cycle(down);
}

void Node::go_down() {
  if (!eventually([&] { return child_->poll().has_value(); })) throw std::runtime_error(name_ + " does not go down");
}

void Node::change_host_key() const {
  fs::copy_file(key_file("ed25519-other-host"), folder_ / "ssh_host_ed25519_key", fs::copy_options::overwrite_existing);
}

std::string Node::shell(const std::string& command) const {
  const auto family = tree_of(child_->pid());
  if (family.size() < 2) throw std::runtime_error("node " + name_ + " is down");
  return must({"nsenter", "--all", "--root", "--wd", "--target", std::to_string(family[1]), "sh", "-c", command});
}

}  // namespace cef::testing

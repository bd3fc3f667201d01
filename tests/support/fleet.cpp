#include "fleet.hpp"

#include "keys.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace cef::testing {

namespace {

std::string yaml_of(const std::vector<FleetHost>& hosts, const std::map<std::string, std::string>& variables) {
  std::ostringstream text;
  text << "all:\n  vars:\n";
  for (const auto& [name, value] : variables) text << "    " << name << ": " << value << '\n';
  std::vector<std::string> groups;
  for (const auto& host : hosts) {
    if (std::find(groups.begin(), groups.end(), host.group) == groups.end()) groups.push_back(host.group);
  }
  for (const auto& group : groups) {
    text << group << ":\n  hosts:\n";
    for (const auto& host : hosts) {
      if (host.group != group) continue;
      // A host with a variable of Ansible's does not heed plain words.
      const bool ansibles = std::any_of(host.variables.begin(), host.variables.end(),
                                        [](const auto& variable) { return variable.first.starts_with("ansible_"); });
      const std::string own = ansibles ? "cef_" : "";
      text << "    " << host.name << ": {" << own << "address: " << host.address << ", " << own
           << "port: " << host.port;
      if (ansibles)
        for (const auto& [name, value] : variables) text << ", " << own << name << ": " << value;
      for (const auto& [name, value] : host.variables) text << ", " << name << ": " << value;
      text << "}\n";
    }
  }
  return text.str();
}

template <class Options>
Options with_environment(Options options, const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) options.env.emplace(name, value);
  return options;
}

std::vector<std::string> command(std::vector<std::string> before, const std::vector<std::string>& arguments) {
  before.emplace_back(CEF_PROGRAM);
  before.insert(before.end(), arguments.begin(), arguments.end());
  return before;
}

}  // namespace

nlohmann::json CefResult::operator[](const std::string& host) const {
  if (document.is_object()) {
    for (const auto& result : document.value("results", nlohmann::json::array())) {
      if (result.value("host", "") == host) return result;
    }
  }
  for (const auto& result : lines) {
    if (result.value("host", "") == host) return result;
  }
  return nullptr;
}

std::string CefResult::code(const std::string& host) const {
  const auto result = (*this)[host];
  if (!result.is_object()) return "";
  return result.contains("error") ? result["error"].value("code", "") : result.value("status", "");
}

std::string CefResult::told() const {
  const auto end = signal != 0 ? "signal " + std::to_string(signal) : "exit code " + std::to_string(exit_code);
  return end + (timed_out ? ", killed by the test's timeout" : "") + " after " + std::to_string(wall.count()) +
         " s\nstdout: " + out.substr(0, 4000) + "\nstderr: " + err.substr(0, 4000);
}

std::string rendezvous(const std::filesystem::path& place, int count) {
  return "echo here >>" + place.string() + "; until [ $(grep -c here " + place.string() + ") -ge " +
         std::to_string(count) + " ]; do sleep 0.05; done";
}

CefResult read_result(RunResult result) {
  CefResult read;
  static_cast<RunResult&>(read) = std::move(result);
  auto document = nlohmann::json::parse(read.out, nullptr, false);
  if (document.is_object() && document.contains("results")) {
    read.document = std::move(document);
    return read;
  }
  std::istringstream text(read.out);
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with('{')) continue;  // much output is not worth the parser's time
    auto object = nlohmann::json::parse(line, nullptr, false);
    if (object.is_object()) read.lines.push_back(std::move(object));
  }
  return read;
}

Fleet::Fleet() {
  std::filesystem::create_directories(home());
  set("user", login_user());
  set("key_file", key_file("ed25519").string());
}

void Fleet::add(FleetHost host) { hosts_.push_back(std::move(host)); }

void Fleet::add(const std::string& name, const Sshd& server, FleetHost host) {
  host.name = name;
  host.port = server.port();
  know(server.known_hosts(host.address));
  add(std::move(host));
}

void Fleet::add(const Node& node, const Network& network, FleetHost host) {
  set("user", "edge");
  know(node.known_hosts());
  host.name = node.name();
  host.address = node.address();
  add(std::move(host));
  before_ = network.inside();
}

void Fleet::names(const std::filesystem::path& hosts) {
  before_.insert(before_.end(), {"unshare", "-m", "sh", "-c", R"(mount --bind "$0" /etc/hosts && exec "$@")", hosts});
}

std::map<std::string, std::string> Fleet::environment() const {
  write_file(folder_ / "inventory.yml", yaml_of(hosts_, variables_), 0644);
  if (!std::filesystem::exists(known_hosts_file())) write_file(known_hosts_file(), known_hosts_);
  return {{"HOME", home().string()},
          {"XDG_CONFIG_HOME", (home() / ".config").string()},
          {"CEF_INVENTORY", (folder_ / "inventory.yml").string()},
          {"CEF_KNOWN_HOSTS", known_hosts_file().string()}};
}

CefResult Fleet::cef(const std::vector<std::string>& arguments, RunOptions options) const {
  return read_result(run(command(before_, arguments), with_environment(std::move(options), environment())));
}

std::unique_ptr<Process> Fleet::start(const std::vector<std::string>& arguments, RunOptions options) const {
  return std::make_unique<Process>(command(before_, arguments), with_environment(std::move(options), environment()));
}

std::unique_ptr<Pty> Fleet::start_on_terminal(const std::vector<std::string>& arguments, PtyOptions options) const {
  return std::make_unique<Pty>(command(before_, arguments), with_environment(std::move(options), environment()));
}

}  // namespace cef::testing

// An inventory and a known_hosts file for servers that a test started, and a way to run cef on them.
#pragma once

#include "node.hpp"
#include "process.hpp"
#include "pty.hpp"
#include "sshd.hpp"
#include "temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cef::testing {

struct FleetHost {
  std::string name{};
  std::string address = "127.0.0.1";
  std::uint16_t port = 22;
  std::string group = "fleet";
  std::map<std::string, std::string> variables{};  // as YAML text: {"tags", "[gpu]"}
};

/// What cef said, with its JSON read.
struct CefResult : RunResult {
  nlohmann::json document;            // of --format json
  std::vector<nlohmann::json> lines;  // of --format ndjson
  /// The result of one host, or null.
  nlohmann::json operator[](const std::string& host) const;
  /// `error.code` of one host, or its status where there is no error.
  std::string code(const std::string& host) const;
  /// Everything it said, for a failing test to show.
  std::string told() const;
};

class Fleet {
 public:
  Fleet();

  /// A host with no key in known_hosts.
  void add(FleetHost host);
  /// A host of that server, its keys known.
  void add(const std::string& name, const Sshd& server, FleetHost host = {});
  /// A node; cef then runs in its network.
  void add(const Node& node, const Network& network, FleetHost host = {});
  void know(const std::string& lines) { known_hosts_ += lines; }
  /// Names that only cef sees: a file that stands in the place of /etc/hosts. Takes root.
  void names(const std::filesystem::path& hosts);
  /// A variable of every host, as YAML text.
  void set(const std::string& variable, const std::string& yaml) { variables_[variable] = yaml; }

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path known_hosts_file() const { return folder_ / "known_hosts"; }
  std::filesystem::path home() const { return folder_ / "home"; }
  /// Writes the files, and gives the environment under which cef reads them and nothing of the user's own.
  std::map<std::string, std::string> environment() const;

  /// `cef ARGUMENTS` with this inventory; JSON on standard output is read.
  CefResult cef(const std::vector<std::string>& arguments, RunOptions options = {}) const;
  std::unique_ptr<Process> start(const std::vector<std::string>& arguments, RunOptions options = {}) const;
  std::unique_ptr<Pty> start_on_terminal(const std::vector<std::string>& arguments, PtyOptions options = {}) const;

 private:
  TempDir folder_;
  std::vector<FleetHost> hosts_;
  std::map<std::string, std::string> variables_;
  std::string known_hosts_;
  std::vector<std::string> before_;  // what stands before cef on its command line
};

/// A command for each of `count` hosts of one machine that ends once all of them run it: side by side, or never.
/// They meet at the file `place`.
std::string rendezvous(const std::filesystem::path& place, int count);

/// The JSON in what cef printed: one document, or a line each.
CefResult read_result(RunResult result);

}  // namespace cef::testing

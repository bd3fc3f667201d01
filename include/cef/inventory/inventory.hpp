// The fleet as the inventory files describe it: hosts in inventory order, the tree of groups, every host's variables
// after precedence. Loading is in load.hpp, choosing hosts in selector.hpp.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/host_key_policy.hpp>
#include <cef/core/value.hpp>
#include <cef/inventory/ssh_options.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

/// A setting that a variable gives, but that cannot be used: a template, an encrypted value, nonsense. It is the host's
/// fault when it is needed, and nobody else's.
struct Unusable {
  std::string_view setting;  // cef's own word: `address`; `ssh_args` for all three of Ansible's
  std::string why;           // `hosts.yml:3:15: ansible_host holds a template, ...`
};

/// Where a setting was taken from.
struct Origin {
  std::string_view setting, variable;  // `port`, `ansible_ssh_port`
  std::shared_ptr<const std::string> file;
  int line = 0;  // 0 when unknown
};

/// The variables that cef itself reads, typed; `ansible_*` synonyms are already resolved. What is absent was not set.
struct Settings {
  std::string address;  // host name or IP address; the inventory name when no variable says otherwise
  std::optional<std::uint16_t> port;
  std::optional<std::string> user;
  std::optional<std::string> password;
  std::vector<std::string> key_files;     // as written, `~` not expanded
  std::optional<bool> identities_only;    // offer key_files alone, not the agent's other keys (ssh's IdentitiesOnly)
  std::vector<std::string> certificates;  // ssh's CertificateFile, as written
  std::optional<std::string> agent;       // ssh's IdentityAgent, as written
  std::optional<std::string> host_key_alias;  // ssh's HostKeyAlias
  SshOptions ssh;                             // of Ansible's options for ssh
  std::optional<std::string>
      jump;  // inventory name or [user@]host[:port]; several hops separated by commas; empty: none
  std::optional<std::string> proxy_command;  // ssh's ProxyCommand, as written, in place of a jump
  std::optional<std::string> ssh_config;     // ssh's -F: the file that is asked for this host; `none`: no file
  std::optional<bool> become;
  std::optional<std::string> become_user;
  std::optional<std::string> become_password;
  std::optional<Milliseconds> connect_timeout;
  std::optional<int> forks;
  std::optional<HostKeyPolicy> host_key;
  std::vector<std::string> known_hosts;  // files, as written
  bool local = false;                    // run on the controller itself, without SSH
  std::optional<std::string> site;
  std::vector<std::string> tags;        // union of the host's own and its groups', in that order, without repeats
  std::vector<std::string> assertions;  // thresholds of the variable `assert`, as written
  std::vector<Unusable> unusable;
};

struct Host {
  std::string name;
  std::vector<std::string> groups;  // every group it is in, through child groups too; inventory order, without `all`
  Value vars;  // object: every variable after precedence, as written (synonyms kept); texts tagged !vault and !unsafe
               // are objects with the key __ansible_vault or __ansible_unsafe
  Settings settings;
  std::vector<Origin> origins;  // of the settings; tags apart
};

struct Group {
  std::string name;
  std::vector<std::string> hosts;     // direct members, inventory order
  std::vector<std::string> children;  // direct child groups, inventory order
  Value vars;                         // the group's own variables, not its parents'
};

/// The names without `cef_` or `ansible_` that cef reads where no `ansible_*` variable applies.
std::vector<std::string_view> plain_words();
/// All names for what such a word sets: `cef_port`, then Ansible's, then the word itself; the strongest first.
std::vector<std::string> names_for(std::string_view plain_word);

class Growth;

class Inventory {
 public:
  Inventory(std::vector<Host> hosts, std::vector<Group> groups);

  const std::vector<Host>& hosts() const { return hosts_; }
  /// In inventory order; `all` first, `ungrouped` second, both always there.
  const std::vector<Group>& groups() const { return groups_; }
  const Host* host(std::string_view name) const;
  const Group* group(std::string_view name) const;
  /// Indices into hosts(), ascending, of the group's hosts and those of its child groups; none for an unknown group.
  std::vector<std::size_t> members(std::string_view group) const;
  /// What a play adds to it; null where nothing can be added.
  const std::shared_ptr<Growth>& growth() const { return growth_; }
  void grow_by(std::shared_ptr<Growth> growth) { growth_ = std::move(growth); }

 private:
  std::vector<Host> hosts_;
  std::vector<Group> groups_;
  std::map<std::string, std::size_t, std::less<>> host_index_, group_index_;
  std::shared_ptr<Growth> growth_;
};

/// What `ansible-inventory --list` prints for the same files: `_meta.hostvars`, `all.children`, and each group.
Value list_json(const Inventory& inventory);

/// The tree of groups and hosts, as `ansible-inventory --graph` draws it.
std::string graph(const Inventory& inventory, std::string_view root = "all");

}  // namespace cef::inventory

#include "modules/facts.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <map>

namespace cef::tasks::modules {

namespace {

// `NAME=value` lines, quotes off.
std::map<std::string, std::string> settings_of(std::string_view text) {
  std::map<std::string, std::string> settings;
  for (const std::string& line : lines_of(text)) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    std::string_view value = trim(std::string_view(line).substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'')) value = value.substr(1, value.size() - 2);
    settings[std::string(trim(line.substr(0, equals)))] = std::string(value);
  }
  return settings;
}

struct Distribution {
  std::string_view id, name, family;
};
constexpr Distribution distributions[] = {{"debian", "Debian", "Debian"},
                                          {"raspbian", "Debian", "Debian"},
                                          {"ubuntu", "Ubuntu", "Debian"},
                                          {"linuxmint", "Linux Mint", "Debian"},
                                          {"kali", "Kali", "Debian"},
                                          {"pop", "Pop!_OS", "Debian"},
                                          {"devuan", "Devuan", "Debian"},
                                          {"alpine", "Alpine", "Alpine"},
                                          {"rhel", "RedHat", "RedHat"},
                                          {"centos", "CentOS", "RedHat"},
                                          {"rocky", "Rocky", "RedHat"},
                                          {"almalinux", "AlmaLinux", "RedHat"},
                                          {"fedora", "Fedora", "RedHat"},
                                          {"amzn", "Amazon", "RedHat"},
                                          {"ol", "OracleLinux", "RedHat"},
                                          {"arch", "Archlinux", "Archlinux"},
                                          {"archarm", "Archlinux", "Archlinux"},
                                          {"opensuse-leap", "openSUSE Leap", "Suse"},
                                          {"opensuse-tumbleweed", "openSUSE Tumbleweed", "Suse"},
                                          {"sles", "SLES", "Suse"},
                                          {"gentoo", "Gentoo", "Gentoo"}};

void put_distribution(Value& facts, const Answer& answer) {
  auto release = settings_of(answer.text("os_release"));
  const std::string id = release["ID"];
  std::string name =
      release["NAME"].empty() ? answer.text("uname").substr(0, answer.text("uname").find('|')) : release["NAME"];
  std::string family = name, version = release["VERSION_ID"];
  for (const Distribution& known : distributions)
    if (known.id == id) {
      name = known.name;
      family = known.family;
    }
  if (family == name && (" " + release["ID_LIKE"] + " ").find(" debian ") != std::string::npos) family = "Debian";
  const std::string debian(trim(answer.text("debian_version")));
  if (name == "Debian" && !debian.empty() && is_digit(debian[0])) version = debian;
  if (name == "Alpine" && answer.has("alpine_version")) version = trim(answer.text("alpine_version"));
  facts["distribution"] = name;
  facts["distribution_version"] = version.empty() ? "NA" : version;
  facts["distribution_major_version"] = version.substr(0, version.find('.'));
  facts["distribution_release"] = release["VERSION_CODENAME"].empty() ? "NA" : release["VERSION_CODENAME"];
  facts["distribution_file_variety"] = family == "Debian" ? "Debian" : name;
  facts["distribution_file_path"] = "/etc/os-release";
  facts["distribution_file_parsed"] = true;
  facts["os_family"] = family;
}

void put_names(Value& facts, const Answer& answer) {
  const auto uname = fields_of(answer.text("uname"), '|');
  if (uname.size() < 5) return;
  const std::string node = uname[1], machine = uname[3];
  std::string fqdn = answer.text("fqdn");
  if (fqdn.empty() || fqdn == "(none)") fqdn = node;
  facts["system"] = uname[0];
  facts["kernel"] = uname[2];
  facts["kernel_version"] = uname[4];
  facts["machine"] = machine;
  const bool x86 = machine.size() == 4 && machine[0] == 'i' && machine.ends_with("86");
  facts["architecture"] = x86 ? "i386" : machine;
  facts["userspace_bits"] = answer.text("bits").empty() ? (machine.ends_with("64") ? "64" : "32") : answer.text("bits");
  facts["userspace_architecture"] =
      facts["userspace_bits"] == "32" && machine == "x86_64" ? Value("i386") : facts["architecture"];
  facts["nodename"] = node;
  facts["hostname"] = node.substr(0, node.find('.'));
  facts["fqdn"] = fqdn;
  const auto dot = fqdn.find('.');
  facts["domain"] = dot == std::string::npos ? "" : fqdn.substr(dot + 1);
}

void put_user(Value& facts, const Answer& answer) {
  const auto ids = fields_of(answer.text("user"), '|');
  if (ids.size() < 3) return;
  auto entry = fields_of(first_line(answer.text("passwd")), ':');
  entry.resize(7);
  facts["user_id"] = ids[2];
  facts["user_uid"] = number_of(ids[0]);
  facts["user_gid"] = number_of(ids[1]);
  facts["user_gecos"] = entry[4];
  facts["user_dir"] = entry[5];
  facts["user_shell"] = entry[6];
  facts["real_user_id"] = facts["effective_user_id"] = number_of(ids[0]);
  facts["real_group_id"] = facts["effective_group_id"] = number_of(ids[1]);
  Value env = Value::object();
  for (const std::string& entry_text : fields_of(answer.text("environ"), '\0'))
    if (const auto equals = entry_text.find('='); equals != std::string::npos)
      env[entry_text.substr(0, equals)] = entry_text.substr(equals + 1);
  facts["env"] = std::move(env);
}

void put_time(Value& facts, const Answer& answer) {
  const auto now = fields_of(answer.text("date"), '|'), utc = fields_of(answer.text("utc"), '|');
  if (now.size() < 12 || utc.size() < 2) return;
  const std::string micro = utc[1].size() >= 6 && is_digit(utc[1][0]) ? utc[1].substr(0, 6) : "000000";
  const std::string date = fmt::format("{}-{}-{}", now[0], now[1], now[5]),
                    time = fmt::format("{}:{}:{}", now[6], now[7], now[8]);
  const std::string basic = fmt::format("{}{}{}T{}{}{}", now[0], now[1], now[5], now[6], now[7], now[8]);
  facts["date_time"] = {{"year", now[0]},
                        {"month", now[1]},
                        {"weekday", now[2]},
                        {"weekday_number", now[3]},
                        {"weeknumber", now[4]},
                        {"day", now[5]},
                        {"hour", now[6]},
                        {"minute", now[7]},
                        {"second", now[8]},
                        {"epoch", now[9]},
                        {"epoch_int", now[9]},
                        {"date", date},
                        {"time", time},
                        {"iso8601_micro", fmt::format("{}.{}Z", utc[0], micro)},
                        {"iso8601", utc[0] + 'Z'},
                        {"iso8601_basic", basic + micro},
                        {"iso8601_basic_short", basic},
                        {"tz", now[10]},
                        {"tz_dst", now[10]},
                        {"tz_offset", now[11]}};
}

// Words of the kernel's command line; those given several times are lists in the second.
void put_command_line(Value& facts, const Answer& answer) {
  Value last = Value::object(), every = Value::object();
  for (const std::string& word : fields_of(trim(answer.text("cmdline")), ' ')) {
    if (word.empty()) continue;
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Value value = equals == std::string::npos ? Value(true) : Value(word.substr(equals + 1));
    last[name] = value;
    if (!every.contains(name))
      every[name] = value;
    else if (every[name].is_array())
      every[name].push_back(value);
    else
      every[name] = Value::array({every[name], value});
  }
  facts["cmdline"] = std::move(last);
  facts["proc_cmdline"] = std::move(every);
}

void put_managers(Value& facts, const Answer& answer) {
  const std::string init = answer.text("init");
  std::string manager = init;
  if (answer.has("systemd") || init == "systemd")
    manager = "systemd";
  else if (init == "init" || init == "sh" || init == "bash" || init.empty())
    manager = answer.has("openrc") ? "openrc" : answer.has("initd") ? "sysvinit" : "service";
  facts["service_mgr"] = manager;
  facts["pkg_mgr"] = answer.has("pkg_mgr") ? answer.text("pkg_mgr") : "unknown";
  const std::string selinux = lower(trim(answer.text("selinux")));
  if (selinux.empty() || selinux == "disabled")
    facts["selinux"] = {{"status", "disabled"}};
  else
    facts["selinux"] = {{"status", "enabled"},
                        {"mode", selinux == "1"   ? "enforcing"
                                 : selinux == "0" ? "permissive"
                                                  : selinux}};
  facts["selinux_python_present"] = false;
  facts["apparmor"] = {{"status", answer.has("apparmor") ? "enabled" : "disabled"}};
  facts["fips"] = trim(answer.text("fips")) == "1";
}

void put_lsb(Value& facts, const Answer& answer) {
  Value lsb = Value::object();
  for (const std::string& line : lines_of(answer.text("lsb"))) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string value(trim(line.substr(colon + 1)));
    if (line.starts_with("Distributor ID:")) lsb["id"] = value;
    if (line.starts_with("Description:")) lsb["description"] = value;
    if (line.starts_with("Release:")) lsb["release"] = value;
    if (line.starts_with("Codename:")) lsb["codename"] = value;
  }
  for (const auto& [key, value] : settings_of(answer.text("lsb_release"))) {
    if (key == "DISTRIB_ID" && !lsb.contains("id")) lsb["id"] = value;
    if (key == "DISTRIB_RELEASE" && !lsb.contains("release")) lsb["release"] = value;
    if (key == "DISTRIB_CODENAME" && !lsb.contains("codename")) lsb["codename"] = value;
    if (key == "DISTRIB_DESCRIPTION" && !lsb.contains("description")) lsb["description"] = value;
  }
  if (lsb.contains("release")) {
    const std::string release = lsb["release"].get<std::string>();
    lsb["major_release"] = release.substr(0, release.find('.'));
  }
  facts["lsb"] = std::move(lsb);
}

}  // namespace

std::vector<std::string> fields_of(std::string_view text, char separator) {
  std::vector<std::string> fields(1);
  for (const char c : text) {
    if (c == separator)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

void put_system_facts(Value& facts, const Answer& answer) {
  put_names(facts, answer);
  put_distribution(facts, answer);
  put_user(facts, answer);
  put_time(facts, answer);
  put_command_line(facts, answer);
  put_managers(facts, answer);
  put_lsb(facts, answer);
  facts["machine_id"] = std::string(trim(answer.text("machine_id")));
  facts["is_chroot"] = answer.has("chroot");
  Value dns = Value::object();
  for (const std::string& line : lines_of(answer.text("resolv"))) {
    const auto words = fields_of(line, ' ');
    if (words.size() > 1 && (words[0] == "nameserver" || words[0] == "search"))
      for (std::size_t i = 1; i < words.size(); ++i)
        dns[words[0] == "search" ? "search" : "nameservers"].push_back(words[i]);
  }
  facts["dns"] = std::move(dns);
  for (const std::string& key : answer.all("host_key")) {
    const auto words = fields_of(key, ' ');  // its type, itself, its file
    if (words.size() < 3) continue;
    std::string kind = words[2].substr(0, words[2].find("_key.pub"));
    kind.erase(0, std::string_view("ssh_host_").size());
    facts[fmt::format("ssh_host_key_{}_public", kind)] = words[1];
    facts[fmt::format("ssh_host_key_{}_public_keytype", kind)] = words[0];
  }
}

}  // namespace cef::tasks::modules

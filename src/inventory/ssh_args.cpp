#include "ssh_args.hpp"

#include "ssh_words.hpp"
#include "words.hpp"

#include <cef/core/duration.hpp>
#include <cef/core/host_key_policy.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::inventory {

namespace {

class SshArgs {
 public:
  SshArgs(Settings& settings, Reading& reading) : settings_(settings), reading_(reading) {}

  void read(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size() && reading_.error.empty(); ++i) {
      const std::string& word = words[i];
      if (word.size() < 2 || word[0] != '-') {
        reading_.warnings.push_back(fmt::format("'{}' is ignored: it is no option of ssh", word));
        continue;
      }
      constexpr std::string_view with_value = "BbcDEeFIiJLlmOopQRSWw";
      if (with_value.find(word[1]) == std::string_view::npos) {
        if (word == "-4" || word == "-6")
          set("addressfamily", word == "-4" ? "inet" : "inet6");
        else if (word != "-C" && word != "-q" && word != "-T")
          reading_.warnings.push_back(fmt::format("ssh's {} is ignored", word));
        continue;
      }
      if (word.size() == 2 && i + 1 == words.size()) {
        reading_.error = fmt::format("ends in {} without its value", word);
        return;
      }
      const std::string value = word.size() > 2 ? word.substr(2) : words[++i];
      switch (word[1]) {
        case 'o':
          option(value);
          break;
        case 'J':
          set("proxyjump", value);
          break;
        case 'i':
          set("identityfile", value);
          break;
        case 'p':
          set("port", value);
          break;
        case 'l':
          set("user", value);
          break;
        case 'b':
          set("bindaddress", value);
          break;
        case 'c':
          set("ciphers", value);
          break;
        case 'm':
          set("macs", value);
          break;
        case 'F':
          if (!settings_.ssh_config) settings_.ssh_config = value;
          break;
        case 'S':
          break;  // a control socket, which has no meaning here
        default:
          reading_.warnings.push_back(fmt::format("ssh's -{} is ignored", word[1]));
      }
    }
  }

 private:
  // `Name=value`, `Name value`, `Name = value`.
  void option(const std::string& text) {
    const std::size_t name_end = std::min(text.find_first_of(" \t="), text.size());
    const std::size_t begin = text.find_first_not_of(" \t", name_end);
    std::string_view value = begin == std::string::npos ? "" : std::string_view(text).substr(begin);
    if (value.starts_with('=')) value.remove_prefix(std::min(value.find_first_not_of(" \t", 1), value.size()));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    const std::string name = text.substr(0, name_end);
    if (value.empty())
      reading_.error = fmt::format("ssh option '{}' has no value", text);
    else if (!set(lower(name), std::string(value)))
      reading_.warnings.push_back(fmt::format("ssh option {} is ignored", name));
  }

  // In ssh the first value of an option counts, and identity files add up.
  bool set(std::string_view name, const std::string& value) {
    if (name == "proxyjump") {
      if (lower(value) != "none")
        through("jump", value, !has_way());
      else if (!has_way())
        settings_.jump = "";
    } else if (name == "proxycommand") {
      if (has_way()) return true;
      if (lower(value) == "none")
        settings_.jump = "";
      else
        settings_.proxy_command = value;
    } else if (name == "identityfile") {
      if (std::find(settings_.key_files.begin(), settings_.key_files.end(), value) == settings_.key_files.end())
        settings_.key_files.push_back(value);
    } else if (name == "certificatefile") {
      if (lower(value) != "none") settings_.certificates.push_back(value);
    } else if (name == "identityagent") {
      if (!settings_.agent) settings_.agent = value;
    } else if (name == "hostkeyalias") {
      if (!settings_.host_key_alias) settings_.host_key_alias = value;
    } else if (name == "user") {
      through("user", value, !settings_.user.has_value());
    } else if (name == "port") {
      const auto port = ssh_port(value);
      through("port", port ? std::to_string(*port) : value, !settings_.port.has_value());
    } else if (name == "hostname") {
      through("address", value, settings_.address.empty());
    } else if (name == "stricthostkeychecking") {
      through("host_key", lower(value), !settings_.host_key.has_value());
    } else if (name == "userknownhostsfile") {
      if (!settings_.known_hosts.empty()) return true;
      if (auto files = split_words(value)) settings_.known_hosts = std::move(*files);
    } else if (name == "connecttimeout") {
      through("connect_timeout", value, !settings_.connect_timeout.has_value());
    } else if (name == "identitiesonly") {
      if (!settings_.identities_only) settings_.identities_only = lower(value) == "yes" || lower(value) == "true";
    } else {
      for (const char* quiet : {"controlmaster", "controlpersist", "controlpath"})
        if (name == quiet) return true;
      const SshOption* option = find_ssh_option(name);
      if (!option) return false;
      SshOptions said;
      if (const std::string why = option->read(value, said); !why.empty())
        reading_.error = fmt::format("sets {}, but {}", name, why);
      settings_.ssh.fill(said);
    }
    return true;
  }

  // As if the variable of that name had been set, unless it was.
  void through(std::string_view keyword, const std::string& value, bool open) {
    Settings scratch;
    const Reading result = read_setting(*find_keyword(keyword), value, open ? settings_ : scratch);
    if (!result.error.empty()) reading_.error = fmt::format("sets {}, which {}", keyword, result.error);
  }

  bool has_way() const { return settings_.jump || settings_.proxy_command; }

  Settings& settings_;
  Reading& reading_;
};

}  // namespace

void read_ssh_words(const std::vector<std::string>& words, Settings& settings, Reading& reading) {
  SshArgs(settings, reading).read(words);
}

void read_ssh_args(const Value& value, Settings& settings, Reading& reading) {
  if (!value.is_string()) {
    reading.error = "must be text: options of ssh";
    return;
  }
  auto words = split_words(value.get_ref<const std::string&>());
  if (!words) {
    reading.error = words.error().message;
    return;
  }
  // As Ansible does: options over several lines, each ending in a backslash, come as ` -o`.
  for (std::string& word : *words) word = std::string(trim(word));
  std::erase_if(*words, [](const std::string& word) { return word.empty(); });
  read_ssh_words(*words, settings, reading);
}

}  // namespace cef::inventory

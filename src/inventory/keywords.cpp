#include "keywords.hpp"

#include <cef/core/duration.hpp>
#include <cef/core/host_key_policy.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <limits>
#include <unordered_map>

namespace cef::inventory {

namespace {

std::string show(const Value& value) {
  return value.is_string() ? fmt::format("'{}'", value.get_ref<const std::string&>())
                           : value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

// Text, or a number that someone did not quote: `user: 1001`.
std::optional<std::string> text_of(const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

std::optional<std::int64_t> number_of(const Value& value) {
  if (value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
    return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The words Ansible takes for booleans.
std::optional<bool> boolean_of(const Value& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) {
    if (value == 1) return true;
    if (value == 0) return false;
    return std::nullopt;
  }
  if (!value.is_string()) return std::nullopt;
  const std::string word = lower(value.get<std::string>());
  for (const char* yes : {"y", "yes", "on", "1", "true", "t"})
    if (word == yes) return true;
  for (const char* no : {"n", "no", "off", "0", "false", "f"})
    if (word == no) return false;
  return std::nullopt;
}

template <auto member>
void read_text(const Value& value, Settings& settings, Reading& reading) {
  auto text = text_of(value);
  if (!text)
    reading.error = fmt::format("must be text, not {}", show(value));
  else if (text->find_first_of("\r\n") != std::string::npos)
    reading.error = "must be one line";
  else if (!text->empty())
    settings.*member = std::move(*text);
}

template <auto member>
void read_boolean(const Value& value, Settings& settings, Reading& reading) {
  if (const auto yes = boolean_of(value))
    settings.*member = *yes;
  else
    reading.error = fmt::format("must be true or false, not {}", show(value));
}

// One text or a list of them; `separators` split a single text.
std::optional<std::vector<std::string>> texts_of(const Value& value, std::string_view separators) {
  std::vector<std::string> texts;
  if (value.is_array()) {
    for (const Value& item : value) {
      auto text = text_of(item);
      if (!text) return std::nullopt;
      texts.push_back(std::move(*text));
    }
    return texts;
  }
  const auto text = text_of(value);
  if (!text) return std::nullopt;
  for (std::size_t at = 0; at <= text->size();) {
    const std::size_t end = std::min(text->find_first_of(separators, at), text->size());
    if (end > at) texts.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return texts;
}

template <auto member>
void read_texts(const Value& value, Settings& settings, Reading& reading) {
  if (auto texts = texts_of(value, "\n"))
    settings.*member = std::move(*texts);
  else
    reading.error = fmt::format("must be a text or a list of texts, not {}", show(value));
}

void read_tags(const Value& value, Settings& settings, Reading& reading) {
  if (auto tags = texts_of(value, ", "))
    settings.tags = std::move(*tags);
  else
    reading.error = fmt::format("must be a list of words, not {}", show(value));
}

// What they mean is known where metrics are.
void read_assertions(const Value& value, Settings& settings, Reading& reading) {
  const Value list = value.is_array() ? value : Value::array({value});
  if (std::all_of(list.begin(), list.end(), [](const Value& one) { return one.is_string(); }))
    settings.assertions = list.get<std::vector<std::string>>();
  else
    reading.error =
        fmt::format("must be a threshold such as 'temp.cpu_celsius<80' or a list of them, not {}", show(value));
}

void read_address(const Value& value, Settings& settings, Reading& reading) {
  auto text = text_of(value);
  if (!text) {
    reading.error = fmt::format("must be a host name or an IP address, not {}", show(value));
  } else if (text->find_first_of(" \t\r\n/@") != std::string::npos) {
    reading.error = fmt::format("must be a host name or an IP address alone, not {}", show(value));
  } else if (!text->empty()) {
    // An IPv6 address may stand in brackets, as it does in URLs.
    const bool bracketed = text->size() > 2 && text->front() == '[' && text->back() == ']';
    settings.address = bracketed ? text->substr(1, text->size() - 2) : *text;
  }
}

void read_port(const Value& value, Settings& settings, Reading& reading) {
  const auto number = number_of(value);
  if (!number || *number < 1 || *number > 65535)
    reading.error = fmt::format("must be a number from 1 to 65535, not {}", show(value));
  else
    settings.port = static_cast<std::uint16_t>(*number);
}

void read_forks(const Value& value, Settings& settings, Reading& reading) {
  const auto number = number_of(value);
  if (!number || *number < 1 || *number > std::numeric_limits<int>::max())
    reading.error = fmt::format("must be a number from 1 up, not {}", show(value));
  else
    settings.forks = static_cast<int>(*number);
}

void read_timeout(const Value& value, Settings& settings, Reading& reading) {
  const std::string text = value.is_number() ? value.dump() : value.is_string() ? value.get<std::string>() : "";
  const auto duration = parse_duration(text);
  if (!duration || duration->count() == 0)
    reading.error = fmt::format("must be a duration such as 10, 10s or 2m, not {}", show(value));
  else
    settings.connect_timeout = *duration;
}

// Hops separated by commas; `none` is ssh's word for no jump host, whatever ssh's configuration says.
void read_jump(const Value& value, Settings& settings, Reading& reading) {
  const auto hops = texts_of(value, ", ");
  if (!hops) {
    reading.error = fmt::format("must be a host of the inventory or [user@]host[:port], not {}", show(value));
    return;
  }
  if (hops->empty()) return;
  const bool none = hops->size() == 1 && lower(hops->front()) == "none";
  settings.jump = none ? "" : fmt::format("{}", fmt::join(*hops, ","));
}

// YAML reads `off`, `no` and `yes` as booleans.
void read_host_key(const Value& value, Settings& settings, Reading& reading) {
  const auto policy = host_key_policy_from(value.is_boolean()  ? (value.get<bool>() ? "yes" : "off")
                                           : value.is_string() ? value.get_ref<const std::string&>()
                                                               : std::string());
  if (policy)
    settings.host_key = policy;
  else
    reading.error = fmt::format("must be ask, accept-new, strict or off, not {}", show(value));
}

// Ansible's switch: on leaves ssh's default, which is to ask.
void read_host_key_checking(const Value& value, Settings& settings, Reading& reading) {
  if (const auto checked = boolean_of(value))
    settings.host_key = *checked ? HostKeyPolicy::ask : HostKeyPolicy::off;
  else
    reading.error = fmt::format("must be true or false, not {}", show(value));
}

void read_connection(const Value& value, Settings& settings, Reading& reading) {
  const std::string name = value.is_string() ? value.get<std::string>() : "";
  const std::string_view word = std::string_view(name).substr(name.rfind('.') + 1);  // ansible.builtin.ssh
  settings.local = word == "local";
  for (const char* known : {"local", "ssh", "smart", "paramiko", "paramiko_ssh", "libssh"})
    if (word == known) return;
  reading.warnings.push_back(fmt::format("connection {} is not known here: ssh is used", show(value)));
}

void read_become_method(const Value& value, Settings&, Reading& reading) {
  const std::string name = value.is_string() ? value.get<std::string>() : "";
  if (std::string_view(name).substr(name.rfind('.') + 1) != "sudo")
    reading.warnings.push_back(fmt::format("become method {} is not known here: sudo is used", show(value)));
}

using S = Settings;
constexpr Keyword keywords[] = {
    // name, slot, spelling, ranges, read
    {"address", Slot::address, Spelling::plain, true, read_address},
    {"ansible_host", Slot::address, Spelling::ansible, true, read_address},
    {"ansible_ssh_host", Slot::address, Spelling::ansible, true, read_address},
    {"port", Slot::port, Spelling::plain, true, read_port},
    {"ansible_port", Slot::port, Spelling::ansible, true, read_port},
    {"ansible_ssh_port", Slot::port, Spelling::ansible, true, read_port},
    {"user", Slot::user, Spelling::plain, true, read_text<&S::user>},
    {"ansible_user", Slot::user, Spelling::ansible, true, read_text<&S::user>},
    {"ansible_ssh_user", Slot::user, Spelling::ansible, true, read_text<&S::user>},
    {"password", Slot::password, Spelling::plain, false, read_text<&S::password>},
    {"ansible_password", Slot::password, Spelling::ansible, false, read_text<&S::password>},
    {"ansible_ssh_password", Slot::password, Spelling::ansible, false, read_text<&S::password>},
    {"ansible_ssh_pass", Slot::password, Spelling::ansible, false, read_text<&S::password>},
    {"key_file", Slot::key_file, Spelling::plain, true, read_texts<&S::key_files>},
    {"ansible_ssh_private_key_file", Slot::key_file, Spelling::ansible, true, read_texts<&S::key_files>},
    {"ansible_private_key_file", Slot::key_file, Spelling::ansible, true, read_texts<&S::key_files>},
    {"jump", Slot::jump, Spelling::plain, true, read_jump},
    {"become", Slot::become, Spelling::plain, false, read_boolean<&S::become>},
    {"ansible_become", Slot::become, Spelling::ansible, false, read_boolean<&S::become>},
    {"become_user", Slot::become_user, Spelling::plain, true, read_text<&S::become_user>},
    {"ansible_become_user", Slot::become_user, Spelling::ansible, true, read_text<&S::become_user>},
    {"become_password", Slot::become_password, Spelling::plain, false, read_text<&S::become_password>},
    {"ansible_become_password", Slot::become_password, Spelling::ansible, false, read_text<&S::become_password>},
    {"ansible_become_pass", Slot::become_password, Spelling::ansible, false, read_text<&S::become_password>},
    {"ansible_sudo_pass", Slot::become_password, Spelling::ansible, false, read_text<&S::become_password>},
    {"ansible_become_method", Slot::become_method, Spelling::ansible, false, read_become_method},
    {"connect_timeout", Slot::connect_timeout, Spelling::plain, false, read_timeout},
    {"ansible_timeout", Slot::connect_timeout, Spelling::ansible, false, read_timeout},
    {"ansible_ssh_timeout", Slot::connect_timeout, Spelling::ansible, false, read_timeout},
    {"forks", Slot::forks, Spelling::plain, false, read_forks},
    {"host_key", Slot::host_key, Spelling::plain, false, read_host_key},
    {"ansible_host_key_checking", Slot::host_key, Spelling::ansible, false, read_host_key_checking},
    {"ansible_ssh_host_key_checking", Slot::host_key, Spelling::ansible, false, read_host_key_checking},
    {"known_hosts", Slot::known_hosts, Spelling::plain, true, read_texts<&S::known_hosts>},
    {"local", Slot::local, Spelling::plain, false, read_boolean<&S::local>},
    {"ansible_connection", Slot::local, Spelling::ansible, false, read_connection},
    {"site", Slot::site, Spelling::plain, true, read_text<&S::site>},
    {"tags", Slot::tags, Spelling::plain, false, read_tags},
    {"assert", Slot::assertions, Spelling::plain, false, read_assertions},
    {"ansible_ssh_args", Slot::ssh_args, Spelling::ansible, true, read_ssh_args},
    {"ansible_ssh_common_args", Slot::ssh_common_args, Spelling::ansible, true, read_ssh_args},
    {"ansible_ssh_extra_args", Slot::ssh_extra_args, Spelling::ansible, true, read_ssh_args},
};

}  // namespace

std::string_view name_of(Slot slot) {
  for (const Keyword& keyword : keywords)
    if (keyword.slot == slot) return keyword.name;  // the plain word comes first, where there is one
  return "";
}

std::vector<std::string_view> plain_words() {
  std::vector<std::string_view> words;
  for (const Keyword& keyword : keywords)
    if (keyword.spelling == Spelling::plain) words.push_back(keyword.name);
  return words;
}

std::vector<std::string> names_for(std::string_view plain_word) {
  std::vector<std::string> names{fmt::format("cef_{}", plain_word)};
  for (const Keyword& keyword : keywords)
    if (keyword.spelling == Spelling::ansible && name_of(keyword.slot) == plain_word) names.emplace_back(keyword.name);
  names.emplace_back(plain_word);
  return names;
}

const Keyword* find_keyword(std::string_view name) {
  static const auto own = [] {
    std::deque<std::pair<std::string, Keyword>> list;  // each plain word as cef_WORD; a deque moves none of its names
    for (const Keyword& keyword : keywords) {
      if (keyword.spelling != Spelling::plain) continue;
      auto& [word, copy] = list.emplace_back(fmt::format("cef_{}", keyword.name), keyword);
      copy.name = word;
      copy.spelling = Spelling::cef;
    }
    return list;
  }();
  static const auto index = [] {
    std::unordered_map<std::string_view, const Keyword*> map;
    for (const Keyword& keyword : keywords) map.emplace(keyword.name, &keyword);
    for (const auto& [word, keyword] : own) map.emplace(word, &keyword);
    return map;
  }();
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

namespace {

// One letter of `longer` is not in `shorter`, which is otherwise the same.
bool lacks_one(std::string_view shorter, std::string_view longer) {
  if (shorter.size() + 1 != longer.size()) return false;
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(shorter, longer).in1 - shorter.begin());
  return shorter.substr(at) == longer.substr(at + 1);
}

bool is_slip(std::string_view name, std::string_view word) {
  if (name.size() == word.size()) {
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(name, word).in1 - name.begin());
    if (at + 1 >= word.size()) return false;
    const bool swapped = name[at] == word[at + 1] && name[at + 1] == word[at];
    return swapped && name.substr(at + 2) == word.substr(at + 2);
  }
  constexpr std::size_t long_enough = 5;
  const std::string_view longer = name.size() > word.size() ? name : word, shorter = longer == name ? word : name;
  if (longer.ends_with('s') && shorter == longer.substr(0, longer.size() - 1))  // `tag`, `users`; but `addres`
    return longer == word && word.ends_with("ss");
  if (longer == name) return word.size() >= long_enough && lacks_one(word, name);
  return lacks_one(name, word) && (name.size() >= long_enough || !word.starts_with(name));  // `use` is a word
}

}  // namespace

const Keyword* near_keyword(std::string_view name) {
  if (name.starts_with("cef_")) {
    const Keyword* plain = near_keyword(name.substr(4));
    return plain ? find_keyword(fmt::format("cef_{}", plain->name)) : nullptr;
  }
  // As an option is spelled, or at the beginning of a sentence.
  std::string spelled = lower(name);
  std::ranges::replace(spelled, '-', '_');
  for (const Keyword& keyword : keywords)
    if (is_slip(name, keyword.name) || (spelled != name && spelled == keyword.name)) return &keyword;
  return nullptr;
}

Reading read_setting(const Keyword& keyword, const Value& value, Settings& settings) {
  Reading reading;
  if (value.is_null()) return reading;
  if (value.is_object() && value.contains("__ansible_vault")) {
    reading.error = "is encrypted with ansible-vault, which cannot be read here";
    reading.hidden = true;
    return reading;
  }
  const bool literal = value.is_object() && value.contains("__ansible_unsafe");
  const Value& plain = literal ? value["__ansible_unsafe"] : value;
  const std::string_view text = plain.is_string() ? std::string_view(plain.get_ref<const std::string&>()) : "";
  if (!literal && (text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos)) {
    reading.error = fmt::format("holds a template, which is not rendered in the inventory: {}", show(plain));
    reading.hidden = true;
    return reading;
  }
  keyword.read(plain, settings, reading);
  return reading;
}

}  // namespace cef::inventory

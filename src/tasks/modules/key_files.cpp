// authorized_key and known_hosts: keys in the files that sshd and ssh read.
#include "modules/edit.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace cef::tasks::modules {

namespace key_files_parts {
namespace {

using Kind = Param::Kind;

bool is_type(std::string_view word) {
  return word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-");
}

// `options type blob comment`, as in authorized_keys; options may have blanks within quotes.
struct Key {
  std::string options, type, blob, comment;

  bool same(const Key& other) const { return type == other.type && blob == other.blob; }
  std::string line() const {
    return fmt::format("{}{}{} {}{}{}\n", options, options.empty() ? "" : " ", type, blob, comment.empty() ? "" : " ",
                       comment);
  }
};

std::optional<Key> parse_key(std::string_view line) {
  line = trim(line);
  if (line.empty() || line.starts_with('#')) return std::nullopt;
  std::vector<std::string> words(1);
  bool in_quotes = false;
  for (const char c : line) {
    if (c == '"') in_quotes = !in_quotes;
    if ((c == ' ' || c == '\t') && !in_quotes) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  std::size_t at = 0;
  Key key;
  if (!is_type(words[0])) key.options = words[at++];
  if (words.size() < at + 2 || !is_type(words[at])) return std::nullopt;
  key.type = words[at];
  key.blob = words[at + 1];
  for (std::size_t i = at + 2; i < words.size(); ++i) key.comment += (key.comment.empty() ? "" : " ") + words[i];
  return key;
}

Result<Edit> edit_keys(const Value& params, const Text& text) {
  Edit edit;
  edit.create = true;
  std::vector<Key> wanted;
  for (const std::string& line : lines_of(text_of(params, "key"))) {
    auto key = parse_key(line);
    if (!key && !trim(line).empty() && !line.starts_with('#'))
      return Unexpected(failed(fmt::format("invalid key specified: {}", line)));
    if (!key) continue;
    if (params.contains("key_options")) key->options = text_of(params, "key_options");
    if (params.contains("comment")) key->comment = text_of(params, "comment");
    wanted.push_back(std::move(*key));
  }
  const bool present = text_of(params, "state") == "present";
  const auto find = [&](const Key& key) {
    return std::ranges::find_if(wanted, [&](const Key& other) { return other.same(key); });
  };
  std::vector<std::string> lines;
  std::vector<const Key*> there;
  for (const std::string& line : split_lines(text.bytes)) {
    const auto key = parse_key(line);
    const auto found = key ? find(*key) : wanted.end();
    if (key && found == wanted.end() && is_set(params, "exclusive") && present) continue;
    if (found == wanted.end()) {
      lines.push_back(line);
    } else if (present && std::ranges::find(there, &*found) == there.end()) {
      there.push_back(&*found);
      const bool other = key->options != found->options || key->comment != found->comment;
      lines.push_back(other ? found->line() : line);
    }
  }
  for (const Key& key : wanted) {
    if (!present || std::ranges::find(there, &key) != there.end()) continue;
    if (!lines.empty() && !lines.back().ends_with('\n')) lines.back() += '\n';
    lines.push_back(key.line());
  }
  edit.bytes = join_lines(lines);
  edit.create = present && !wanted.empty();
  edit.data = {{"key", text_of(params, "key")}, {"user", text_of(params, "user")}, {"keyfile", text.path}};
  return edit;
}

// A folder that is missing is made for the user alone.
constexpr const char* locate_keys = R"sh(
home=$({ getent passwd "$user" 2>/dev/null || grep "^$user:" /etc/passwd; } | head -n 1 | cut -d : -f 6)
[ -n "$home" ] || [ -n "$check" ] || die "Failed to lookup user $user"
me=$(id -u)
[ -n "$path" ] || path=$home/.ssh/authorized_keys
folder=${path%/*}
if [ -n "$write" ] && [ -z "$check" ] && [ -n "$manage_dir" ] && ! [ -d "$folder" ]; then
  mkdir -m 700 -- "$folder" || die "Failed to create directory $folder"
  [ "$me" -ne 0 ] || chown "$user:$(id -g "$user")" "$folder"
fi
if ! [ -e "$path" ]; then
  mode=0600
  if [ "$me" -eq 0 ] && id "$user" >/dev/null 2>&1; then owner=$user group=$(id -g "$user"); fi
fi
)sh";

const Editing authorized{.edit = edit_keys,
                         .locate = locate_keys,
                         .takes = {"user", "manage_dir"},
                         .tells_attributes = false,
                         .path_name = nullptr};

Course authorized_course(Arguments arguments) { return edit_course(authorized, std::move(arguments)); }

constexpr Param authorized_params[] = {
    {.name = "user", .required = true},
    {.name = "key", .required = true},
    {.name = "path", .kind = Kind::path},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"},
    {.name = "exclusive", .kind = Kind::flag},
    {.name = "manage_dir", .kind = Kind::flag, .otherwise = "yes"},
    {.name = "key_options"},
    {.name = "comment"},
    {.name = "follow", .kind = Kind::flag},
    {.name = "validate_certs", .kind = Kind::flag}};

// HMAC-SHA1 of a name with the line's salt: `|1|salt|hash`.
bool hash_fits(std::string_view field, const std::string& name) {
  const auto bar = field.find('|', 3);
  if (!field.starts_with("|1|") || bar == std::string_view::npos) return false;
  const std::string salt_text(field.substr(3, bar - 3)), hash_text(field.substr(bar + 1));
  std::array<unsigned char, 64> salt{}, hash{}, made{};
  if (salt_text.size() != 28 || hash_text.size() != 28) return false;
  EVP_DecodeBlock(salt.data(), reinterpret_cast<const unsigned char*>(salt_text.data()), 28);
  EVP_DecodeBlock(hash.data(), reinterpret_cast<const unsigned char*>(hash_text.data()), 28);
  unsigned size = 0;
  HMAC(EVP_sha1(), salt.data(), 20, reinterpret_cast<const unsigned char*>(name.data()), name.size(), made.data(),
       &size);
  return size == 20 && std::equal(made.begin(), made.begin() + 20, hash.begin());
}

struct HostLine {
  std::string mark, hosts, type, blob;

  bool names(const std::string& name) const {
    std::istringstream list(hosts);
    for (std::string host; std::getline(list, host, ',');)
      if (host == name || hash_fits(host, name)) return true;
    return false;
  }
};

std::optional<HostLine> parse_host_line(const std::string& line) {
  std::istringstream words(line);
  HostLine parsed;
  if (!(words >> parsed.hosts) || parsed.hosts.starts_with('#')) return std::nullopt;
  if (parsed.hosts.starts_with('@')) {
    parsed.mark = parsed.hosts;
    words >> parsed.hosts;
  }
  if (!(words >> parsed.type >> parsed.blob)) return std::nullopt;
  return parsed;
}

Result<Edit> edit_hosts(const Value& params, const Text& text) {
  const std::string name = lower(text_of(params, "name"));
  const bool present = text_of(params, "state") == "present";
  const std::string given = text_of(params, "key");
  if (present && given.empty()) return Unexpected(failed("No key specified when adding a host"));
  std::vector<HostLine> wanted;
  std::vector<std::string> wanted_lines;
  for (const std::string& line : lines_of(given)) {
    const auto key = parse_host_line(line);
    if (!key) continue;
    if (!key->names(name))
      return Unexpected(failed(fmt::format("Host parameter \"{}\" does not match hashed host key line", name)));
    wanted.push_back(*key);
    wanted_lines.push_back(std::string(trim(line)) + '\n');
  }
  std::vector<bool> there(wanted.size());
  std::vector<std::string> lines;
  for (const std::string& line : split_lines(text.bytes)) {
    const auto key = parse_host_line(line);
    bool keep = true;
    if (key && key->names(name)) {
      if (!present)
        keep = !(wanted.empty() || std::ranges::any_of(wanted, [&](const HostLine& w) {
                   return w.type == key->type && w.blob == key->blob;
                 }));
      for (std::size_t i = 0; present && i < wanted.size(); ++i) {
        if (wanted[i].type != key->type || wanted[i].mark != key->mark) continue;
        keep = wanted[i].blob == key->blob && !there[i];
        if (keep) there[i] = true;
      }
    }
    if (keep) lines.push_back(line);
  }
  for (std::size_t i = 0; present && i < wanted.size(); ++i) {
    if (there[i]) continue;
    if (!lines.empty() && !lines.back().ends_with('\n')) lines.back() += '\n';
    lines.push_back(wanted_lines[i]);
  }
  Edit edit;
  edit.create = present;
  edit.bytes = join_lines(lines);
  edit.data = {{"name", text_of(params, "name")}, {"key", given.empty() ? Value() : Value(given)}};
  return edit;
}

const Editing known{.edit = edit_hosts, .tells_attributes = false};

Course known_course(Arguments arguments) { return edit_course(known, std::move(arguments)); }

constexpr Param known_params[] = {
    {.name = "name", .aliases = "host", .required = true},
    {.name = "key"},
    {.name = "path", .kind = Kind::path, .otherwise = "~/.ssh/known_hosts"},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"}};

}  // namespace
}  // namespace key_files_parts

constinit const Task authorized_key{.name = "authorized_key",
                                    .summary = "keys that may log in as a user",
                                    .params = key_files_parts::authorized_params,
                                    .columns = message_columns,
                                    .course = key_files_parts::authorized_course};
constinit const Task known_hosts{.name = "known_hosts",
                                 .summary = "keys of hosts that ssh is to know",
                                 .params = key_files_parts::known_params,
                                 .columns = message_columns,
                                 .course = key_files_parts::known_course};

}  // namespace cef::tasks::modules

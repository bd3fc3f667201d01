#include "base64.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/transport/known_hosts.hpp>

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fnmatch.h>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace cef::transport {

namespace {

using Digest = std::array<unsigned char, SHA_DIGEST_LENGTH>;

// OpenSSL's plain SHA-1 functions are deprecated, but a context with its key block already hashed can be copied: one
// look through 5,000 hashed lines costs 0.6 ms this way, and many times that through EVP.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// HMAC-SHA1 keyed by a line's salt, both key blocks hashed ahead (RFC 2104).
struct HashedName {
  SHA_CTX inner, outer;
  Digest digest;

  HashedName(std::string_view salt, Digest wanted) : digest(wanted) {
    for (const auto& [context, pad] : {std::pair(&inner, 0x36), std::pair(&outer, 0x5c)}) {
      std::array<unsigned char, 64> block{};
      std::copy_n(salt.begin(), std::min<std::size_t>(salt.size(), block.size()), block.begin());
      for (auto& byte : block) byte = static_cast<unsigned char>(byte ^ pad);
      SHA1_Init(context);
      SHA1_Update(context, block.data(), block.size());
    }
  }
  bool matches(std::string_view name) const {
    Digest sum;
    SHA_CTX context = inner;
    SHA1_Update(&context, name.data(), name.size());
    SHA1_Final(sum.data(), &context);
    context = outer;
    SHA1_Update(&context, sum.data(), sum.size());
    SHA1_Final(sum.data(), &context);
    return sum == digest;
  }
};

#pragma GCC diagnostic pop

struct Line {
  HostKey key;
  std::string where;
};

enum class Marker { none, revoked, authority };

}  // namespace

std::string fingerprint(const HostKey& key) {
  const auto blob = from_base64(key.blob);
  if (!blob || blob->empty()) return {};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> sum;
  SHA256(reinterpret_cast<const unsigned char*>(blob->data()), blob->size(), sum.data());
  std::string text = to_base64({reinterpret_cast<const char*>(sum.data()), sum.size()});
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

Result<std::vector<HostKey>> read_revoked_keys(const std::string& file) {
  const auto text = read_file(file);
  const bool is_list = text && !text->starts_with("SSHKRL");
  if (!is_list)
    return Unexpected(Error{Code::host_key_unknown,
                            fmt::format("no host key can be trusted: {}",
                                        text ? file + " is a binary revocation list" : text.error().message),
                            "RevokedHostKeys takes a list of public keys, one in a line"});
  std::vector<HostKey> keys;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    HostKey key;
    if (words >> key.type >> key.blob && !key.type.starts_with('#')) keys.push_back(std::move(key));
  }
  return keys;
}

struct KnownHosts::Index {
  struct Pattern {
    std::vector<std::string> globs;  // as written: `*`, `?`, and `!` before those that exclude
    Marker marker;
    Line line;
    bool matches(const std::string& name) const {
      bool found = false;
      for (const std::string& glob : globs) {
        const bool negated = glob.starts_with('!');
        if (::fnmatch(glob.c_str() + negated, name.c_str(), FNM_NOESCAPE) != 0) continue;
        if (negated) return false;
        found = true;
      }
      return found;
    }
  };
  struct Hashed {
    HashedName name;
    Marker marker;
    Line line;
  };
  std::unordered_map<std::string, std::vector<Line>> plain;  // by name as written: `host` or `[host]:port`
  std::vector<Pattern> patterns;                             // wildcards and all lines with a marker: few
  std::vector<Hashed> hashed;
  std::unordered_multimap<std::string, std::size_t> hashed_by_blob;
  std::string first_file;
  std::string added;  // lines to append

  void read(const std::string& file, std::string_view text);
  void read_line(std::string_view line, const std::string& where);
  void judge(const std::string& name, const HostKey& key, Answer& answer) const;
};

KnownHosts::KnownHosts() : index_(std::make_unique<Index>()) {}
KnownHosts::~KnownHosts() = default;
KnownHosts::KnownHosts(KnownHosts&&) noexcept = default;
KnownHosts& KnownHosts::operator=(KnownHosts&&) noexcept = default;

void KnownHosts::Index::read(const std::string& file, std::string_view text) {
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    read_line(text.substr(0, end), fmt::format("{}:{}", file, number));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void KnownHosts::Index::read_line(std::string_view text, const std::string& where) {
  std::istringstream words{std::string(text)};
  std::string names;
  Line line{{}, where};
  if (!(words >> names) || names.starts_with('#')) return;
  Marker marker = Marker::none;
  if (names.starts_with('@')) {
    if (names != "@revoked" && names != "@cert-authority") return;
    marker = names == "@revoked" ? Marker::revoked : Marker::authority;
    if (!(words >> names)) return;
  }
  if (!(words >> line.key.type >> line.key.blob) || from_base64(line.key.blob).value_or("").empty()) return;

  if (names.starts_with("|1|")) {
    const auto bar = names.find('|', 3);
    if (bar == std::string::npos) return;
    const auto salt = from_base64(std::string_view(names).substr(3, bar - 3));
    const auto sum = from_base64(std::string_view(names).substr(bar + 1));
    Digest digest;
    if (!salt || !sum || salt->size() != digest.size() || sum->size() != digest.size()) return;
    std::copy(sum->begin(), sum->end(), digest.begin());
    hashed_by_blob.emplace(line.key.blob, hashed.size());
    hashed.push_back({HashedName(*salt, digest), marker, std::move(line)});
    return;
  }
  std::vector<std::string> globs;
  std::istringstream list(lower(names));
  for (std::string name; std::getline(list, name, ',');)
    if (!name.empty()) globs.push_back(name);
  const bool wild = names.find_first_of("*?!") != std::string::npos;
  if (wild || marker != Marker::none) {
    // fnmatch takes brackets for a set; in known_hosts they stand for themselves.
    for (std::string& glob : globs)
      for (std::size_t at = 0; (at = glob.find('[', at)) != std::string::npos; at += 3) glob.replace(at, 1, "[[]");
    patterns.push_back({std::move(globs), marker, std::move(line)});
    return;
  }
  for (const std::string& name : globs) plain[name].push_back(line);
}

void KnownHosts::Index::judge(const std::string& name, const HostKey& key, Answer& answer) const {
  const auto weigh = [&](const Line& line, Marker marker) {
    const bool same = line.key == key;
    KnownHost verdict = KnownHost::other_type;
    if (marker == Marker::authority)
      verdict = KnownHost::authority;
    else if (same)
      verdict = marker == Marker::revoked ? KnownHost::revoked : KnownHost::known;
    else if (marker == Marker::revoked)
      return;
    else if (line.key.type == key.type)
      verdict = KnownHost::changed;
    const bool listed = std::find(answer.types.begin(), answer.types.end(), line.key.type) != answer.types.end();
    if (marker == Marker::none && !listed) answer.types.push_back(line.key.type);
    // Revoked beats all; one line that knows the key beats others that hold an older one.
    constexpr KnownHost order[] = {KnownHost::unknown, KnownHost::authority, KnownHost::other_type,
                                   KnownHost::changed, KnownHost::known,     KnownHost::revoked};
    const auto rank = [&](KnownHost v) { return std::find(std::begin(order), std::end(order), v); };
    if (rank(verdict) > rank(answer.verdict)) answer.verdict = verdict, answer.where = line.where;
  };
  if (const auto found = plain.find(name); found != plain.end())
    for (const Line& line : found->second) weigh(line, Marker::none);
  for (const Pattern& pattern : patterns)
    if (pattern.matches(name)) weigh(pattern.line, pattern.marker);
  const auto [begin, end] = hashed_by_blob.equal_range(key.blob);
  for (auto entry = begin; entry != end; ++entry)
    if (hashed[entry->second].name.matches(name)) weigh(hashed[entry->second].line, hashed[entry->second].marker);
  // Only a key that is not there at all needs the look through every hashed line, to tell new from changed.
  if (answer.verdict == KnownHost::unknown || answer.verdict == KnownHost::authority)
    for (const Hashed& entry : hashed)
      if (entry.name.matches(name)) weigh(entry.line, entry.marker);
}

namespace {
// With the port if it is not ssh's own, and then without it, as ssh does.
std::vector<std::string> names_of(std::string_view address, std::uint16_t port) {
  const std::string name = lower(address);
  if (port == 22) return {name};
  return {fmt::format("[{}]:{}", name, port), name};
}
}  // namespace

KnownHosts::Answer KnownHosts::check(std::string_view address, std::uint16_t port, const HostKey& key) const {
  const auto names = names_of(address, port);
  Answer answer;
  index_->judge(names.front(), key, answer);
  if (answer.verdict == KnownHost::unknown && names.size() > 1) {
    // A line without the port vouches for a key, but says nothing against another server's on this port.
    Answer portless;
    index_->judge(names.back(), key, portless);
    if (portless.verdict == KnownHost::known || portless.verdict == KnownHost::revoked) return portless;
  }
  return answer;
}

std::vector<std::string> KnownHosts::known_types(std::string_view address, std::uint16_t port) const {
  std::vector<std::string> types;
  for (const std::string& name : names_of(address, port)) {
    if (const auto found = index_->plain.find(name); found != index_->plain.end())
      for (const Line& line : found->second)
        if (std::find(types.begin(), types.end(), line.key.type) == types.end()) types.push_back(line.key.type);
    if (!types.empty()) break;
  }
  return types;
}

Result<KnownHosts> KnownHosts::load(const std::vector<std::string>& files) {
  KnownHosts known;
  if (!files.empty()) known.index_->first_file = files.front();
  for (const std::string& file : files) {
    std::error_code failed;  // of a file in a folder that may not be looked into nothing is known, and nothing assumed
    if (std::filesystem::status(file, failed).type() == std::filesystem::file_type::not_found) continue;
    const auto text = read_file(file);
    if (!text) return Unexpected(text.error());
    known.index_->read(file, *text);
  }
  return known;
}

void KnownHosts::add(std::string_view address, std::uint16_t port, const HostKey& key) {
  const std::string line = fmt::format("{} {} {}\n", names_of(address, port).front(), key.type, key.blob);
  index_->added += line;
  index_->read_line(line, "this run");
}

Result<void> KnownHosts::save() {
  if (index_->added.empty() || index_->first_file.empty()) return {};
  const std::filesystem::path file = index_->first_file;
  if (file.has_parent_path())
    if (auto made = make_private_folder(file.parent_path()); !made) return made;
  auto written = append_lines(file, index_->added, 0600);
  if (written) index_->added.clear();
  return written;
}

}  // namespace cef::transport

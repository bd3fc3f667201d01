// Before os-release there was a file of its own for each distribution, and copies of Red Hat's for tools that knew only
// that: the special ones are asked first. Their ids are those that os-release has had since.
// Source: os-release(5); lsb_release(1); the file lists of the distributions.
#include "release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace cef::probes {

namespace {

// A value of os-release: a shell assignment, possibly quoted (os-release(5)).
Value value_of(const Lines& lines, std::string_view key) {
  for (std::string_view line : lines) {
    if (!line.starts_with(key)) continue;
    std::string_view rest = line.substr(key.size());
    if (trim(rest.substr(0, rest.find('='))).empty() && rest.find('=') != std::string_view::npos)
      line = trim(rest.substr(rest.find('=') + 1));  // SuSE-release has blanks around it
    else
      continue;
    const char quote = line.empty() ? '\0' : line.front();
    if (line.size() >= 2 && (quote == '"' || quote == '\'') && line.back() == quote)
      line = line.substr(1, line.size() - 2);
    std::string value;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\' && quote == '"' && i + 1 < line.size()) ++i;
      value += line[i];
    }
    if (!value.empty()) return value;
  }
  return nullptr;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// os-release knows Debian's major version only; "trixie/sid" stands where there is no number yet.
Value debian_version(const Value& id, const Value& version, const Lines& file) {
  if ((id != "debian" && id != "raspbian") || file.empty() || file.front() == "-") return version;
  return std::string(file.front());
}

Release of_os_release(const Lines& lines, const Lines& debian) {
  Release found{value_of(lines, "ID"), value_of(lines, "PRETTY_NAME"), value_of(lines, "VERSION_ID"),
                value_of(lines, "VERSION_CODENAME")};
  if (found.name.is_null()) found.name = value_of(lines, "NAME");
  found.version = debian_version(found.id, found.version, debian);
  return found;
}

// Those whose id is not the first word.
constexpr std::pair<std::string_view, std::string_view> ids[] = {
    {"red hat enterprise", "rhel"},
    {"red hat", "redhat"},
    {"scientific", "scientific"},
    {"enterprise linux", "ol"},
    {"oracle", "ol"},
    {"amazon", "amzn"},
    {"suse linux enterprise server", "sles"},
    {"suse linux enterprise desktop", "sled"},
    {"opensuse", "opensuse"},
    {"rocky", "rocky"},
    {"yellow dog", "yellowdog"},
    {"alt", "altlinux"},
    {"vmware photon", "photon"},
    {"the red flag", "redflag"},
};

std::string id_of(std::string_view name) {
  const std::string small = lower(name);
  for (const auto& [begin, id] : ids)
    if (small.starts_with(begin)) return std::string(id);
  return small.substr(0, small.find_first_of(" \t"));
}

// The word after "release" or "version", else the first one that begins with a digit: `CentOS release 6.8 (Final)`.
Value version_in(std::string_view line) {
  const Lines all = words(line);
  const auto begins_with_digit = [](std::string_view word) { return is_digit(word.front()); };
  for (std::size_t i = 1; i < all.size(); ++i)
    if ((lower(all[i - 1]) == "release" || lower(all[i - 1]) == "version") && begins_with_digit(all[i]))
      return std::string(all[i]);
  const auto found = std::ranges::find_if(all, begins_with_digit);
  return found == all.end() ? Value(nullptr) : Value(std::string(*found));
}

// `Name release 1.2 (Word)`, and in SuSE-release more lines: VERSION, PATCHLEVEL, CODENAME.
Release of_sentence(const Lines& lines) {
  const std::string_view line = trim(lines.front());
  Release found{id_of(line), std::string(line), version_in(line), value_of(lines, "CODENAME")};
  const Value version = value_of(lines, "VERSION"), level = value_of(lines, "PATCHLEVEL");
  if (version.is_string()) found.version = version;
  if (version.is_string() && level.is_string() && level != "0" &&
      version.get<std::string>().find('.') == std::string::npos)
    found.version = version.get<std::string>() + "." + level.get<std::string>();
  return found;
}

// lsb-release and openwrt_release. Red Hat's has no more than LSB_VERSION: nothing.
Release of_lsb(const Lines& lines) {
  Release found{value_of(lines, "DISTRIB_ID"), value_of(lines, "DISTRIB_DESCRIPTION"),
                value_of(lines, "DISTRIB_RELEASE"), value_of(lines, "DISTRIB_CODENAME")};
  if (found.id.is_null()) return {};
  if (found.name.is_null()) found.name = found.id;
  found.id = lower(found.id.get<std::string>());
  if (found.version == "rolling") found.version = nullptr;
  return found;
}

// Files with nothing but a version in them.
Release of_version(std::string_view id, std::string_view name, const Lines& lines) {
  const std::string version(trim(lines.front()));
  return {std::string(id), fmt::format("{} {}", name, version), version, nullptr};
}

// The special ones first: many of them had a redhat-release, an lsb-release or a debian_version as well.
constexpr std::string_view order[] = {
    "oracle-release",        "enterprise-release", "centos-release",     "fedora-release",   "sl-release",
    "rocky-release",         "almalinux-release",  "cloudlinux-release", "mandriva-release", "mandrake-release",
    "mandrakelinux-release", "mageia-release",     "pclinuxos-release",  "gentoo-release",   "slackware-version",
    "openwrt_release",       "alpine-release",     "SuSE-release",       "lsb-release",      "redhat-release",
    "system-release",        "arch-release",       "debian_version"};

Release of_file(std::string_view name, const Lines& lines) {
  if (name == "arch-release") return {"arch", "Arch Linux", nullptr, nullptr};  // it is empty
  if (lines.empty()) return {};
  if (name == "openwrt_release" || name == "lsb-release") return of_lsb(lines);
  if (name == "alpine-release") return of_version("alpine", "Alpine Linux", lines);
  if (name == "debian_version") return of_version("debian", "Debian GNU/Linux", lines);
  const unsigned char first = static_cast<unsigned char>(trim(lines.front()).empty() ? '\0' : trim(lines.front())[0]);
  return std::isalpha(first) ? of_sentence(lines) : Release{};
}

}  // namespace

Release release(const Parts& parts) {
  const auto lines = [&](const std::string& name) {
    const auto found = parts.find(name);
    return found == parts.end() ? Lines{} : found->second;
  };
  Release found = of_os_release(lines("release"), lines("debian"));
  if (!found.id.is_null()) return found;
  const auto try_file = [&](std::string_view name) {
    const auto part = parts.find("etc/" + std::string(name));
    if (part == parts.end()) return false;
    Release old = of_file(name, part->second);
    if (old.id.is_null()) return false;
    found = std::move(old);
    return true;
  };
  if (std::ranges::any_of(order, try_file)) return found;
  // One that nobody has told of: NAME-release with a sentence in it.
  for (const auto& [name, text] : parts)
    if (name.starts_with("etc/") && name.ends_with("-release") && name != "etc/os-release" && try_file(name.substr(4)))
      return found;
  return found;
}

}  // namespace cef::probes

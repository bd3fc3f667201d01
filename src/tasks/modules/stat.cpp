#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <sstream>

namespace cef::tasks::modules {

namespace stat_parts {
namespace {

// GNU's stat tells fractions of seconds; BusyBox's knows none, and leaves them out.
constexpr const char* script = R"sh(
[ -e "$path" ] || [ -h "$path" ] || { say absent; end; }
deref=
if [ -n "$follow" ]; then deref=-L; [ -e "$path" ] || { say absent; end; }; fi
# shellcheck disable=SC2086
say "stat $(stat $deref -c "%a %f %u %g %s %i %d %h %b %o %t %T %.9X %.9Y %.9Z %U %G" -- "$path")" || die "stat failed"
say "path $path"
[ ! -r "$path" ] || say readable
[ ! -w "$path" ] || say writeable
[ ! -x "$path" ] || say executable
if [ -h "$path" ]; then say "target $(readlink -- "$path")"; say "source $(readlink -f -- "$path")"; fi
if [ -f "$path" ] && [ -r "$path" ] && { [ -n "$follow" ] || ! [ -h "$path" ]; }; then
  [ -z "$get_checksum" ] || { sum=$("${checksum_algorithm}sum" <"$path"); say "checksum ${sum%% *}"; }
  [ -z "$get_md5" ] || { sum=$(md5sum <"$path"); say "md5 ${sum%% *}"; }
fi
[ -z "$get_mime" ] || ! have file || say "mime $(file --mime-type --mime-encoding -b -- "$path" 2>/dev/null)"
[ -z "$get_attributes" ] || ! have lsattr || say "attributes $(lsattr -vd -- "$path" 2>/dev/null)"
end
)sh";

void put_mime(Value& stat, const std::string& said) {
  stat["mimetype"] = "unknown";
  stat["charset"] = "unknown";
  const auto mark = said.find("; charset=");
  if (mark == std::string::npos) return;
  stat["mimetype"] = said.substr(0, mark);
  stat["charset"] = said.substr(mark + 10);
}

void put_attributes(Value& stat, const std::string& said) {
  std::istringstream words(said);
  std::string version, flags, set;
  words >> version >> flags;
  constexpr std::pair<char, const char*> names[] = {
      {'A', "noatime"},       {'a', "append"},          {'c', "compressed"}, {'C', "nocow"},      {'d', "nodump"},
      {'D', "dirsync"},       {'e', "extents"},         {'E', "encrypted"},  {'b', "blocksize"},  {'X', "automatic"},
      {'h', "blocksize"},     {'i', "immutable"},       {'I', "indexed"},    {'j', "journalled"}, {'N', "inline"},
      {'s', "zero"},          {'S', "synchronous"},     {'t', "notail"},     {'T', "blockroot"},  {'u', "undelete"},
      {'X', "compressedraw"}, {'Z', "compressiondirty"}};
  stat["attributes"] = Value::array();
  for (const char flag : flags) {
    if (flag == '-') continue;
    set += flag;
    for (const auto& [letter, name] : names)
      if (letter == flag) {
        stat["attributes"].push_back(name);
        break;
      }
  }
  stat["attr_flags"] = set;
  stat["version"] = version.empty() ? Value(nullptr) : Value(version);
}

double seconds_of(const std::string& text) {
  try {
    return std::stod(text);
  } catch (const std::exception&) {
    return 0;
  }
}

Value read(const Answer& answer) {
  std::istringstream words(answer.text("stat"));
  unsigned mode = 0;
  std::string permissions, raw, atime, mtime, ctime, user, group, major, minor;
  std::int64_t uid = 0, gid = 0, size = 0, inode = 0, device = 0, links = 0, blocks = 0, block_size = 0;
  words >> permissions >> raw >> uid >> gid >> size >> inode >> device >> links >> blocks >> block_size >> major >>
      minor >> atime >> mtime >> ctime >> user >> group;
  std::istringstream(raw) >> std::hex >> mode;
  Value stat{{"exists", true}, {"path", answer.text("path")}, {"mode", fmt::format("{:04o}", mode & 07777)}};
  put_kind(stat, mode);
  stat.update(Value{{"uid", uid},
                    {"gid", gid},
                    {"size", size},
                    {"inode", inode},
                    {"dev", device},
                    {"nlink", links},
                    {"atime", seconds_of(atime)},
                    {"mtime", seconds_of(mtime)},
                    {"ctime", seconds_of(ctime)}});
  put_permissions(stat, mode);
  stat["blocks"] = blocks;
  stat["block_size"] = block_size;
  unsigned high = 0, low = 0;
  std::istringstream(major) >> std::hex >> high;
  std::istringstream(minor) >> std::hex >> low;
  stat["device_type"] = (high << 8U) + low;
  for (const char* const may : {"readable", "writeable", "executable"}) stat[may] = answer.has(may);
  if (answer.has("target")) {
    stat["lnk_source"] = answer.text("source");
    stat["lnk_target"] = answer.text("target");
  }
  if (user != "UNKNOWN") stat["pw_name"] = user;
  if (group != "UNKNOWN") stat["gr_name"] = group;
  for (const char* const sum : {"checksum", "md5"})
    if (answer.has(sum)) stat[sum] = answer.text(sum);
  put_mime(stat, answer.text("mime"));
  put_attributes(stat, answer.text("attributes"));
  return stat;
}

Course course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"follow", "get_checksum", "get_md5", "get_mime", "get_attributes", "checksum_algorithm"})
      .paths({"path"})
      .add(script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (!verdict.error) verdict.data["stat"] = answer.has("absent") ? Value{{"exists", false}} : read(answer);
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "path", .kind = Kind::path, .aliases = "dest,name", .required = true},
    {.name = "follow", .kind = Kind::flag},
    {.name = "get_md5", .kind = Kind::flag},
    {.name = "get_checksum", .kind = Kind::flag, .otherwise = "yes"},
    {.name = "get_mime", .kind = Kind::flag, .otherwise = "yes", .aliases = "mime,mime_type,mime-type"},
    {.name = "get_attributes", .kind = Kind::flag, .otherwise = "yes", .aliases = "attr,attributes"},
    {.name = "checksum_algorithm",
     .kind = Kind::choice,
     .otherwise = "sha1",
     .choices = "md5,sha1,sha224,sha256,sha384,sha512",
     .aliases = "checksum,checksum_algo"}};

Columns columns() {
  return {{"exists", "data.stat.exists", Unit::none, Align::left, "whether it is there"},
          {"mode", "data.stat.mode", Unit::none, Align::right, "permissions"},
          {"owner", "data.stat.pw_name", Unit::none, Align::left, "whose it is"},
          {"size", "data.stat.size", Unit::bytes, Align::right, "of the file"},
          {"checksum", "data.stat.checksum", Unit::none, Align::left, "of its bytes"}};
}

}  // namespace
}  // namespace stat_parts

constinit const Task stat{.name = "stat",
                          .summary = "what a file is",
                          .params = stat_parts::params,
                          .columns = stat_parts::columns,
                          .course = stat_parts::course};

}  // namespace cef::tasks::modules

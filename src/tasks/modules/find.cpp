#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <cef/expr/regex.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fnmatch.h>
#include <map>
#include <sstream>

namespace cef::tasks::modules {

namespace find_parts {
namespace {

// $@ are the folders. Every entry is told; which of them are meant is found out on the other side.
constexpr const char* script = R"sh(
say "now $(date +%s)"
deref=
[ -z "$follow" ] || deref=-L
depth=
[ -n "$recurse" ] || depth='-maxdepth 1'
[ -z "$max_depth" ] || [ -z "$recurse" ] || depth="-maxdepth $max_depth"
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
for folder in "$@"; do
  [ "$folder" = / ] || folder=${folder%/}
  if ! [ -d "$folder" ]; then say "skipped $folder"; continue; fi
  # shellcheck disable=SC2086
  find $deref "$folder" -mindepth 1 $depth -exec stat -c '%f %u %g %s %i %d %h %X %Y %Z %U %G %n' {} + >>"$t" 2>/dev/null
  # shellcheck disable=SC2086
  [ -z "$get_checksum" ] || find "$folder" -mindepth 1 $depth -type f -exec sha1sum {} + 2>/dev/null | sed 's/^/sum /' >>"$t"
  # shellcheck disable=SC2086
  [ -z "$contains" ] || find "$folder" -mindepth 1 $depth -type f -exec grep -lE -e "^($contains)" {} + 2>/dev/null | sed 's/^/has /' >>"$t"
done
blob list "$t"
end
)sh";

// `10`, `-2d`, `5k`: the number times its unit; nothing when that is no such text.
std::optional<std::int64_t> amount_of(const std::string& text, const std::map<char, std::int64_t>& units) {
  if (text.empty()) return std::nullopt;
  std::string digits = text;
  std::int64_t unit = 1;
  if (const auto found = units.find(static_cast<char>(std::tolower(static_cast<unsigned char>(text.back()))));
      found != units.end()) {
    unit = found->second;
    digits.pop_back();
  }
  if (digits.empty() || digits.find_first_not_of("0123456789", digits[0] == '-' ? 1 : 0) != std::string::npos)
    return std::nullopt;
  return number_of(digits) * unit;
}

class Filter {
 public:
  static Result<Filter> make(const Value& params) {
    Filter filter;
    filter.type_ = text_of(params, "file_type");
    filter.hidden_ = is_set(params, "hidden");
    filter.stamp_ = text_of(params, "age_stamp");
    filter.use_regex_ = is_set(params, "use_regex");
    filter.contains_ = params.contains("contains");
    for (const char* const name : {"patterns", "excludes"}) {
      auto& list = name[0] == 'p' ? filter.patterns_ : filter.excludes_;
      for (const std::string& pattern : list_of(params, name)) {
        list.push_back({pattern, {}});
        if (!filter.use_regex_) continue;
        auto regex = expr::Regex::compile(pattern);
        if (!regex) return Unexpected(failed(regex.error().message));
        list.back().regex = std::move(*regex);
      }
    }
    filter.age_ = amount_of(text_of(params, "age"), {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}});
    filter.size_ = amount_of(text_of(params, "size"),
                             {{'b', 1}, {'k', 1 << 10}, {'m', 1 << 20}, {'g', 1 << 30}, {'t', std::int64_t{1} << 40}});
    if (params.contains("age") && !filter.age_) return Unexpected(failed("failed to process age"));
    if (params.contains("size") && !filter.size_) return Unexpected(failed("failed to process size"));
    return filter;
  }

  bool takes(const Value& entry, bool contains, std::int64_t now) const {
    const std::string path = text_of(entry, "path");
    const std::string name = path.substr(path.rfind('/') + 1);
    if (name.starts_with('.') && !hidden_) return false;
    if (type_ != "any" && !is_set(entry, type_ == "directory" ? "isdir" : type_ == "link" ? "islnk" : "isreg"))
      return false;
    if (!patterns_.empty() && std::ranges::none_of(patterns_, [&](const Name& p) { return fits(p, name); }))
      return false;
    if (std::ranges::any_of(excludes_, [&](const Name& p) { return fits(p, name); })) return false;
    if (contains_ && type_ == "file" && !contains) return false;
    const auto age = now - static_cast<std::int64_t>(entry.value(stamp_, 0.0));
    if (age_ && !(*age_ >= 0 ? age >= *age_ : age <= -*age_)) return false;
    const std::int64_t size = entry.value("size", std::int64_t{0});
    if (size_ && is_set(entry, "isreg") && !(*size_ >= 0 ? size >= *size_ : size <= -*size_)) return false;
    return true;
  }

 private:
  struct Name {
    std::string pattern;
    std::optional<expr::Regex> regex;
  };
  bool fits(const Name& wanted, const std::string& name) const {
    if (!use_regex_) return ::fnmatch(wanted.pattern.c_str(), name.c_str(), 0) == 0;
    const auto found = wanted.regex->search(name);
    return found && found->begin == 0;
  }

  std::string type_, stamp_;
  bool hidden_ = false, use_regex_ = false, contains_ = false;
  std::vector<Name> patterns_, excludes_;
  std::optional<std::int64_t> age_, size_;
};

Value entry_of(const std::string& line) {
  std::istringstream words(line);
  std::string raw, user, group, path;
  std::int64_t uid = 0, gid = 0, size = 0, inode = 0, device = 0, links = 0, atime = 0, mtime = 0, ctime = 0;
  words >> raw >> uid >> gid >> size >> inode >> device >> links >> atime >> mtime >> ctime >> user >> group;
  words.get();
  std::getline(words, path);
  unsigned mode = 0;
  std::istringstream(raw) >> std::hex >> mode;
  Value entry{{"path", path}, {"mode", fmt::format("{:04o}", mode & 07777)}};
  put_kind(entry, mode);
  entry.update(Value{{"uid", uid},
                     {"gid", gid},
                     {"size", size},
                     {"inode", inode},
                     {"dev", device},
                     {"nlink", links},
                     {"atime", static_cast<double>(atime)},
                     {"mtime", static_cast<double>(mtime)},
                     {"ctime", static_cast<double>(ctime)},
                     {"gr_name", group},
                     {"pw_name", user}});
  put_permissions(entry, mode);
  return entry;
}

void put_found(Value& data, const Answer& answer, const Filter& filter, bool contains_wanted) {
  std::vector<Value> entries;
  std::map<std::string, std::string> sums;
  std::map<std::string, bool> has;
  for (const std::string& line : lines_of(answer.text("list"))) {
    if (line.starts_with("sum "))
      sums[line.substr(std::min<std::size_t>(46, line.size()))] = line.substr(4, 40);
    else if (line.starts_with("has "))
      has[line.substr(4)] = true;
    else
      entries.push_back(entry_of(line));
  }
  Value files = Value::array();
  const std::int64_t now = number_of(answer.text("now"));
  for (Value& entry : entries) {
    const std::string path = text_of(entry, "path");
    if (!filter.takes(entry, !contains_wanted || has.contains(path), now)) continue;
    if (const auto sum = sums.find(path); sum != sums.end()) entry["checksum"] = sum->second;
    files.push_back(std::move(entry));
  }
  Value skipped = Value::object();
  for (const std::string& path : answer.all("skipped")) skipped[path] = fmt::format("'{}' is not a directory", path);
  data["matched"] = files.size();
  data["examined"] = entries.size();
  data["files"] = std::move(files);
  data["msg"] = skipped.empty() ? "All paths examined" : "Not all paths examined, check warnings for details";
  data["skipped_paths"] = std::move(skipped);
}

Course course(Arguments arguments) {
  const auto filter = Filter::make(arguments.params);
  if (!filter) {
    Verdict refused;
    refused.error = filter.error();
    co_return refused;
  }
  Sheet sheet(arguments);
  sheet.take({"recurse", "follow", "get_checksum", "contains"}).set("max_depth", text_of(arguments.params, "depth"));
  std::string folders = "set --";
  for (const std::string& path : list_of(arguments.params, "paths")) folders += ' ' + expanded(path);
  sheet.add(folders + '\n').add(script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (!verdict.error) put_found(verdict.data, answer, *filter, arguments.params.contains("contains"));
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "paths", .kind = Kind::list, .aliases = "name,path", .required = true},
    {.name = "patterns", .kind = Kind::list, .aliases = "pattern"},
    {.name = "excludes", .kind = Kind::list, .aliases = "exclude"},
    {.name = "file_type", .kind = Kind::choice, .otherwise = "file", .choices = "any,directory,file,link"},
    {.name = "contains"},
    {.name = "age"},
    {.name = "age_stamp", .kind = Kind::choice, .otherwise = "mtime", .choices = "atime,ctime,mtime"},
    {.name = "size"},
    {.name = "recurse", .kind = Kind::flag},
    {.name = "hidden", .kind = Kind::flag},
    {.name = "follow", .kind = Kind::flag},
    {.name = "get_checksum", .kind = Kind::flag},
    {.name = "use_regex", .kind = Kind::flag},
    {.name = "depth", .kind = Kind::number}};

Columns columns() { return {{"files", "data.files.*.path", Unit::none, Align::left, "what was found"}}; }

}  // namespace
}  // namespace find_parts

constinit const Task find{.name = "find",
                          .summary = "files by their names, age and size",
                          .params = find_parts::params,
                          .columns = find_parts::columns,
                          .course = find_parts::course};

}  // namespace cef::tasks::modules

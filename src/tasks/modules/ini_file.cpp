#include "modules/edit.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::tasks::modules {

namespace ini_file_parts {
namespace {

std::optional<std::string> section_of(std::string_view line) {
  line = trim(line);
  if (!line.starts_with('[') || line.find(']') == std::string_view::npos) return std::nullopt;
  return std::string(line.substr(1, line.rfind(']') - 1));
}

// An option's line, or one that was put out of use by a comment.
struct Option {
  std::string name, value;
  bool inactive = false;
};

std::optional<Option> option_of(std::string_view line) {
  Option option;
  line = trim(line);
  if (line.starts_with('#') || line.starts_with(';')) {
    option.inactive = true;
    line = trim(line.substr(1));
  }
  if (line.empty()) return std::nullopt;
  const auto equals = line.find('=');
  option.name = trim(line.substr(0, equals));
  if (equals != std::string_view::npos) option.value = trim(line.substr(equals + 1));
  return option;
}

class Ini {
 public:
  Ini(const Value& params, std::string_view text) : params_(params), lines_(split_lines(text)) {
    section_ = text_of(params, "section");
    option_ = text_of(params, "option");
    values_ = list_of(params, "values");
    if (params.contains("value")) values_ = {text_of(params, "value")};
  }

  Edit run() {
    Edit edit;
    find_section();
    if (text_of(params_, "state") == "absent")
      message_ = option_.empty() ? remove_section() : remove_option();
    else
      present();
    edit.bytes = join_lines(lines_);
    edit.create = is_set(params_, "create");
    edit.data["msg"] = message_;
    return edit;
  }

 private:
  void find_section() {
    begin_ = 0;
    found_ = section_.empty();
    for (std::size_t i = 0; i < lines_.size() && !found_; ++i)
      if (section_of(lines_[i]) == section_) {
        begin_ = i + 1;
        found_ = true;
      }
    end_ = begin_;
    while (end_ < lines_.size() && !section_of(lines_[end_])) ++end_;
  }

  std::string line_of(const std::string& value) const {
    if (value.empty() && is_set(params_, "allow_no_value")) return option_ + '\n';
    const bool tight = is_set(params_, "no_extra_spaces");
    return fmt::format("{}{}{}\n", option_, tight ? "=" : " = ", value);
  }

  void insert(std::size_t at, std::string line) {
    if (at > 0 && !lines_[at - 1].ends_with('\n')) lines_[at - 1] += '\n';
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), std::move(line));
    ++end_;
  }

  void erase(std::size_t at) {
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(at));
    --end_;
  }

  std::string remove_section() {
    if (!found_ || section_.empty()) return "OK";
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(begin_) - 1,
                 lines_.begin() + static_cast<std::ptrdiff_t>(end_));
    return "section removed";
  }

  bool is_wanted(const std::string& value) const { return std::ranges::find(values_, value) != values_.end(); }

  std::string remove_option() {
    std::string message = "OK";
    const bool all = values_.empty() || is_set(params_, "exclusive");
    for (std::size_t i = end_; found_ && i-- > begin_;) {
      const auto option = option_of(lines_[i]);
      if (!option || option->inactive || option->name != option_ || (!all && !is_wanted(option->value))) continue;
      erase(i);
      message = "option changed";
    }
    return message;
  }

  // Written as the module writes them: also one whose value is right, if its blanks are not.
  void put(std::size_t at, const std::string& value) {
    if (lines_[at] == line_of(value)) return;
    lines_[at] = line_of(value);
    message_ = "option changed";
  }

  static bool says_nothing(std::string_view line) {
    line = trim(line);
    return line.empty() || line.starts_with('#') || line.starts_with(';');
  }

  void present() {
    message_ = "OK";
    if (lines_.empty()) {
      lines_ = {"\n"};  // as Ansible's begin
      find_section();
    }
    if (!found_) {
      if (!lines_.empty() && !lines_.back().ends_with('\n')) lines_.back() += '\n';
      lines_.push_back(fmt::format("[{}]\n", section_));
      begin_ = end_ = lines_.size();
      message_ = "only section added";
    }
    if (option_.empty()) return;
    if (values_.empty() && is_set(params_, "allow_no_value")) values_ = {""};
    std::vector<std::string> missing = values_;
    const bool exclusive = is_set(params_, "exclusive");
    // Those that stand there as they are to be, first; then others are given the values that are still missing.
    std::vector<bool> kept(lines_.size());
    for (std::size_t i = begin_; i < end_; ++i) {
      const auto option = option_of(lines_[i]);
      if (!option || option->inactive || option->name != option_) continue;
      const auto found = std::ranges::find(missing, option->value);
      if (found == missing.end()) continue;
      put(i, *found);
      missing.erase(found);
      kept[i] = true;
    }
    for (const bool inactive : {false, true})
      for (std::size_t i = begin_; i < end_ && !missing.empty(); ++i) {
        const auto option = option_of(lines_[i]);
        if (kept[i] || !option || option->name != option_ || option->inactive != inactive) continue;
        if (inactive ? !is_set(params_, "modify_inactive_option") : !exclusive) continue;
        put(i, missing.front());
        missing.erase(missing.begin());
        kept[i] = true;
      }
    for (std::size_t i = end_; exclusive && i-- > begin_;) {
      const auto option = option_of(lines_[i]);
      if (kept[i] || !option || option->inactive || option->name != option_) continue;
      erase(i);
      message_ = "option changed";
    }
    // Behind the section's last line that says something.
    std::size_t at = end_;
    while (at > begin_ && says_nothing(lines_[at - 1])) --at;
    for (const std::string& value : missing) {
      insert(at++, line_of(value));
      message_ = found_ ? "option added" : "section and option added";
    }
  }

  const Value& params_;
  std::vector<std::string> lines_;
  std::string section_, option_, message_;
  std::vector<std::string> values_;
  std::size_t begin_ = 0, end_ = 0;  // the section's lines without its head
  bool found_ = false;
};

Result<Edit> edit_ini(const Value& params, const Text& text) {
  if (!text.exists && !is_set(params, "create"))
    return Unexpected(failed(fmt::format("Destination {} does not exist!", text.path)));
  return Ini(params, text.bytes).run();
}

const Editing editing{.edit = edit_ini, .backup_name = "backup_file"};

Course course(Arguments arguments) { return edit_course(editing, std::move(arguments)); }

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "path", .kind = Kind::path, .aliases = "dest", .required = true},
    {.name = "section"},
    {.name = "option"},
    {.name = "value"},
    {.name = "values", .kind = Kind::list},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"},
    {.name = "exclusive", .kind = Kind::flag, .otherwise = "yes"},
    {.name = "no_extra_spaces", .kind = Kind::flag},
    {.name = "allow_no_value", .kind = Kind::flag},
    {.name = "modify_inactive_option", .kind = Kind::flag, .otherwise = "yes"},
    {.name = "create", .kind = Kind::flag, .otherwise = "yes"},
    {.name = "backup", .kind = Kind::flag},
    CEF_FILE_PARAMS};

}  // namespace
}  // namespace ini_file_parts

constinit const Task ini_file{.name = "ini_file",
                              .summary = "an option of a section of an ini file",
                              .params = ini_file_parts::params,
                              .columns = message_columns,
                              .course = ini_file_parts::course,
                              .exclusive = "value,values"};

}  // namespace cef::tasks::modules

#include "loaders.hpp"
#include "python_literal.hpp"
#include "words.hpp"

#include <cef/core/suggest.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace cef::inventory {

namespace {

constexpr std::string_view blanks = " \t\v\f";

// Only white space and a comment may follow a section or a group's name.
bool is_rest_empty(std::string_view rest) {
  rest = trim(rest, blanks);
  return rest.empty() || rest[0] == '#';
}

struct Section {
  std::string group, kind;
};

// `[group]`, `[group:kind]`.
std::optional<Section> parse_section(std::string_view line) {
  const std::size_t close = line.find(']');
  if (!line.starts_with('[') || close == std::string_view::npos || !is_rest_empty(line.substr(close + 1)))
    return std::nullopt;
  const std::string_view body = line.substr(1, close - 1);
  const std::size_t colon = std::min(body.find(':'), body.size());
  const std::string_view group = body.substr(0, colon);
  const std::string_view kind = colon < body.size() ? body.substr(colon + 1) : "hosts";
  const auto is_word = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  if (group.empty() || group.find_first_of(blanks) != std::string_view::npos || kind.empty() ||
      !std::all_of(kind.begin(), kind.end(), is_word))
    return std::nullopt;
  return Section{std::string(group), std::string(kind)};
}

class IniInventory {
 public:
  IniInventory(const std::string& file, Draft& draft, Problems& problems)
      : file_(problems.in(file).file), draft_(draft), problems_(problems) {}

  void read(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
      const std::size_t length = text.substr(end).starts_with("\r\n") ? 2 : 1;
      ++line_;
      read_line(text.substr(0, end));
      text.remove_prefix(std::min(end + length, text.size()));
    }
    for (const auto& [name, pending] : pending_)
      problems_.error(pending.place,
                      pending.parents.empty()
                          ? fmt::format("[{0}:vars] is for a group that has no section: write [{0}]", name)
                          : fmt::format("group '{0}' has no section: write [{0}]", name));
  }

 private:
  Place place(std::size_t column) const { return {file_, line_, static_cast<int>(column) + 1}; }

  void read_line(std::string_view whole) {
    const std::string_view line = trim(whole, blanks);
    if (line.empty() || line[0] == '#' || line[0] == ';') return;
    indent_ = whole.find_first_not_of(blanks);
    if (const auto section = parse_section(line)) {
      open(*section);
    } else if (line.starts_with('[') && line.ends_with(']')) {
      problems_.error(place(indent_),
                      fmt::format("'{}' is no section: write [group], [group:vars] or [group:children], "
                                  "without spaces",
                                  line));
      kind_.clear();
    } else if (kind_ == "hosts") {
      read_host(line);
    } else if (kind_ == "vars") {
      read_variable(line);
    } else if (kind_ == "children") {
      read_child(line);
    }  // else the section itself was the error
  }

  // A group is declared by [group] or [group:children]; [group:vars] and being named as a child may come before that.
  void open(const Section& section) {
    static const std::array<std::string, 3> kinds{"hosts", "vars", "children"};
    kind_ = section.kind;
    if (std::find(kinds.begin(), kinds.end(), kind_) == kinds.end()) {
      const auto near = nearest(kind_, kinds);
      problems_.error(place(indent_),
                      fmt::format("section [{}:{}] has an unknown kind{}", section.group, kind_,
                                  near ? fmt::format(": did you mean '{}'?", *near) : ": it is vars or children"));
      kind_.clear();
      return;
    }
    const bool known = draft_.find_group(section.group).has_value();
    group_ = draft_.add_group(section.group);
    if (kind_ == "vars") {
      if (!known) pending_.try_emplace(section.group, Pending{place(indent_), {}});
      return;
    }
    const auto pending = pending_.find(section.group);
    if (pending == pending_.end()) return;
    for (const auto& [parent, where] : pending->second.parents) draft_.add_child(parent, group_, where);
    pending_.erase(pending);
  }

  void read_variable(std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      problems_.error(place(indent_), fmt::format("a variable is written name=value, not '{}'", line));
      return;
    }
    const std::string_view value = trim(line.substr(equals + 1), blanks);
    const std::size_t column = value.empty() ? equals + 1 : static_cast<std::size_t>(value.data() - line.data());
    draft_.set_group_variable(group_, std::string(trim(line.substr(0, equals), blanks)), python_literal(value),
                              place(indent_ + column));
  }

  void read_child(std::string_view line) {
    const std::size_t end = std::min(line.find_first_of(blanks), line.size());
    const std::string name(line.substr(0, end));
    if (name.find_first_of(":]") != std::string::npos || !is_rest_empty(line.substr(end))) {
      problems_.error(place(indent_), fmt::format("'{}' is no group's name", line));
      return;
    }
    // A group that is not declared yet becomes a child when it is: Ansible's order of children.
    if (const auto child = draft_.find_group(name))
      draft_.add_child(group_, *child, place(indent_));
    else
      pending_.try_emplace(name, Pending{place(indent_), {}})
          .first->second.parents.emplace_back(group_, place(indent_));
  }

  void read_host(std::string_view line) {
    const auto words = split_words(line, true);
    if (!words || words->empty()) {
      problems_.error(place(indent_), words ? "a host's name is missing" : words.error().message);
      return;
    }
    const std::string& host = words->front();
    if (host.empty() || host.ends_with(':') || host == "---") {
      const std::string_view why = host == "---"         ? "'---' begins a YAML file: call this one .yml"
                                   : host.ends_with(':') ? "a host's name cannot end in ':', which introduces a port"
                                                         : "a host's name is missing";
      problems_.error(place(indent_), std::string(why));
      return;
    }
    Variables vars;
    std::size_t from = host.size();
    for (auto word = words->begin() + 1; word != words->end(); ++word) {
      const std::size_t equals = word->find('=');
      // Where the word stands: quotes may have changed it, but not its name.
      const std::string start = equals == std::string::npos ? *word : word->substr(0, equals + 1);
      if (const std::size_t found = line.find(start, from); found != std::string_view::npos) from = found;
      if (equals == std::string::npos) {
        problems_.error(place(indent_ + from), fmt::format("a host's variable is written name=value, not '{}'", *word));
        return;
      }
      from += start.size();
      vars.set(word->substr(0, equals), python_literal(std::string_view(*word).substr(equals + 1)),
               place(indent_ + from));
    }
    draft_.add_hosts(host, group_, vars, place(indent_));
  }

  const std::string* file_;
  Draft& draft_;
  Problems& problems_;
  int line_ = 0;
  std::size_t indent_ = 0;          // where the line's first word stands
  Index group_ = Draft::ungrouped;  // what comes before the first section
  std::string kind_ = "hosts";      // empty below a section that could not be read
  struct Pending {
    Place place;
    std::vector<std::pair<Index, Place>> parents;  // that have named it as a child; none if only its variables came
  };
  std::map<std::string, Pending> pending_;  // groups that still need a section of their own
};

}  // namespace

void load_ini(const std::string& text, const std::string& file, Draft& draft, Problems& problems) {
  IniInventory(file, draft, problems).read(text);
}

}  // namespace cef::inventory

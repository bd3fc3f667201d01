// A playbook as it was written: plays, blocks, tasks, each with its place, nothing of it evaluated yet. What holds for
// everything below it (become, vars, when, tags) hangs together as a chain of frames from the task up to its play.
#pragma once

#include <cef/core/value.hpp>
#include <cef/expr/expr.hpp>
#include <cef/yaml/problems.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cef::playbook {

using yaml::Place;

/// `site.yml:3:5`; the file alone where there is no line.
std::string show(const Place& place);

/// A variable's value as written: its texts are templates, parsed when it is first used.
class Written {
 public:
  Written(Value value, Place place) : value_(std::move(value)), place_(place) {}
  const Value& value() const { return value_; }
  const Place& place() const { return place_; }
  /// Errors: a text in it is no template.
  const Result<expr::Tree, expr::Problem>& tree() const;

 private:
  Value value_;
  Place place_;
  mutable std::optional<Result<expr::Tree, expr::Problem>> tree_;
};
using Variables = std::map<std::string, Written, std::less<>>;

/// What can be said on several levels, and holds for what is below.
enum class Keyword {
#define KEYWORD(name, levels) name,
#include <cef/playbook/keywords.def>
#undef KEYWORD
};
std::string_view name_of(Keyword keyword);

struct Setting {
  Keyword keyword;
  Value raw;
  expr::Tree value;
  Place place;
};

/// One expression of `when`, `until`, `failed_when`, `changed_when`.
struct Condition {
  expr::Condition test;
  std::string text;
  Place place;
};
using Conditions = std::vector<Condition>;

/// A role as one place of the play uses it.
struct RoleUse {
  std::string name;  // as its folder is called
  std::filesystem::path folder;
  Variables defaults, vars, params;
  /// Two uses with the same one do the same: the second does nothing unless `allow_duplicates`.
  std::string identity;
  bool allow_duplicates = false;
  std::shared_ptr<const RoleUse> parent;  // that this is a dependency of
  /// Its defaults and vars can be seen in the whole play.
  bool is_public = true;
};

struct Frame {
  std::shared_ptr<const Frame> parent;
  Place place;
  std::vector<Setting> settings;
  Variables vars;
  Conditions when;
  std::vector<std::string> tags;
  std::shared_ptr<const RoleUse> role;  // null: that of the parent
  /// Of an `include`: what it says beside `vars` holds for itself, not for what is included.
  bool passes_on = true;
  /// Parameters of an include or import, which beat even facts that were set.
  Variables params{};
};
using FramePtr = std::shared_ptr<const Frame>;

const Setting* find(const Frame& frame, Keyword keyword);
/// That of the frame or of one above it; null: none.
const RoleUse* role_of(const Frame& frame);
/// Of the frame and of all above it.
std::vector<std::string> all_tags(const Frame& frame);
bool has_condition(const Frame& frame);

struct Loop {
  std::string lookup;  // `items` for `with_items`; empty for `loop`
  expr::Tree terms;
  Place place;
  std::string variable = "item", index;
  std::optional<expr::Tree> label, pause;
  bool extended = false, with_all_items = true;
};

struct Task {
  std::shared_ptr<Frame> frame;
  Place place;
  std::string name;     // a template; empty when there is none
  std::string action;   // without its collection: `copy`
  std::string written;  // as it stands there: `ansible.builtin.copy`
  Value raw_args = Value::object();
  expr::Tree args;
  std::map<std::string, Place> arg_places;
  std::optional<Loop> loop;
  std::string register_to;
  Conditions until, failed_when, changed_when;
  std::optional<expr::Tree> retries, delay, async, poll;
  std::vector<expr::Tree> notify;  // each a name, or a list of names
  std::vector<expr::Template> listen;
  bool is_handler = false;
  /// Of an `include`: what holds for all that is included; `apply`.
  std::shared_ptr<const Frame> apply{};
};

struct Block;
using Item = std::variant<std::shared_ptr<const Task>, std::shared_ptr<const Block>>;
using Items = std::vector<Item>;

/// Written as `block:`, or what an import or a role stands for.
struct Block {
  std::shared_ptr<Frame> frame;
  Place place;
  std::string name;
  Items tasks, rescue, always;
  std::shared_ptr<const RoleUse> role;  // a role's, whole
};

/// A list of handlers. Of two in one list that have one name the first counts, of two lists the last.
using Handlers = std::vector<std::shared_ptr<const Task>>;

struct Prompt {
  std::string name, question, otherwise;
  bool is_private = true, has_default = false, confirm = false;
  Place place;
};

struct Play {
  Place place;
  std::string name;  // a template; empty when there is none
  std::shared_ptr<Frame> frame;
  std::filesystem::path folder;  // of its playbook
  Value hosts;                   // a text or a list of them, maybe templates
  Place hosts_place;
  std::vector<Value> vars_files;  // each a name, or a list of which the first that is there counts
  std::vector<Prompt> prompts;
  Items pre_tasks, roles, tasks, post_tasks;
  /// A role's stand there once for each place that uses it; the first runs them, the last is found by name.
  std::vector<std::shared_ptr<Handlers>> handlers;
  std::map<std::string, std::shared_ptr<Handlers>> role_handlers;  // by what the role was given
  std::vector<std::shared_ptr<const RoleUse>> roles_used;          // with their dependencies, in order
};

/// Calls for each task of the list and of the blocks in it, in order.
void for_each_task(const Items& items, const std::function<void(const Task&)>& what);

}  // namespace cef::playbook

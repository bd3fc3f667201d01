// Reads playbooks, roles and the files they import into the model, and says everything that is wrong with them at once.
// What is included is read when it is reached: the loader stays as long as the run.
#pragma once

#include "load/vault.hpp"

#include <cef/playbook/load.hpp>
#include <cef/playbook/model.hpp>
#include <cef/yaml/yaml.hpp>

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::playbook {

namespace fs = std::filesystem;

/// Whether a variable may be called that.
bool is_variable_name(std::string_view text);

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options), vault_(options.vault_passwords) {}

  /// What is wrong goes to problems().
  void read_playbook(const fs::path& file, std::vector<Play>& plays, FramePtr parent = nullptr,
                     const Place& named_at = {});
  yaml::Problems& problems() { return problems_; }
  const Vault& vault() const { return vault_; }

  // At run time. Errors: a message with places.

  /// The tasks of a file, below `parent`.
  Result<Items, std::string> include_tasks(const fs::path& file, FramePtr parent, const fs::path& playbook_folder);
  struct RoleCall {
    std::string name, tasks_from = "main", vars_from = "main", defaults_from = "main", handlers_from = "main";
    bool is_public = false, allow_duplicates = true;
    bool is_listed = false;  // in `roles` or as a dependency
    Variables vars{};        // of an include, where they are to be seen by the whole play
  };
  /// A role's tasks as a block; its handlers are added to the play's.
  Result<std::shared_ptr<const Block>, std::string> include_role(const RoleCall& call, FramePtr parent, Play& play);
  /// A file of variables. Errors: a message with places.
  Result<Value, std::string> read_variables(const fs::path& file);
  /// A file's text, decrypted where it is a vault. Errors: a message.
  Result<std::string, std::string> read_text(const fs::path& file) const;

 private:
  // Where the reading is: what is around the part that is read.
  struct Around {
    FramePtr parent;
    Play* play = nullptr;
    fs::path folder;       // of the playbook
    bool guarded = false;  // reached only if something is so
    bool handlers = false;
    bool included = false;  // while the play runs
    int depth = 0;
  };
  using Node = yaml::Node;

  void error(const Place& place, std::string message) { problems_.error(place, std::move(message)); }
  /// Once, unless it was written to since. What is wrong with it is told each time.
  const Node* read_yaml(const fs::path& file, const Place& named_at);
  Value value_of(const Node& node);
  std::optional<expr::Tree> tree_of(const Node& node);
  static std::string text_of(const Node& node);

  // keywords.cpp
  /// Takes what any level may say. False: it is no such key.
  bool take_common(const Node& key, const Node& value, char level, Frame& frame);
  void take_variables(const Node& value, Variables& variables);
  Conditions conditions_of(const Node& value);
  std::vector<std::string> words_of(const Node& value, std::string_view what);

  // plays.cpp
  void read_play(const Node& node, Around around, std::vector<Play>& plays);
  void import_playbook(const Node& node, const Around& around, std::vector<Play>& plays);
  void read_prompts(const Node& node, Play& play);
  Handlers read_handlers(const Node& node, const Around& around);

  // tasks.cpp
  Items read_items(const Node& node, const Around& around);
  void read_item(const Node& node, const Around& around, Items& items);
  std::shared_ptr<const Block> read_block(const Node& node, const Around& around);
  std::shared_ptr<Task> read_task(const Node& node, const Around& around);
  bool take_task_key(const Node& key, const Node& value, Task& task, const Around& around);
  void take_action(const Node& key, const Node& value, Task& task);
  void take_arguments(const Node& value, Task& task);
  void take_loop(std::string lookup, const Node& key, const Node& value, Task& task);
  void take_loop_control(const Node& value, Task& task);

  // check.cpp
  void take_apply(Task& task);
  void check_task(Task& task, const Around& around);

  // imports.cpp
  bool is_import(const Task& task, const Around& around);
  /// What the old `include` is given beside its file are variables.
  static void take_include_words(Task& task);
  void import_tasks(const Task& task, const Around& around, Items& items);
  void import_role(const Task& task, const Around& around, Items& items);
  std::optional<std::string> constant_text(const Value& value, const Around& around, const Place& place);
  Items read_tasks_file(const fs::path& file, const Around& around, const Place& named_at);
  void foresee(const Task& task, const Around& around, bool guarded);
  /// What goes wrong in `work`, apart from what is wrong with the playbooks.
  template <class Work>
  yaml::Problems& aside(Work work);

  // roles.cpp
  void read_roles(const Node& node, const Around& around);
  /// Where a collection's role (`kind`: "roles") or playbook may be.
  std::vector<fs::path> in_collections(const std::string& name, const char* kind, const fs::path& folder) const;
  std::optional<fs::path> find_role(const std::string& name, const Around& around, const Place& place);
  std::shared_ptr<const Block> read_role(const RoleCall& call, const fs::path& folder, std::shared_ptr<Frame> frame,
                                         Variables params, const Around& around, const Place& place);
  void add_handlers(const RoleCall& call, const RoleUse& role, const Frame& frame, const Around& inside);
  void read_dependencies(const fs::path& folder, const std::shared_ptr<RoleUse>& role, const Around& around,
                         Items& items);
  void read_role_variables(const fs::path& folder, const std::string& from, bool wanted, Variables& variables,
                           const Place& place);
  std::shared_ptr<const Task> specification(const RoleCall& call, const fs::path& folder, const FramePtr& frame);
  static std::optional<fs::path> role_file(const fs::path& folder, const std::string& name);

  const LoadOptions options_;
  Vault vault_;
  yaml::Problems problems_;
  std::deque<yaml::Problems> others_;  // places point into them
  std::deque<yaml::Document> documents_;
  struct Read {
    const Node* root = nullptr;
    fs::file_time_type time;
    std::uintmax_t size = 0;
  };
  std::map<fs::path, Read> read_;
  std::map<std::string, bool> foreseen_;  // what was included, and whether without a condition
};

}  // namespace cef::playbook

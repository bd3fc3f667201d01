// Playbooks: plays and what they say for themselves, and the playbooks they import.
#include "load/loader.hpp"
#include "load/modules.hpp"

#include <cef/core/suggest.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cef::playbook {

namespace {

const std::array<std::string, 26> play_words{"hosts",
                                             "name",
                                             "vars",
                                             "vars_files",
                                             "vars_prompt",
                                             "gather_facts",
                                             "become",
                                             "become_user",
                                             "remote_user",
                                             "environment",
                                             "tags",
                                             "serial",
                                             "max_fail_percentage",
                                             "any_errors_fatal",
                                             "strategy",
                                             "pre_tasks",
                                             "roles",
                                             "tasks",
                                             "post_tasks",
                                             "handlers",
                                             "order",
                                             "ignore_unreachable",
                                             "force_handlers",
                                             "module_defaults",
                                             "connection",
                                             "gather_subset"};

}  // namespace

void Loader::read_playbook(const fs::path& file, std::vector<Play>& plays, FramePtr parent, const Place& named_at) {
  const Node* root = read_yaml(file, named_at);
  if (!root) return;
  if (root->kind != Node::Kind::list)
    return error(root->place.file ? root->place : problems_.in(file.string()),
                 fmt::format("a playbook is a list of plays, not {}", describe(*root)));
  Around around;
  around.parent = std::move(parent);
  around.folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  for (const Node* node : root->items) {
    if (node->kind != Node::Kind::map) {
      error(node->place, fmt::format("a play is a mapping, not {}", describe(*node)));
      continue;
    }
    const bool imports = std::any_of(node->entries.begin(), node->entries.end(), [](const auto& entry) {
      return short_name(yaml::key_text(*entry.first)) == "import_playbook";
    });
    if (imports)
      import_playbook(*node, around, plays);
    else
      read_play(*node, around, plays);
  }
}

void Loader::import_playbook(const Node& node, const Around& around, std::vector<Play>& plays) {
  auto frame = std::make_shared<Frame>();
  frame->parent = around.parent;
  frame->place = node.place;
  std::string name;
  const Node* at = nullptr;
  for (const auto& [key, value] : node.entries) {
    const std::string word = yaml::key_text(*key);
    if (short_name(word) == "import_playbook") {
      at = value;
      name = text_of(*value);
    } else if (word != "name" && !take_common(*key, *value, 'b', *frame)) {
      error(key->place, fmt::format("import_playbook has no '{}'", word));
    }
  }
  int deep = 0;
  for (const Frame* up = frame.get(); up; up = up->parent.get()) ++deep;
  if (deep > 20) return error(at->place, "playbooks that import each other");
  Around inside = around;
  inside.parent = frame;
  const auto file = constant_text(name, inside, at->place);
  if (!file || file->empty()) return;
  fs::path book = around.folder / *file;
  std::error_code ignored;
  for (const fs::path& place : in_collections(*file, "playbooks", around.folder))
    for (const char* ending : {".yml", ".yaml"})
      if (const fs::path its = place.string() + ending; !fs::exists(book, ignored) && fs::exists(its, ignored))
        book = its;
  // Its `when` and `vars` hold for each task in it.
  read_playbook(book, plays, frame, at->place);
}

void Loader::read_play(const Node& node, Around around, std::vector<Play>& plays) {
  Play& play = plays.emplace_back();
  play.place = node.place;
  play.folder = around.folder;
  play.frame = std::make_shared<Frame>();
  play.frame->parent = around.parent;
  play.frame->place = node.place;
  around.parent = play.frame;
  around.play = &play;
  const Node *pre = nullptr, *roles = nullptr, *tasks = nullptr, *post = nullptr, *handlers = nullptr;
  bool has_hosts = false;
  for (const auto& [key, value] : node.entries) {
    const std::string word = yaml::key_text(*key);
    if (word == "hosts") {
      has_hosts = true;
      play.hosts = value_of(*value);
      play.hosts_place = value->place;
      if (!play.hosts.is_string() && !play.hosts.is_array())
        error(value->place, fmt::format("hosts is a pattern or a list of them, not {}", describe(*value)));
    } else if (word == "name") {
      play.name = text_of(*value);
    } else if (word == "pre_tasks") {
      pre = value;
    } else if (word == "roles") {
      roles = value;
    } else if (word == "tasks") {
      tasks = value;
    } else if (word == "post_tasks") {
      post = value;
    } else if (word == "handlers") {
      handlers = value;
    } else if (word == "vars_files") {
      const Value files = value_of(*value);
      if (files.is_array())
        play.vars_files.assign(files.begin(), files.end());
      else if (!files.is_null())
        play.vars_files.push_back(files);
    } else if (word == "vars_prompt") {
      read_prompts(*value, play);
    } else if (!take_common(*key, *value, 'p', *play.frame)) {
      const auto near = nearest(word, play_words);
      error(key->place, fmt::format("'{}' is not a keyword of a play{}", word,
                                    near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
  }
  if (!has_hosts) error(node.place, "this play has no hosts");
  if (const Setting* strategy = find(*play.frame, Keyword::strategy); strategy && strategy->raw.is_string()) {
    const std::string name = short_name(strategy->raw.get<std::string>());
    if (name != "linear" && name != "free" && name != "host_pinned")
      error(strategy->place, fmt::format("there is no strategy {}: linear and free are supported", name));
  }
  if (pre) play.pre_tasks = read_items(*pre, around);
  if (roles) read_roles(*roles, around);
  if (tasks) play.tasks = read_items(*tasks, around);
  if (post) play.post_tasks = read_items(*post, around);
  if (handlers) play.handlers.push_back(std::make_shared<Handlers>(read_handlers(*handlers, around)));
}

Handlers Loader::read_handlers(const Node& node, const Around& around) {
  Around inside = around;
  inside.handlers = true;
  inside.guarded = true;
  const Items items = read_items(node, inside);
  Handlers list;
  const std::function<void(const Items&)> gather = [&](const Items& all) {
    for (const Item& item : all) {
      if (const auto* task = std::get_if<std::shared_ptr<const Task>>(&item))
        list.push_back(*task);
      else
        gather(std::get<std::shared_ptr<const Block>>(item)->tasks);
    }
  };
  gather(items);
  return list;
}

void Loader::read_prompts(const Node& node, Play& play) {
  if (node.kind != Node::Kind::list) return error(node.place, "vars_prompt is a list");
  for (const Node* item : node.items) {
    Prompt prompt;
    prompt.place = item->place;
    for (const auto& [key, value] : item->entries) {
      const std::string word = yaml::key_text(*key);
      const Value plain = value_of(*value);
      if (word == "name") prompt.name = text_of(*value);
      if (word == "prompt") prompt.question = text_of(*value);
      if (word == "private") prompt.is_private = plain != false;
      if (word == "confirm") prompt.confirm = plain == true;
      if (word == "default" && !plain.is_null()) {
        prompt.otherwise = text_of(*value);
        prompt.has_default = true;
      }
    }
    if (prompt.name.empty()) {
      error(item->place, "a prompt has a name");
      continue;
    }
    if (prompt.question.empty()) prompt.question = prompt.name;
    play.prompts.push_back(std::move(prompt));
  }
}

Result<Playbook, std::vector<Diagnostic>> load(const std::vector<fs::path>& files, const LoadOptions& options) {
  Playbook playbook;
  playbook.loader = std::make_shared<Loader>(options);
  for (const fs::path& file : files) playbook.loader->read_playbook(file, playbook.plays);
  yaml::Problems& problems = playbook.loader->problems();
  if (!problems.errors().empty()) return Unexpected(std::move(problems.errors()));
  playbook.warnings = problems.warnings();
  return playbook;
}

}  // namespace cef::playbook

// What a name means for one host at one place of the playbook. Variables are templates until they are used.
#pragma once

#include "vars/state.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cef::playbook {

class World final : public expr::World {
 public:
  /// All are used until this goes. Without a frame it is what `hostvars` shows: nothing of plays and roles.
  World(State& state, HostState& host, const Frame* frame);
  ~World() override;

  /// For this place alone: the loop's item, the result that `until` looks at. Beats all else.
  void set(std::string name, Value value);
  void unset(std::string_view name);

  /// A variable was asked for that only gathering this host's facts can tell; the evaluation failed for that.
  HostState* wants_facts() const { return *wants_facts_; }
  void forget_wish() { *wants_facts_ = nullptr; }
  /// Values that were worked out may be others now.
  void forget();

  HostState& host() const { return host_; }
  State& state() const { return state_; }
  const Frame* frame() const { return frame_; }
  /// Every name there is, for `vars` and `varnames`.
  std::vector<std::string> names() const;

  std::optional<expr::Variable> variable(std::string_view name) override;
  std::optional<Value> call(const expr::Request& request) override;
  std::optional<std::string> source(std::string_view name) override;
  std::chrono::system_clock::time_point now() override { return std::chrono::system_clock::now(); }
  std::uint64_t random() override;

 private:
  class HostVars;
  class AllVars;

  /// What was found: a value that is final, or one that is still to be worked out.
  struct Found {
    const Known* known = nullptr;
    const Value* value = nullptr;
    const Written* written = nullptr;
    bool is_template = false;  // `value` is one
    explicit operator bool() const { return known || value || written; }
  };
  Found look(std::string_view name) const;
  static Found in_frames(const Frame* from, const Frame* to, std::string_view name);
  Found in_roles(std::string_view name, bool defaults) const;
  std::optional<expr::Variable> magic(std::string_view name);
  expr::Variable keep(std::string_view name, Value value, bool templated = false);
  expr::Variable work_out(std::string_view name, const expr::Tree& tree);
  expr::Variable facts_variable();

  State& state_;
  HostState& host_;
  const Frame* frame_;
  const Frame* play_frame_ = nullptr;
  std::map<std::string, Value, std::less<>> locals_;
  std::unordered_map<std::string, std::pair<Value, bool>> cache_;
  std::deque<expr::Tree> trees_;
  std::set<std::string, std::less<>> open_;  // being worked out
  std::shared_ptr<HostState*> wants_facts_ = std::make_shared<HostState*>(nullptr);
};

}  // namespace cef::playbook

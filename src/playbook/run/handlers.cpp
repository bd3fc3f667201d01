// Handlers: who is notified, and when they run.
#include "run/schedule.hpp"

#include <fmt/format.h>

namespace cef::playbook {

// A handler's name may be a template of what is known for all hosts.
void Schedule::notify(const std::string& name, Member& member, const Place& place) {
  World world(state_, *member.host, play_->frame.get());
  const auto names_of = [&](const Task& handler) {
    std::vector<std::string> names;
    std::string own = handler.name;
    if (expr::has_marks(own))
      if (const auto text = expr::Template::parse(own))
        if (auto rendered = text->render(world)) own = *rendered;
    names.push_back(own);
    if (const RoleUse* role = role_of(*handler.frame)) names.push_back(role->name + " : " + own);
    return names;
  };
  bool found = false;
  // Of several lists the last one with such a handler counts; in one list the first.
  for (auto list = play_->handlers.rbegin(); list != play_->handlers.rend() && !found; ++list)
    for (const auto& handler : **list) {
      const auto names = names_of(*handler);
      if (handler->name.empty() || std::find(names.begin(), names.end(), name) == names.end()) continue;
      notified_[handler.get()].insert(&member);
      found = true;
      break;
    }
  for (const auto& list : play_->handlers)
    for (const auto& handler : *list)
      for (const expr::Template& topic : handler->listen)
        if (const auto text = topic.render(world); text && *text == name) {
          notified_[handler.get()].insert(&member);
          found = true;
        }
  if (!found && !ended_.error)
    ended_.error = fmt::format("{}: there is no handler '{}', neither by name nor by listen", show(place), name);
}

// In the order they are defined. One that is notified by a handler before it runs in the same go.
asio::awaitable<void> Schedule::flush(Group group) {
  const bool was_flushing = std::exchange(flushing_, true);
  // Handlers may be added by roles that handlers include.
  for (std::size_t l = 0; l < play_->handlers.size(); ++l)
    for (std::size_t h = 0; h < play_->handlers[l]->size(); ++h) {
      const auto handler = play_->handlers[l]->at(h);
      const auto found = notified_.find(handler.get());
      if (found == notified_.end() || found->second.empty() || is_over()) continue;
      Group meant, forced;
      for (Member* member : group) {
        if (!found->second.contains(member)) continue;
        if (member->runs()) {
          meant.push_back(member);
          found->second.erase(member);
        } else if (forced_ && member->failing && !member->gone) {
          member->failing = false;
          forced.push_back(member);
          meant.push_back(member);
          found->second.erase(member);
        }
      }
      if (meant.empty()) continue;
      co_await run_task(*handler, meant, Guard());
      for (Member* member : forced) member->failing = true;
    }
  flushing_ = was_flushing;
}

}  // namespace cef::playbook

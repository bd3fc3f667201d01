// Plays and their batches: which hosts, in which order, and what is known of them before the first task.
#include "load/constants.hpp"
#include "load/loader.hpp"
#include "load/search.hpp"
#include "run/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <unordered_set>

namespace cef::playbook {

namespace {

std::string joined(const Value& patterns) {
  if (patterns.is_string()) return patterns.get<std::string>();
  std::string all;
  for (const Value& each : patterns) all += (all.empty() ? "" : ",") + as_text(each);
  return all;
}

Result<Value, std::string> constant(const Value& raw, const Value& extra, const Frame* frame, const fs::path& folder,
                                    const Place& place) {
  auto tree = expr::Tree::parse(raw);
  if (!tree) return Unexpected(fmt::format("{}: {}", show(place), expr::show(tree.error())));
  Constants constants(extra, frame, folder);
  auto value = tree->evaluate(constants);
  if (!value) return Unexpected(fmt::format("{}: {}", show(place), expr::show(value.error())));
  return std::move(*value);
}

// With what is known of it before it runs; that of its hosts where it has none.
std::string shown_name(const Play& play, const Value& extra) {
  std::string name = play.name;
  if (const auto text = constant(play.name, extra, play.frame.get(), play.folder, play.place)) name = as_text(*text);
  return name.empty() ? joined(play.hosts) : name;
}

Result<inventory::PlayMatch, std::string> matched(State& state, const std::string& pattern) {
  auto match = state.match(pattern);
  if (!match) return Unexpected(match.error().message);
  // Localhost is always there.
  if (match->names.empty() && is_local_name(pattern)) match->names.push_back(state.localhost().name);
  std::erase_if(match->unmatched, is_local_name);
  if (const auto& only = state.options().only)
    std::erase_if(match->names, [&](const std::string& name) { return !only->contains(name); });
  return std::move(*match);
}

}  // namespace

Result<std::vector<PlayHosts>, std::string> hosts_of(const Playbook& playbook, const inventory::Inventory& inventory,
                                                     const RunOptions& options) {
  State state(inventory, options, *playbook.loader);
  std::vector<PlayHosts> all;
  for (const Play& play : playbook.plays) {
    PlayHosts hosts;
    const auto pattern = constant(play.hosts, options.extra_variables, play.frame.get(), play.folder, play.hosts_place);
    // It may come from a host's facts or from what an earlier play sets.
    hosts.pattern = joined(pattern ? *pattern : play.hosts);
    hosts.play = play.name.empty() ? hosts.pattern : shown_name(play, options.extra_variables);
    if (pattern) {
      auto match = matched(state, hosts.pattern);
      if (!match) return Unexpected(match.error());
      hosts.hosts = std::move(match->names);
    }
    all.push_back(std::move(hosts));
  }
  return all;
}

Value Schedule::play_setting(const Play& play, Keyword keyword) {
  const Setting* const said = find(*play.frame, keyword);
  if (!said) return nullptr;
  const auto value = constant(said->raw, state_.options().extra_variables, play.frame.get(), play.folder, said->place);
  if (!value) {
    ended_.error = value.error();
    return nullptr;
  }
  return *value;
}

std::vector<Member*> Schedule::members_of(Play& play) {
  members_.clear();
  Group group;
  auto pattern =
      constant(play.hosts, state_.options().extra_variables, play.frame.get(), play.folder, play.hosts_place);
  if (!pattern) {
    // What an earlier play found out on the machine cef runs on, or on any host, may name them.
    for (const std::string& name : ended_.order) {
      World world(state_, *state_.host(name), play.frame.get());
      const auto tree = expr::Tree::parse(play.hosts);
      if (auto value = tree->evaluate(world)) {
        pattern = std::move(*value);
        break;
      }
    }
  }
  if (!pattern) {
    ended_.error = pattern.error();
    return group;
  }
  state_.play_name = play.name.empty() ? joined(*pattern) : shown_name(play, state_.options().extra_variables);
  auto match = matched(state_, joined(*pattern));
  if (!match) {
    ended_.error = match.error();
    return group;
  }
  auto& names = match->names;
  // Where none is left, that is said.
  if (!names.empty() || state_.options().only)
    for (const std::string& each : match->unmatched)
      reporter_.warn(fmt::format("{}: '{}' matches no group and no host", show(play.hosts_place), each));
  const std::vector<std::string> in_order = names;
  const std::string order = as_text(play_setting(play, Keyword::order));
  if (order == "sorted" || order == "reverse_sorted") std::sort(names.begin(), names.end());
  if (order == "reverse_inventory" || order == "reverse_sorted") std::reverse(names.begin(), names.end());
  if (order == "shuffle") std::shuffle(names.begin(), names.end(), std::mt19937(std::random_device{}()));
  state_.play_hosts_all = in_order;
  for (const std::string& name : names) {
    if (out_.contains(name)) continue;
    auto member = std::make_unique<Member>();
    member->host = state_.host(name);
    group.push_back(member.get());
    members_.push_back(std::move(member));
    if (ended_.recap.try_emplace(name).second) ended_.order.push_back(name);
  }
  return group;
}

// Numbers and percentages; the last one for all that remain.
std::vector<std::size_t> Schedule::batch_sizes(const Play& play, std::size_t hosts) {
  const Value serial = play_setting(play, Keyword::serial);
  std::vector<std::size_t> sizes;
  const Value list = serial.is_array() ? serial : Value::array({serial});
  std::vector<std::size_t> given;
  for (const Value& each : list) {
    const std::string text = as_text(each);
    if (text.empty()) continue;
    const double number = std::strtod(text.c_str(), nullptr);
    const double size = text.ends_with('%') ? number / 100 * static_cast<double>(hosts) : number;
    given.push_back(size < 0 ? hosts
                             : std::max<std::size_t>(text.ends_with('%') ? 1 : 0, static_cast<std::size_t>(size)));
  }
  for (std::size_t done = 0, i = 0; done < hosts; ++i) {
    std::size_t size = given.empty() ? hosts : given[std::min(i, given.size() - 1)];
    if (size == 0) size = hosts;
    size = std::min(size, hosts - done);
    sizes.push_back(size);
    done += size;
  }
  return sizes;
}

bool Schedule::ask_prompts(const Play& play) {
  state_.prompted.clear();
  for (const Prompt& prompt : play.prompts) {
    if (state_.options().extra_variables.contains(prompt.name)) continue;
    const std::string shown = prompt.has_default && !prompt.is_private
                                  ? fmt::format("{} [{}]:", prompt.question, prompt.otherwise)
                                  : prompt.question + ":";
    auto answer = reporter_.ask(shown, prompt.is_private);
    if (answer && prompt.confirm) {
      const auto again = reporter_.ask("confirm " + shown, prompt.is_private);
      if (again != answer) {
        ended_.error = fmt::format("{}: the two answers for {} differ", show(prompt.place), prompt.name);
        return false;
      }
    }
    if (!answer || answer->empty()) answer = prompt.otherwise;
    Value value{{expr::unsafe_mark, *answer}};
    state_.prompted.insert_or_assign(prompt.name, Written(std::move(value), prompt.place));
  }
  return true;
}

// Of a list the first file that is there counts; names may be made of facts.
asio::awaitable<void> Schedule::choose_vars_files(const Play& play, Member& member) {
  member.host->vars_files.clear();
  for (const Value& each : play.vars_files) {
    World world(state_, *member.host, play.frame.get());
    Evaluator evaluator(world, shop_.facts);
    const Value list = each.is_array() ? each : Value::array({each});
    std::string tried;
    bool found = false;
    for (const Value& name : list) {
      const auto tree = expr::Tree::parse(name);
      if (!tree) fail_task(expr::show(tree.error()));
      Value text;
      bool undefined = false;
      try {
        text = co_await evaluator.value(*tree);
      } catch (const Failure& failure) {
        if (failure.result.unreachable) throw;
        undefined = true;
        tried += as_text(failure.result.value.value("msg", Value()));
      }
      if (undefined) continue;
      const fs::path path = as_text(text);
      const fs::path whole = path.is_absolute() ? path : play.folder / path;
      std::error_code ignored;
      const fs::path beside = play.folder / "vars" / path;
      const fs::path file = fs::exists(whole, ignored) ? whole : beside;
      if (!fs::exists(file, ignored)) {
        tried += (tried.empty() ? "" : ", ") + path.string();
        continue;
      }
      auto values = state_.loader().read_variables(file);
      if (!values) fail_task(values.error());
      for (const auto& [key, value] : values->items())
        member.host->vars_files.insert_or_assign(key, Written(value, play.place));
      found = true;
      break;
    }
    if (!found) fail_task(fmt::format("{}: none of the files in vars_files is there: {}", show(play.place), tried));
  }
}

void Schedule::refresh_hosts() {
  Value left = Value::array(), batch = Value::array();
  std::unordered_set<std::string_view> there;
  for (const auto& member : members_)
    if (!member->removed) there.insert(member->host->name);
  // In the inventory's order, whatever that of the play is.
  for (const Value& name : state_.play_hosts_all)
    if (there.contains(name.get_ref<const std::string&>())) left.push_back(name);
  for (const Member* member : batch_)
    if (!member->removed) batch.push_back(member->host->name);
  state_.play_hosts = std::move(left);
  state_.batch = std::move(batch);
}

void Schedule::retire(Member& member) {
  if (member.gathers && !member.gone) ++ended_.recap[member.host->name].ok;
  member.gathers = false;
  if (member.failing || member.gone) out_.insert(member.host->name);
}

asio::awaitable<void> Schedule::run_sections(Play& play, Group group) {
  co_await run_items(play.pre_tasks, group, Guard());
  co_await flush(group);
  co_await run_items(play.roles, group, Guard());
  co_await run_items(play.tasks, group, Guard());
  co_await flush(group);
  co_await run_items(play.post_tasks, group, Guard());
  co_await flush(group);
}

asio::awaitable<void> Schedule::run_batch(Play& play, Group batch) {
  batch_ = batch;
  batch_over_ = false;
  notified_.clear();
  for (Member* member : batch) member->host->roles_done.clear();
  // With those that an earlier batch ended.
  for (const auto& member : members_) member->removed = out_.contains(member->host->name);
  refresh_hosts();
  for (Member* member : batch) {
    try {
      co_await choose_vars_files(play, *member);
    } catch (const Failure& failure) {
      ended_.error = as_text(failure.result.value.value("msg", Value("vars_files cannot be read")));
    }
    if (ended_.error) co_return;
  }
  const std::string strategy = as_text(play_setting(play, Keyword::strategy));
  free_ = strategy.ends_with("free") || strategy.ends_with("host_pinned");
  if (!free_) {
    co_await run_sections(play, batch);
  } else {
    std::function<asio::awaitable<void>(std::size_t)> work = [&](std::size_t i) {
      return run_sections(play, Group{batch[i]});
    };
    co_await for_each(batch.size(), work, batch.size());
  }
  for (Member* member : batch) retire(*member);
}

asio::awaitable<void> Schedule::run_play(Play& play) {
  play_ = &play;
  state_.play = &play;
  play_over_ = false;
  Group group = members_of(play);
  if (ended_.error) co_return;
  reporter_.play_begins(play, state_.play_name, group.size());
  if (group.empty() && !state_.options().only)
    reporter_.warn(fmt::format("{}: no host matches '{}'", show(play.hosts_place), joined(play.hosts)));
  if (group.empty()) co_return;
  ended_.matched = true;
  if (!ask_prompts(play)) co_return;
  forced_ = is_true(play_setting(play, Keyword::force_handlers));
  const Value most = play_setting(play, Keyword::max_fail_percentage);
  most_failed_ = most.is_null() ? std::nullopt : std::optional(std::strtod(as_text(most).c_str(), nullptr));
  const Value gather = play_setting(play, Keyword::gather_facts);
  const bool gathers = (gather.is_null() || is_true(gather)) &&
                       is_selected({"always"}, state_.options().tags, state_.options().skip_tags);
  for (const auto& member : members_) {
    member->gathers = gathers;
    if (gathers) member->host->may_gather = true;
  }
  std::size_t begin = 0, number = 0;
  const auto sizes = batch_sizes(play, group.size());
  for (const std::size_t size : sizes) {
    if (ended_.error || stopped_()) co_return;
    Group batch(group.begin() + static_cast<std::ptrdiff_t>(begin),
                group.begin() + static_cast<std::ptrdiff_t>(begin + size));
    begin += size;
    if (sizes.size() > 1) {
      std::vector<std::string> names;
      for (const Member* member : batch) names.push_back(member->host->name);
      reporter_.batch_begins(++number, sizes.size(), names);
    }
    co_await run_batch(play, batch);
    const bool all_failed =
        std::all_of(batch.begin(), batch.end(), [](const Member* each) { return each->failing || each->gone; });
    if (play_over_ || (all_failed && begin <= group.size())) {
      ended_.broke_off = true;
      co_return;
    }
  }
}

asio::awaitable<Ended> Schedule::run() {
  for (Play& play : playbook_.plays) {
    if (ended_.error || ended_.broke_off || stopped_()) break;
    co_await run_play(play);
  }
  if (!started_ && !ended_.error && !ended_.broke_off && !stopped_())
    ended_.error = fmt::format("--start-at-task: no task is called '{}'", state_.options().start_at);
  if (ended_.matched && !ended_.error && !ended_.broke_off && !stopped_())
    for (const std::string& tag : unseen_tags_)
      reporter_.warn(fmt::format("--tags: no task that was reached has the tag '{}'; --list-tags lists them", tag));
  co_return std::move(ended_);
}

asio::awaitable<Ended> run(Playbook& playbook, const inventory::Inventory& inventory, RunOptions options,
                           Performer& performer, Reporter& reporter, std::function<bool()> stopped) {
  State state(inventory, std::move(options), *playbook.loader);
  Schedule schedule(playbook, state, performer, reporter, std::move(stopped));
  auto ended = co_await schedule.run();
  co_return ended;
}

}  // namespace cef::playbook

// cef play: Ansible playbooks, with nothing but sh on the hosts.
#include "console/output.hpp"
#include "console/view.hpp"
#include "past/journal_options.hpp"
#include "play/extra_variables.hpp"
#include "play/list_playbook.hpp"
#include "play/play_console.hpp"
#include "play/play_outcome.hpp"
#include "play/vault_passwords.hpp"
#include "run/limits.hpp"
#include "run/lock.hpp"
#include "run/login.hpp"
#include "run/passphrases.hpp"
#include "run/run_task.hpp"
#include "run/select.hpp"
#include "verbs.hpp"

#include <cef/core/text.hpp>
#include <cef/fleet/jobs.hpp>
#include <cef/playbook/hosts.hpp>
#include <cef/playbook/load.hpp>
#include <cef/playbook/variables.hpp>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <unistd.h>

namespace cef::cli {

namespace {

namespace fs = std::filesystem;

int complain_of(const std::vector<Diagnostic>& findings) {
  std::string all;
  for (const Diagnostic& each : findings) all += (all.empty() ? "" : "\n") + show(each);
  return complain({Code::usage, std::move(all), ""});
}

// All that is known before the first host is contacted.
struct Plan {
  std::vector<fs::path> files;
  playbook::Config config;
  std::vector<playbook::VaultPassword> passwords;
  std::optional<playbook::Playbook> playbook;
  std::optional<inventory::Inventory> inventory;
  playbook::RunOptions options;
  std::vector<playbook::PlayHosts> hosts;  // of each play
  bool from_here = false;                  // the inventory is ./inventory, which nobody named
};

// An inventory that nobody named is not missed: localhost is always there.
Result<inventory::Inventory> find_inventory(const Context& context, Plan& plan) {
  Sources sources = inventory_sources(context.options, warn);
  if (!sources.listed && !context.options.find("inventory") && !plan.config.inventory.empty())
    sources = {.paths = plan.config.inventory};
  inventory::Beside beside;
  for (const fs::path& file : plan.files) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (std::ranges::find(beside.folders, folder) == beside.folders.end()) beside.folders.push_back(folder);
  }
  beside.decrypt = [passwords = plan.passwords](std::string_view text) { return playbook::decrypt(text, passwords); };
  beside.render = [&plan](const inventory::Host& host, const Value& value) {
    return playbook::render_variable(host.name, host.vars, value, plan.options.extra_variables, plan.passwords);
  };
  beside.grows = true;
  for (const fs::path& source : sources.paths) plan.options.inventory_sources.push_back(source.string());
  plan.from_here = sources.implicit;
  if (plan.from_here) {
    // Whether to say so is known when the plays' hosts are.
    auto loaded = inventory::load(sources.paths, inventory::Programs::skip, beside);
    if (loaded) {
      for (const Diagnostic& each : loaded->warnings) warn(show(each));
      return std::move(loaded->inventory);
    }
    std::string all;
    for (const Diagnostic& each : loaded.error()) all += (all.empty() ? "" : "\n") + show(each);
    return Unexpected(Error{Code::invalid_inventory, std::move(all), ""});
  }
  if (!sources.paths.empty()) return load_inventory(sources, context.options, warn, beside);
  inventory::Group all{"all", {}, {}, Value::object()}, ungrouped{"ungrouped", {}, {}, Value::object()};
  return inventory::Inventory({}, {all, ungrouped});
}

Result<void> choose(const Context& context, Plan& plan) {
  const auto limits = context.options.values("limit");
  for (const std::string& limit : limits) plan.options.limit += (plan.options.limit.empty() ? "" : ",") + limit;
  if (context.selectors.empty() && limits.empty() && context.options.values("exclude").empty()) return {};
  auto chosen = select_hosts_or_all(*plan.inventory, context.selectors, context.options);
  std::set<std::string, std::less<>> only;
  if (chosen)
    for (const std::size_t index : *chosen) only.insert(plan.inventory->hosts()[index].name);
  for (const std::string& limit : limits)
    if (limit == "localhost") only.insert(limit);
  if (!chosen && only.empty()) return Unexpected(chosen.error());
  plan.options.only = std::move(only);
  return {};
}

Result<Plan, int> make_plan(Context& context) {
  Plan plan;
  for (const std::string& word : context.operands) plan.files.emplace_back(word);
  if (plan.files.empty()) return Unexpected(complain({Code::usage, "no playbook", "name one: cef play site.yml"}));
  std::error_code ignored;
  for (const fs::path& file : plan.files) {
    const char* const what = fs::is_directory(file, ignored) ? "a folder" : "not there";
    if (!fs::is_regular_file(file, ignored))
      return Unexpected(complain({Code::usage, fmt::format("{} is no playbook: it is {}", file.string(), what),
                                  "hosts are chosen by group=NAME, host=NAME or -l PATTERN"}));
  }
  plan.config = playbook::read_config();
  auto passwords = vault_passwords(context, plan.config);
  if (!passwords) return Unexpected(complain(passwords.error()));
  plan.passwords = std::move(*passwords);
  auto extra = read_extra_variables(context.arguments.texts("extra-vars"), plan.passwords);
  if (!extra) return Unexpected(complain(extra.error()));
  playbook::RunOptions& options = plan.options;
  options.extra_variables = *extra;
  if (const auto tags = context.arguments.texts("tags"); !tags.empty()) options.tags = tags;
  options.skip_tags = context.arguments.texts("skip-tags");
  options.start_at = context.arguments.text("start-at-task").value_or("");
  options.check = context.arguments.has("check");
  options.diff = context.arguments.has("diff");
  options.step = context.arguments.has("step");
  if (options.step && ::isatty(STDIN_FILENO) != 1)
    return Unexpected(complain({Code::usage, "--step asks before each task, and there is no terminal to ask on", ""}));
  options.verbosity = context.verbosity();
  if (!plan.config.ansible_managed.empty()) options.managed = plan.config.ansible_managed;
  if (context.options.flag("become") || lower(plan.config.become) == "true") options.become = true;
  options.become_user = context.options.text("become-user");
  if (!options.become_user && !plan.config.become_user.empty()) options.become_user = plan.config.become_user;

  auto read =
      playbook::load(plan.files, {*extra, plan.config.roles_path, plan.config.collections_path, plan.passwords});
  if (!read) return Unexpected(complain_of(read.error()));
  if (context.verbosity() > 0)
    for (const Diagnostic& each : read->warnings) warn(show(each));
  plan.playbook = std::move(*read);
  auto inventory = find_inventory(context, plan);
  if (!inventory) return Unexpected(complain(inventory.error()));
  plan.inventory = std::move(*inventory);
  if (const auto chosen = choose(context, plan); !chosen) return Unexpected(complain(chosen.error()));
  auto hosts = playbook::hosts_of(*plan.playbook, *plan.inventory, options);
  if (!hosts) return Unexpected(complain({Code::usage, hosts.error(), ""}));
  plan.hosts = std::move(*hosts);
  // A play for this machine alone takes nothing from it.
  const auto is_known = [&](const std::string& name) { return plan.inventory->host(name) != nullptr; };
  const auto uses_it = [&](const playbook::PlayHosts& play) { return std::ranges::any_of(play.hosts, is_known); };
  if (plan.from_here && !context.options.flag("quiet") && std::ranges::any_of(plan.hosts, uses_it))
    note("the inventory is ./inventory");
  return plan;
}

Result<fleet::Login> login_for(const Context& context, const Plan& plan) {
  auto login = login_of(context.options);
  if (!login) return login;
  if (!login->user.value && !plan.config.remote_user.empty()) login->user.value = plan.config.remote_user;
  // The first play that says who logs in speaks for all; where another one says otherwise, its tasks log in anew.
  if (!login->user.value)
    for (const playbook::Play& play : plan.playbook->plays)
      if (const auto* user = find(*play.frame, playbook::Keyword::remote_user);
          user && user->raw.is_string() && !expr::has_marks(user->raw.get<std::string>())) {
        login->user.value = user->raw.get<std::string>();
        break;
      }
  login->become = {};
  return login;
}

// Every host of every play, in inventory order; localhost where no inventory has it.
Result<std::vector<runner::Job>> make_jobs(const Plan& plan, const fleet::Login& login,
                                           std::vector<std::size_t>& indices) {
  std::set<std::string> names;
  for (const playbook::PlayHosts& play : plan.hosts) names.insert(play.hosts.begin(), play.hosts.end());
  for (std::size_t i = 0; i < plan.inventory->hosts().size(); ++i)
    if (names.erase(plan.inventory->hosts()[i].name) > 0) indices.push_back(i);
  auto jobs = fleet::make_jobs(*plan.inventory, indices, login, Milliseconds(0), warn);
  if (!jobs) return jobs;
  for (const std::string& name : names) {
    runner::Job job;
    job.host = job.target.name = name;
    job.local = true;
    jobs->push_back(std::move(job));
  }
  return jobs;
}

asio::awaitable<void> conduct(Plan& plan, playbook::Hosts& hosts, PlayConsole& console, transport::Stop& stop,
                              playbook::Ended& ended) {
  std::function<bool()> stopped = [&stop] { return stop.requested(); };
  auto result =
      co_await playbook::run(*plan.playbook, *plan.inventory, plan.options, hosts, console, std::move(stopped));
  ended = std::move(result);
  console.recap(ended);
  std::map<std::string, runner::Outcome> outcomes;
  for (const runner::Job& job : hosts.jobs()) {
    const auto found = ended.recap.find(job.host);
    outcomes.emplace(job.host, outcome_of(found == ended.recap.end() ? playbook::Recap() : found->second,
                                          console.records(job.host)));
  }
  hosts.end(std::move(outcomes));
}

// Of hosts that add_host added, and of those that only facts could name.
std::vector<HostResult> joined_results(const playbook::Hosts& hosts, const playbook::Ended& ended,
                                       PlayConsole& console) {
  std::set<std::string_view> known;
  std::vector<HostResult> results;
  for (const runner::Job& job : hosts.jobs()) known.insert(job.host);
  for (const std::string& name : ended.order) {
    if (known.contains(name)) continue;
    runner::Outcome outcome = outcome_of(ended.recap.at(name), console.records(name));
    HostResult& result = results.emplace_back();
    result.host = name;
    result.status = outcome.status;
    result.data = std::move(outcome.data);
    result.error = std::move(outcome.error);
  }
  return results;
}

int list(const Context& context, const Plan& plan) {
  const Listing listing{context.arguments.has("list-hosts"), context.arguments.has("list-tasks"),
                        context.arguments.has("list-tags")};
  Output output(context.options.text("output"));
  if (!listing.any()) {
    for (const fs::path& file : plan.files) output.write_text(fmt::format("\nplaybook: {}\n", file.string()));
  } else {
    output.write_text(list_playbook(plan.files.front().string(), *plan.playbook, plan.hosts, plan.options, listing));
  }
  if (const auto written = output.finish(); !written) return complain(written.error());
  return exit_ok;
}

int run_plan(const Verb& verb, Context& context, Plan& plan) {
  const Options& options = context.options;
  const auto format = format_of(options);
  if (!format) return complain(format.error());
  Output output(options.text("output"));
  if (const auto writable = output.check(); !writable) return complain(writable.error());
  const auto login = login_for(context, plan);
  if (!login) return complain(login.error());
  std::vector<std::size_t> indices;
  auto jobs = make_jobs(plan, *login, indices);
  if (!jobs) return complain(jobs.error());
  if (jobs->empty()) {
    std::set<std::string> patterns;
    for (const playbook::PlayHosts& each : plan.hosts) patterns.insert(fmt::format("'{}'", each.pattern));
    return complain({Code::nothing_matched, fmt::format("no play has a host: {} match none", fmt::join(patterns, ", ")),
                     "cef hosts lists the inventory"});
  }
  auto limits = limits_of(options, *plan.inventory, indices);
  if (!limits) return complain(limits.error());
  const auto deadline = options.duration("deadline");
  if (!deadline) return complain(deadline.error());
  auto recorder = make_recorder(verb, context, "");
  if (!recorder) return complain(recorder.error());
  auto view = make_view(verb, context, output.to_file());
  if (!view) return complain(view.error());
  const bool text = *format == render::Format::table;
  PlayView play_view{.text = text, .colour = view->colour, .diff = plan.options.diff};
  play_view.lines = *format == render::Format::ndjson;
  play_view.whole = !text && !play_view.lines;
  play_view.verbosity = context.verbosity();
  play_view.quiet = context.options.flag("quiet");
  for (const runner::Job& job : *jobs) view->hosts.push_back(job.host);
  std::unique_ptr<render::Renderer> renderer;
  if (!text) {
    auto made = render::make_renderer(*format, std::move(*view), output.writer());
    if (!made) return complain(made.error());
    renderer = std::move(*made);
  }
  RunConsole console(context.terminal, output, context.verbosity() >= 3);
  console.show_results(std::move(renderer));
  fleet::Passwords passwords;
  {
    auto given = passwords_of(options, *jobs, true, warn);
    if (!given) return complain(given.error());
    passwords = std::move(*given);
  }
  fleet::give_login_password(*jobs, passwords.login);
  for (std::size_t i = 0; i < jobs->size(); ++i) {
    std::optional<Secret> own;
    if (i < indices.size())
      if (const auto& secret = plan.inventory->hosts()[indices[i]].settings.become_password) own.emplace(*secret);
    (*jobs)[i].become_password = passwords.become.over(own);
  }
  if (!options.find("forks") && !plan.config.forks.empty())
    limits->forks = std::max<std::size_t>(1, std::strtoul(plan.config.forks.c_str(), nullptr, 10));
  plan.options.forks = limits->forks;

  playbook::Hosts* performer = nullptr;
  PlayConsole play_console(console, play_view, output.writer(), [&performer](const HostResult& result) {
    if (performer) performer->over(result);
  });
  engine::Engine engine(play_console);
  fleet::tell_secrets(*jobs, *plan.inventory, engine.secrets());
  for (const playbook::VaultPassword& password : plan.passwords) engine.secrets().add(password.password);
  play_console.mask_with(engine.secrets());
  if (const auto provided = provide_passphrases(engine, *jobs, options); !provided) return complain(provided.error());
  const auto lock = take_lock(options, context.verb);
  if (!lock) return complain(lock.error());
  playbook::Hosts hosts(engine.io(), engine.stop(), engine.local(), std::move(*jobs),
                        {*plan.inventory, *login, passwords});
  performer = &hosts;
  engine::Orders orders;
  orders.verb = verb.name;
  orders.work = hosts.work();
  orders.jobs = hosts.jobs();
  orders.limits = std::move(*limits);
  orders.deadline = *deadline == Milliseconds(0) ? std::nullopt : *deadline;
  orders.dry_run = plan.options.check;
  playbook::Ended ended;
  orders.joined = [&] { return joined_results(hosts, ended, play_console); };
  asio::co_spawn(engine.io(), conduct(plan, hosts, play_console, engine.stop(), ended),
                 [](const std::exception_ptr& bug) {
                   if (bug) std::rethrow_exception(bug);
                 });
  const int code = engine.run(std::move(orders), std::move(*recorder));
  performer = nullptr;
  if (ended.error) {
    complain({Code::usage, *ended.error, ""});
    if (code == exit_ok) return exit_failed;
  }
  if (!ended.matched && code == exit_ok) return exit_nothing_matched;
  return end_by_pipe(code);
}

int run(const Verb& verb, Context& context) {
  auto plan = make_plan(context);
  if (!plan) return plan.error();
  for (const char* only : {"syntax-check", "list-hosts", "list-tasks", "list-tags"})
    if (context.arguments.has(only)) return list(context, *plan);
  return run_plan(verb, context, *plan);
}

}  // namespace

Verb play_verb() {
  using Kind = Param::Kind;
  return {
      .name = "play",
      .summary = "run Ansible playbooks as they are, with nothing but sh on the hosts",
      .usage = "FILE... [SELECTOR...] [options]",
      .details =
          "Everything is read and checked first: what is wrong with the playbooks, or not supported and reached "
          "without a condition, is told with file, line and column, and nothing runs (exit code 5). Facts are "
          "gathered when one is used. Selectors and --limit leave hosts out. An ansible.cfg counts for "
          "roles_path, inventory, remote_user, become, become_user and vault_password_file. The recap counts as "
          "ansible-playbook does.",
      .examples = {"cef play site.yml", "cef play site.yml -l rpi --check --diff",
                   "cef play site.yml group=rpi -e version=1.2 --tags install", "cef play site.yml --list-tasks"},
      .options =
          {{.name = "extra-vars",
            .value = "VARS",
            .help = "k=v, JSON, or @FILE; beat all other variables; may be repeated",
            .kind = Kind::paths,
            .shorthand = "e"},
           {.name = "tags",
            .value = "A,B",
            .help = "only tasks with one of these tags",
            .kind = Kind::list,
            .shorthand = "t"},
           {.name = "skip-tags", .value = "A,B", .help = "no task with one of these tags", .kind = Kind::list},
           {.name = "start-at-task", .value = "NAME", .help = "begin with the task of this name"},
           {.name = "step", .help = "ask before each task", .kind = Kind::flag},
           check_option,
           {.name = "diff", .help = "show what changes in files", .kind = Kind::flag, .shorthand = "D"},
           {.name = "vault-password-file",
            .value = "FILE",
            .help = "password of vaults; may be repeated",
            .kind = Kind::paths},
           {.name = "vault-id",
            .value = "ID@FILE",
            .help = "password of the vaults with this id; FILE may be `prompt`",
            .kind = Kind::paths},
           {.name = "ask-vault-pass", .help = "ask for the password of vaults", .kind = Kind::flag, .shorthand = "J"},
           {.name = "syntax-check", .help = "read and check the playbooks, and end", .kind = Kind::flag},
           {.name = "list-hosts", .help = "list the hosts of each play, and end", .kind = Kind::flag},
           {.name = "list-tasks", .help = "list the tasks, and end", .kind = Kind::flag},
           {.name = "list-tags", .help = "list the tags, and end", .kind = Kind::flag},
           {.name = "flush-cache", .help = "of no use: facts are not kept between runs", .kind = Kind::flag}},
      .columns = {{"ok", "data.ok", Unit::none, Align::right, "tasks that are as they should be, changed ones too"},
                  {"changed", "data.changed", Unit::none, Align::right, "of these, tasks that changed something"},
                  {"unreachable", "data.unreachable", Unit::none, Align::right, "whether it could not be reached"},
                  {"failed", "data.failed", Unit::none, Align::right, "tasks that failed"},
                  {"skipped", "data.skipped", Unit::none, Align::right, "tasks whose condition was false"},
                  {"rescued", "data.rescued", Unit::none, Align::right, "failures that a block took care of"},
                  {"ignored", "data.ignored", Unit::none, Align::right, "failures that were to be ignored"}},
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli

// cef hosts: the inventory as cef understands it. Contacts no host.
#include "console/output.hpp"
#include "console/view.hpp"
#include "run/explain.hpp"
#include "run/login.hpp"
#include "run/select.hpp"
#include "run/ssh_command.hpp"
#include "verbs.hpp"

#include <cef/core/report.hpp>
#include <cef/core/secret.hpp>
#include <cef/fleet/targets.hpp>
#include <cef/render/render.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

namespace {

// `target` is null for a host that cannot be logged in to.
Value record(const inventory::Host& host, const transport::Target* target) {
  const inventory::Settings& own = host.settings;
  const std::string jump = target ? way_to(*target) : "";
  const bool has_login = target && !own.local;
  Value data;
  data["groups"] = host.groups;
  data["address"] = has_login ? Value(target->address) : Value(nullptr);
  data["port"] = has_login ? Value(target->port) : Value(nullptr);
  data["user"] = has_login ? Value(target->user) : Value(nullptr);
  data["jump"] = jump.empty() ? Value(nullptr) : Value(jump);
  data["tags"] = own.tags;
  data["local"] = own.local;
  return data;
}

// Nothing is asked of these hosts now, so that this is no failure yet.
void tell_unusable(const std::vector<std::string>& unusable) {
  constexpr std::size_t most = 5;
  for (std::size_t i = 0; i < std::min(most, unusable.size()); ++i) warn(unusable[i]);
  if (unusable.size() > most) warn(fmt::format("and {} more hosts cannot be logged in to", unusable.size() - most));
}

Result<Report> make_report(const inventory::Inventory& inventory, const std::vector<std::size_t>& hosts,
                           const Options& options, bool explains) {
  const auto login = login_of(options);
  if (!login) return Unexpected(login.error());
  auto targets = fleet::Targets::make(inventory, *login, warn);
  if (!targets) return Unexpected(targets.error());
  Report report;
  report.verb = "hosts";
  report.started = std::chrono::system_clock::now();
  std::vector<std::string> unusable;
  for (const std::size_t index : hosts) {
    const inventory::Host& host = inventory.hosts()[index];
    const auto route = targets->to(host);
    if (!route) unusable.push_back(fmt::format("{} cannot be logged in to: {}", host.name, route.error().message));
    HostResult result;
    result.host = host.name;
    result.groups = host.groups;
    result.data = record(host, route ? &route->target : nullptr);
    if (explains) result.data["settings"] = explain(host, *targets, *login, options);
    report.results.push_back(std::move(result));
  }
  tell_unusable(unusable);
  return report;
}

constexpr auto masked = "********";

// All variables, passwords apart: of these it shows that they are there.
Value list_without_passwords(const inventory::Inventory& inventory) {
  Value list = list_json(inventory);
  Secrets secrets;
  for (const inventory::Host& host : inventory.hosts()) {
    for (const auto& password : {host.settings.password, host.settings.become_password}) {
      if (!password) continue;
      secrets.add(Secret(*password));
      for (auto& value : list["_meta"]["hostvars"][host.name])
        if (value == *password) value = masked;  // short ones too
    }
    // An application's own password, which is none of cef's, is nobody's business either.
    for (const char* word : {"password", "become_password"})
      if (const auto found = host.vars.find(word);
          found != host.vars.end() && found->is_string() && found->get<std::string>().find("{{") == std::string::npos)
        list["_meta"]["hostvars"][host.name][word] = masked;
  }
  // In variables alone: a password may be a word that hosts and groups are named by.
  for (auto& [name, entry] : list.items())
    for (const char* variables : {"hostvars", "vars"})
      if (const auto found = entry.find(variables); found != entry.end()) mask(secrets, *found);
  return list;
}

int print(const Context& context, std::string_view text) {
  Output output(context.options.text("output"));
  output.write_text(text);
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

// What shapes a table means nothing to what is none. `format`: the one that it has anyway, or empty.
Result<void> refuse_shapes(const Context& context, std::string_view output, std::string_view format) {
  const auto refused = [&](std::string_view option) {
    return Unexpected(Error{Code::usage, fmt::format("--{} has no meaning for {}", option, output), ""});
  };
  for (const char* shape : {"columns", "sort", "no-header", "fold", "status", "where"})
    if (context.options.is_typed(shape)) return refused(shape);
  if (context.options.is_typed("format") && context.options.text("format") != format) return refused("format");
  return {};
}

int print_list(const Context& context, const inventory::Inventory& inventory) {
  if (const auto good = refuse_shapes(context, "--list", "json"); !good) return complain(good.error());
  return print(context, render::dump(list_without_passwords(inventory), 4) + "\n");
}

int print_graph(const Context& context, const inventory::Inventory& inventory) {
  if (const auto good = refuse_shapes(context, "--graph", ""); !good) return complain(good.error());
  if (context.selectors.empty()) return print(context, inventory::graph(inventory));
  std::string text;
  for (const std::string& word : context.selectors) {
    const bool bare = word.find('=') == std::string::npos;
    const std::string group = bare ? word : word.substr(word.find('=') + 1);
    if ((!bare && !word.starts_with("group=")) || !inventory.group(group))
      return complain(
          {Code::usage, fmt::format("--graph: '{}' is not a group of the inventory", word), "write group=NAME"});
    text += inventory::graph(inventory, group);
  }
  return print(context, text);
}

// For ssh and all that goes by its configuration: `Include` it, or name it with -F.
int print_ssh_config(const Context& context, const inventory::Inventory& inventory,
                     const std::vector<std::size_t>& hosts) {
  if (const auto good = refuse_shapes(context, "--format ssh-config", "ssh-config"); !good)
    return complain(good.error());
  const auto login = login_of(context.options);
  if (!login) return complain(login.error());
  auto targets = fleet::Targets::make(inventory, *login, warn);
  if (!targets) return complain(targets.error());
  std::string text;
  std::vector<std::string> unusable;
  for (const std::size_t index : hosts) {
    const inventory::Host& host = inventory.hosts()[index];
    const auto route = targets->to(host);
    if (!route)
      unusable.push_back(fmt::format("{} is left out: {}", host.name, route.error().message));
    else if (host.settings.local)
      unusable.push_back(fmt::format("{} is left out: it is this machine itself (local: true)", host.name));
    else
      text += (text.empty() ? "" : "\n") + ssh_config_block(route->target);
  }
  tell_unusable(unusable);
  return print(context, text);
}

int run(const Verb& verb, Context& context) {
  const Options& options = context.options;
  const std::vector<const char*> forms{"list", "graph", "explain"};
  if (std::ranges::count_if(forms, [&](const char* form) { return context.arguments.has(form); }) > 1)
    return complain({Code::usage, "--list, --graph, --explain: one of them", ""});
  const auto inventory = load_inventory(options, warn);
  if (!inventory) return complain(inventory.error());
  if (context.arguments.has("list")) return print_list(context, *inventory);
  if (context.arguments.has("graph")) return print_graph(context, *inventory);
  auto hosts = select_hosts_or_all(*inventory, context.selectors, options);
  if (!hosts) return complain(hosts.error());
  if (options.text("format") == "ssh-config") return print_ssh_config(context, *inventory, *hosts);

  if (options.is_typed("status"))
    return complain(
        {Code::usage, "--status has no meaning for hosts: none is contacted", "cef ping tells who answers"});
  const bool explains = context.arguments.has("explain");
  const auto report = make_report(*inventory, *hosts, options, explains);
  if (!report) return complain(report.error());
  return print_report(verb, context, *report, [&](render::View& view) {
    if (!explains) return;
    view.columns = explain_columns();
    if (hosts->size() == 1) view.columns.erase(view.columns.begin());  // room for where it comes from
  });
}

}  // namespace

Verb hosts_verb() {
  return {
      .name = "hosts",
      .summary = "show the inventory as cef understands it; contacts no host",
      .usage = "[SELECTOR...] [options]",
      .details =
          "--format ssh-config writes them as ssh's configuration, for ssh -F, Include, rsync, and whatever else goes "
          "by it.",
      .examples = {"cef hosts", "cef hosts rpi --columns host,address,port", "cef hosts w01 --explain",
                   "cef hosts --format ssh-config >~/.ssh/fleet", "cef hosts --graph", "cef hosts --list"},
      .options = {{.name = "list",
                   .help = "groups, hosts and all variables as JSON, as ansible-inventory --list prints them",
                   .kind = Param::Kind::flag},
                  {.name = "graph", .help = "the tree of groups", .kind = Param::Kind::flag},
                  {.name = "explain",
                   .help = "where each setting comes from: option, variable, line of ssh's configuration",
                   .kind = Param::Kind::flag}},
      .columns = {{"host", "host", Unit::none, Align::left, "name in the inventory"},
                  {"groups", "data.groups", Unit::none, Align::left, "groups it is in"},
                  {"address", "data.address", Unit::none, Align::left, "host name or IP address"},
                  {"port", "data.port", Unit::none, Align::right, "SSH port"},
                  {"user", "data.user", Unit::none, Align::left, "user to log in as"},
                  {"jump", "data.jump", Unit::none, Align::left, "host it is reached through"},
                  {"tags", "data.tags", Unit::none, Align::left, "its tags and its groups'"}},
      .run = run,
  };
}

}  // namespace cef::cli

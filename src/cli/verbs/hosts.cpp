// cef hosts: the inventory as cef understands it. Contacts no host.
#include "console/output.hpp"
#include "console/view.hpp"
#include "run/login.hpp"
#include "run/select.hpp"
#include "verbs.hpp"

#include <cef/core/report.hpp>
#include <cef/core/secret.hpp>
#include <cef/fleet/targets.hpp>
#include <cef/render/render.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

Value record(const inventory::Host& host, const transport::Target& target) {
  const inventory::Settings& own = host.settings;
  std::string jump;
  for (const transport::Target& hop : target.jumps) jump += (jump.empty() ? "" : ",") + hop.name;
  Value data;
  data["groups"] = host.groups;
  data["address"] = own.local ? Value(nullptr) : Value(target.address);
  data["port"] = own.local ? Value(nullptr) : Value(target.port);
  data["user"] = own.local ? Value(nullptr) : Value(target.user);
  data["jump"] = jump.empty() ? Value(nullptr) : Value(jump);
  data["tags"] = own.tags;
  data["local"] = own.local;
  return data;
}

Result<Report> make_report(const inventory::Inventory& inventory, const std::vector<std::size_t>& hosts,
                           const Options& options) {
  const auto login = login_of(options);
  if (!login) return Unexpected(login.error());
  auto targets = fleet::Targets::make(inventory, *login, warn);
  if (!targets) return Unexpected(targets.error());
  Report report;
  report.verb = "hosts";
  report.started = std::chrono::system_clock::now();
  for (const std::size_t index : hosts) {
    const inventory::Host& host = inventory.hosts()[index];
    const auto route = targets->to(host);
    if (!route) return Unexpected(route.error());
    HostResult result;
    result.host = host.name;
    result.groups = host.groups;
    result.data = record(host, route->target);
    report.results.push_back(std::move(result));
  }
  return report;
}

constexpr auto masked = "********";

// All variables, passwords apart: of these it shows that they are there.
Value list_without_passwords(const inventory::Inventory& inventory) {
  Value list = list_json(inventory);
  for (const inventory::Host& host : inventory.hosts())
    for (const auto& password : {host.settings.password, host.settings.become_password}) {
      if (!password) continue;
      const Secret known(*password);
      for (auto& value : list["_meta"]["hostvars"][host.name])
        if (value == *password) value = masked;  // short ones too
    }
  // In variables alone: a password may be a word that hosts and groups are named by.
  for (auto& [name, entry] : list.items())
    for (const char* variables : {"hostvars", "vars"})
      if (const auto found = entry.find(variables); found != entry.end()) mask_secrets(*found);
  return list;
}

int print(const Context& context, std::string_view text) {
  Output output(context.options.text("output"));
  output.writer()(text);
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

int run(const Verb& verb, Context& context) {
  const Options& options = context.options;
  const auto inventory = load_inventory(options, warn);
  if (!inventory) return complain(inventory.error());
  const bool all = context.selectors.empty() && options.values("limit").empty();
  if (context.arguments.has("list")) return print(context, render::dump(list_without_passwords(*inventory), 4) + "\n");
  if (context.arguments.has("graph")) {
    if (context.selectors.empty()) return print(context, inventory::graph(*inventory));
    std::string text;
    for (const std::string& word : context.selectors) {
      const std::string group = word.substr(word.find('=') + 1);
      if (!word.starts_with("group=") || !inventory->group(group))
        return complain(
            {Code::usage, fmt::format("--graph: '{}' is not a group of the inventory", word), "write group=NAME"});
      text += inventory::graph(*inventory, group);
    }
    return print(context, text);
  }
  auto hosts = all ? Result<std::vector<std::size_t>>(inventory->members("all"))
                   : select_hosts(*inventory, context.selectors, options);
  if (!hosts) return complain(hosts.error());

  const auto report = make_report(*inventory, *hosts, options);
  if (!report) return complain(report.error());
  return print_report(verb, context, *report);
}

}  // namespace

Verb hosts_verb() {
  return {
      .name = "hosts",
      .summary = "show the inventory as cef understands it; contacts no host",
      .usage = "[SELECTOR...] [options]",
      .examples = {"cef hosts", "cef hosts group=rpi --columns host,address,port", "cef hosts --graph",
                   "cef hosts --list"},
      .options = {{.name = "list",
                   .help = "groups, hosts and all variables as JSON, as ansible-inventory --list prints them",
                   .kind = Param::Kind::flag},
                  {.name = "graph", .help = "the tree of groups", .kind = Param::Kind::flag}},
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

// cef timesync: each host's clock kept, and proven to be right by its daemon and by a measurement from here.
#include "console/view.hpp"
#include "run/run_task.hpp"
#include "verbs.hpp"

#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sys/timex.h>

namespace cef::cli {

namespace {

// As the kernel was told by whatever keeps the clock of this machine.
bool clock_is_kept() {
  timex clock{};
  const int state = ::adjtimex(&clock);
  return state >= 0 && state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
}

bool is_server(std::string_view word) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '_'; };
  return !word.empty() && !word.starts_with('-') && std::ranges::all_of(word, fits);
}

Result<std::vector<std::string>> servers_of(const Value& list, std::string_view where) {
  std::vector<std::string> servers;
  const Value all = list.is_string() ? Value(split_list(list.get<std::string>())) : list;
  for (const Value& server : all.is_array() ? all : Value::array({all})) {
    if (!server.is_string() || !is_server(server.get<std::string>()))
      return Unexpected(Error{Code::usage,
                              fmt::format("{}: {} is no name or address of a server", where, server.dump()),
                              "a list of names: [ntp1.example.net, 10.0.0.1]"});
    servers.push_back(server.get<std::string>());
  }
  return servers;
}

// The row of this machine, which is no host of the inventory, by a name that nobody gives one.
constexpr const char* controller = "(controller)";

bool has_rows(const Options& options) {
  const auto format = format_of(options);
  return format && *format != render::Format::prometheus && *format != render::Format::checkmk &&
         *format != render::Format::nagios;
}

runner::Job look_at_controller() {
  runner::Job job;
  job.host = job.site = job.target.name = controller;
  job.local = job.never_becomes = true;
  job.timeout = Milliseconds(60'000);
  return job;
}

using Servers = std::map<std::string, std::vector<std::string>>;  // by host

Result<void> read_servers(const Prepared& prepared, Servers& servers) {
  for (const std::size_t index : prepared.hosts) {
    const inventory::Host& host = prepared.inventory.hosts()[index];
    const auto own = host.vars.find("ntp_servers");
    if (own == host.vars.end() || own->is_null()) continue;
    auto named = servers_of(*own, fmt::format("ntp_servers of {}", host.name));
    if (!named) return Unexpected(named.error());
    servers[host.name] = std::move(*named);
  }
  return {};
}

int run(const Verb& verb, Context& context) {
  TaskCall call{tasks::timesync, params_of(context.arguments, tasks::timesync.params), Milliseconds(1'200'000)};
  const bool kept = clock_is_kept();
  call.params["controller_synced"] = kept;
  Servers servers;
  const bool given = call.params["server"].is_array();
  if (given)
    if (const auto named = servers_of(call.params["server"], "--server"); !named) return complain(named.error());
  const bool in_doubt = !kept && has_rows(context.options);
  call.arrange = [&servers, given, in_doubt](Prepared& prepared) -> Result<void> {
    if (!given)
      if (const auto read = read_servers(prepared, servers); !read) return read;
    if (in_doubt) prepared.jobs.push_back(look_at_controller());
    return {};
  };
  call.per_host = [&servers](const std::string& host, Value& params) {
    if (host == controller) params["is_controller"] = true;
    if (const auto own = servers.find(host); own != servers.end()) params["server"] = own->second;
  };
  call.keep = [kept](const Report& report) {
    const bool doubt = std::ranges::any_of(report.results, [](const HostResult& result) {
      return result.error && result.error->code == Code::not_synchronized;
    });
    if (doubt && !kept) warn("this machine's own clock is not synchronised: what is measured from here proves little");
    return true;
  };
  return execute_task(verb, context, std::move(call));
}

}  // namespace

Verb timesync_verb() {
  return {
      .name = "timesync",
      .summary = std::string(tasks::timesync.summary),
      .usage = "SELECTOR... [options]",
      .details =
          "Finds chrony, ntpd or systemd-timesyncd, starts it where it does not run, tells it the servers (a file of "
          "its own beside its configuration), and waits until it says that the clock is right. Then the clock is "
          "compared with this machine's over the session: of several exchanges the shortest counts, and +/- is how "
          "exact that can be. Worst clocks first. Where this machine's own clock is not synchronised it has a row too, "
          "(controller). With -C nothing is changed, started or waited for. By sudo, unless "
          "root logs in. Default --timeout: 20m.",
      .examples = {"cef timesync group=all -C", "cef timesync group=rpi --install --server ntp.example.net",
                   "cef timesync host=rpi6403 --step"},
      .options = options_of(tasks::timesync),
      .columns = tasks::timesync.columns(),
      .run = run,
      .metrics = {{"timesync", "worst_offset_s", "how far off the clock is, without its sign"},
                  {"timesync", "controller_offset_s", "how far the clock is ahead of the controller's"}},
      .sort = "-worst",
  };
}

}  // namespace cef::cli

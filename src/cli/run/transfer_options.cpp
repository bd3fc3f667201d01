#include "transfer_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace cef::cli {

std::vector<Param> transfer_options() {
  return {{.name = "limit-rate",
           .value = "SIZE",
           .help = "bytes a second to each host, as 500K or 2M",
           .kind = Param::Kind::size,
           .least = 128},
          {.name = "total-rate",
           .value = "SIZE",
           .help = "bytes a second to all hosts together, which share them evenly",
           .kind = Param::Kind::size,
           .least = 128},
          {.name = "stall-timeout",
           .value = "TIME",
           .help = "give a host up that takes nothing, or is away, for so long",
           .kind = Param::Kind::duration,
           .otherwise = "2m",
           .least = 100}};
}

const Param once_per_site_option{
    .name = "once-per-site",
    .help = "of the hosts of one site one gets it from here, and hands it on to its neighbours",
    .kind = Param::Kind::flag};

void warn_without_site(const Arguments& given, const std::vector<runner::Job>& jobs) {
  std::set<std::string_view> sites;
  if (!given.has("once-per-site") || jobs.size() < 2 ||
      !std::ranges::all_of(jobs, [&](const auto& job) { return sites.insert(job.site).second; }))
    return;
  warn(
      "--once-per-site: no two of the hosts are of one site, so each gets it from here; `site` is a variable of hosts");
}

void warn_of_refusals(const remote::Relay* relay) {
  if (!relay || relay->refusals().empty()) return;
  const auto& all = relay->refusals();
  const auto& first = all.front();
  const auto others = all.size() == 1 ? "" : fmt::format(" (and {} more)", all.size() - 1);
  warn(fmt::format("--once-per-site: {} could not hand it on to {}: {}{}", first.neighbour, first.host, first.why,
                   others));
}

std::vector<Param> attribute_options() {
  return {{.name = "mode",
           .value = "MODE",
           .help = "of what is written, as chmod takes it: 0644 (that of the target, else the source's)"},
          {.name = "owner", .value = "USER", .help = "who owns what is written; wants root: -b"},
          {.name = "group", .value = "GROUP", .help = "the group of what is written"}};
}

Result<remote::PushOrders> push_orders_of(const Context& context) {
  const Arguments& given = context.arguments;
  remote::PushOrders orders;
  if (const auto mode = given.text("mode")) {
    const bool fits = !mode->empty() && mode->size() <= 5 && mode->find_first_not_of("01234567") == std::string::npos;
    const unsigned bits = fits ? static_cast<unsigned>(std::stoul(*mode, nullptr, 8)) : 0;
    if (!fits || bits > 07777)
      return Unexpected(Error{Code::usage, fmt::format("--mode: '{}' is no mode in octal, as 0644", *mode), ""});
    orders.mode = bits;
  }
  orders.owner = given.text("owner").value_or("");
  orders.group = given.text("group").value_or("");
  orders.force = given.has("force");
  orders.verify = !given.has("no-verify");
  orders.check = given.has("check");
  orders.stall = given.duration("stall-timeout").value();
  const auto retries = context.options.number("retries");
  if (!retries) return Unexpected(retries.error());
  if (*retries) orders.retries = static_cast<int>(**retries);
  if (const auto rate = given.size("total-rate")) orders.total_pace = std::make_shared<remote::Pacer>(*rate);
  return orders;
}

bool tells_json(const Context& context) { return context.options.text("progress") == "json"; }

std::shared_ptr<remote::Pacer> pace_of(const Arguments& given) {
  const auto rate = given.size("limit-rate");
  return rate ? std::make_shared<remote::Pacer>(*rate) : nullptr;
}

void add_up(remote::PushResult& sum, const remote::PushResult& one) {
  sum.bytes_total += one.bytes_total;
  sum.bytes_sent += one.bytes_sent;
  sum.resumed_from += one.resumed_from;
  sum.seconds += one.seconds;
  sum.changed = sum.changed || one.changed;
  sum.files += one.files;
  sum.skipped += one.skipped;
  sum.removed += one.removed;
  sum.sha256 = one.sha256;
  if (!one.via.empty()) sum.via = one.via;
  if (!one.unverified.empty()) sum.unverified = one.unverified;
}

Value transfer_record(const remote::PushResult& result) {
  const double megabits = static_cast<double>(result.bytes_sent) * 8 / 1e6;
  Value record;
  record["bytes_total"] = result.bytes_total;
  record["bytes_sent"] = result.bytes_sent;
  record["resumed_from"] = result.resumed_from;
  record["sha256"] = result.sha256.empty() ? Value(nullptr) : Value(result.sha256);
  record["seconds"] = std::round(result.seconds * 1e3) / 1e3;
  record["mbit_s"] = result.bytes_sent > 0 && result.seconds > 0
                         ? Value(std::round(megabits / result.seconds * 100) / 100)
                         : Value(nullptr);
  record["skipped"] = result.skipped;
  record["files"] = result.files;
  if (result.removed > 0) record["removed"] = result.removed;
  record["via"] = result.via.empty() ? "controller" : result.via;
  if (!result.unverified.empty()) record["unverified"] = result.unverified;
  return record;
}

Columns transfer_columns() {
  return {{"bytes", "data.bytes_total", Unit::bytes, Align::right, "of the files"},
          {"sent", "data.bytes_sent", Unit::bytes, Align::right, "that came over the link"},
          {"from", "data.resumed_from", Unit::bytes, Align::right, "where sending went on", true},
          {"rate", "data.mbit_s", Unit::mbit_s, Align::right, "from the login to the end"},
          {"files", "data.files", Unit::none, Align::right, "how many"},
          {"skipped", "data.skipped", Unit::none, Align::right, "of these, equal before"},
          {"unverified", "data.unverified", Unit::none, Align::left, "why the host did not verify them", true}};
}

void add_to_plan(Value& data, const std::string& act) {
  const std::string before = data.value("would", "");
  data["would"] = before + (before.empty() ? "" : "; ") + act;
}

Column plan_column() {
  return {"would", "data.would", Unit::none, Align::left, "with --check, what would be done", false, {}, true};
}

Column via_column() {
  return {"via", "data.via", Unit::none, Align::left, "who handed it on: the controller, or a neighbour", true};
}

void show_via(Columns& columns, bool by_neighbours) {
  for (Column& column : columns)
    if (column.name == "via") column.extra = !by_neighbours;
}

}  // namespace cef::cli

// cef netspeed: how fast each host's link is, down and up.
#include "past/metric_store.hpp"
#include "run/run_verb.hpp"
#include "verbs.hpp"

#include <cef/remote/netspeed.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

namespace {

struct Request {
  remote::SpeedPlan plan;
  std::size_t parallel = 1;
};

Unexpected<Error> usage(std::string message, std::string hint) {
  return Unexpected(Error{Code::usage, std::move(message), std::move(hint)});
}

void set_bounds(const Arguments& given, remote::SpeedPlan& plan) {
  if (const auto bytes = given.size("bytes")) {
    plan.bounds.bytes = *bytes;
    plan.bytes_given = true;
  }
  plan.bounds.time = given.duration("seconds").value();
  if (const auto way = given.text("direction")) {
    plan.bounds.down = way != "up";
    plan.bounds.up = way != "down";
  }
}

bool is_url(const std::string& text) { return text.starts_with("http://") || text.starts_with("https://"); }

// A Speedtest Mini server has a picture of some 30 MB and a script that takes a POST, in a folder of this name.
Result<void> set_speedtest(remote::SpeedPlan& plan) {
  if (!is_url(plan.server))
    return usage("--method speedtest needs --server URL", "the page of a Speedtest Mini server");
  const std::string folder = plan.server + (plan.server.ends_with('/') ? "" : "/") + "speedtest/";
  plan.download = folder + "random4000x4000.jpg";
  if (plan.upload.empty()) plan.upload = folder + "upload.php";
  return {};
}

Result<void> set_http(const Arguments& given, remote::SpeedPlan& plan) {
  if (!given.has("direction") && plan.upload.empty()) plan.bounds.up = false;
  if (plan.bounds.down && !is_url(plan.server))
    return usage("--method http needs --server URL", "a file of some megabytes, as http://speed.example.net/10M.bin");
  if (plan.bounds.up && !is_url(plan.upload))
    return usage("to measure the way up, --method http needs --upload URL",
                 "one that takes a POST; or add --direction down");
  plan.download = plan.server;
  if (!plan.bounds.down) plan.server = plan.upload;
  return {};
}

Result<void> set_server(const Arguments& given, remote::SpeedPlan& plan) {
  plan.server = given.text("server").value_or("");
  plan.upload = given.text("upload").value_or("");
  if (plan.method == "http") return set_http(given, plan);
  if (plan.method == "speedtest") return set_speedtest(plan);
  if (plan.method == "ssh") {
    if (!plan.server.empty() || !plan.upload.empty())
      return usage("--method ssh measures the link to this machine and takes no --server",
                   "add --method iperf3, speedtest or http");
    return {};
  }
  if (plan.server.empty() || plan.server.starts_with('-') || plan.server.starts_with(':'))
    return usage("--method iperf3 needs --server HOST[:PORT]", "start one there with: iperf3 -s");
  if (!plan.upload.empty()) return usage("--upload is for --method http and speedtest", "");
  return {};
}

Result<Request> request_of(const Arguments& given) {
  Request request;
  request.plan.method = given.text("method").value();
  set_bounds(given, request.plan);
  if (const auto set = set_server(given, request.plan); !set) return Unexpected(set.error());
  request.parallel = static_cast<std::size_t>(given.number("parallel").value());
  if (request.parallel > 1 && request.plan.method != "ssh")
    return usage("--parallel is for --method ssh: hosts that use one server take turns", "");
  return request;
}

int run(const Verb& verb, Context& context) {
  const auto request = request_of(context.arguments);
  if (!request) return complain(request.error());
  return execute(verb, context, [&](const LiveSink&) {
    VerbOrders orders;
    const remote::SpeedPlan& plan = request->plan;
    orders.work = plan.method == "ssh"      ? remote::speed_by_ssh(plan)
                  : plan.method == "iperf3" ? remote::speed_by_iperf3(plan)
                                            : remote::speed_by_http(plan);
    orders.adapt_limits = [parallel = request->parallel](runner::Limits& limits) {
      limits.forks = std::min(limits.forks, parallel);
      limits.works_per_site = 1;
    };
    orders.keep = [&](const Report& report) { return store_metrics(verb, context, report); };
    return orders;
  });
}

}  // namespace

Verb netspeed_verb() {
  return {
      .name = "netspeed",
      .summary = "measure each host's link, down and up: over SSH, or with iperf3, Speedtest Mini or HTTP",
      .usage = "SELECTOR... [options]",
      .details =
          "As a speed test on the host would say it: down is to the host, up from it. The default method, ssh, "
          "measures "
          "between the host and this machine, inside the SSH session, and needs nothing installed; iperf3 runs the "
          "host's "
          "iperf3, speedtest and http its curl or wget, against a server. Each direction ends with --bytes or "
          "--seconds, "
          "whichever comes first. Hosts take turns; --parallel lets several be measured at once, never two of one "
          "site. No "
          "--timeout unless given.",
      .examples = {"cef netspeed group=rpi", "cef netspeed group=rpi --direction up --seconds 10 --bytes 100M",
                   "cef netspeed group=rpi --method iperf3 --server speed.example.net",
                   "cef netspeed group=rpi --method speedtest --server http://speed.example.net/mini/",
                   "cef netspeed group=rpi --method http --server http://speed.example.net/100M.bin"},
      .options = {{.name = "method",
                   .value = "METHOD",
                   .kind = Param::Kind::choice,
                   .otherwise = "ssh",
                   .choices = "ssh,iperf3,speedtest,http"},
                  {.name = "server",
                   .value = "SERVER",
                   .help = "iperf3: HOST[:PORT]; speedtest: URL of its page; http: URL to download"},
                  {.name = "upload",
                   .value = "URL",
                   .help = "http, speedtest: where to post to, with curl (speedtest: its upload.php)"},
                  {.name = "bytes",
                   .value = "SIZE",
                   .help = "in each direction, at most (8M; iperf3: no limit)",
                   .kind = Param::Kind::size,
                   .least = 1024},
                  {.name = "seconds",
                   .value = "TIME",
                   .help = "in each direction, at most",
                   .kind = Param::Kind::duration,
                   .otherwise = "5",
                   .least = 500,
                   .most = 3'600'000},
                  {.name = "direction",
                   .value = "WAY",
                   .help = "of the link (both; http without --upload: down)",
                   .kind = Param::Kind::choice,
                   .choices = "down,up,both"},
                  {.name = "parallel",
                   .value = "N",
                   .help = "ssh: hosts of different sites at once",
                   .kind = Param::Kind::number,
                   .otherwise = "1",
                   .least = 1},
                  store_option},
      .columns = {{"down", "data.down_mbit_s", Unit::mbit_s, Align::right, "to the host"},
                  {"up", "data.up_mbit_s", Unit::mbit_s, Align::right, "from the host"},
                  {"latency", "data.latency_ms", Unit::milliseconds, Align::right,
                   "there and back, on an open connection"},
                  {"bytes", "data.bytes", Unit::bytes, Align::right, "moved in both directions together"},
                  {"method", "data.method", Unit::none, Align::left, "how it was measured"},
                  {"server", "data.server", Unit::none, Align::left, "the other end"}},
      .run = run,
      .metrics = remote::speed_metrics(),
  };
}

}  // namespace cef::cli

// cef netspeed: how fast each host's link is, down and up.
#include "past/metric_store.hpp"
#include "run/run_verb.hpp"
#include "verbs.hpp"

#include <cef/core/size.hpp>
#include <cef/remote/netspeed.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace cef::cli {

namespace {

constexpr Milliseconds longest_time{3'600'000};

struct Request {
  remote::SpeedPlan plan;
  std::size_t parallel = 1;
};

Unexpected<Error> usage(std::string message, std::string hint) {
  return Unexpected(Error{Code::usage, std::move(message), std::move(hint)});
}

Result<void> set_bounds(const std::map<std::string, std::string>& given, remote::SpeedPlan& plan) {
  if (const auto option = given.find("bytes"); option != given.end()) {
    const auto bytes = parse_size(option->second);
    if (!bytes || *bytes < 1024)
      return usage(fmt::format("--bytes: '{}' is not a size of 1K or more", option->second), "write 8M or 500K");
    plan.bounds.bytes = *bytes;
    plan.bytes_given = true;
  }
  if (const auto option = given.find("seconds"); option != given.end()) {
    const auto time = parse_duration(option->second);
    if (!time || *time < Milliseconds(500) || *time > longest_time)
      return usage(fmt::format("--seconds: '{}' is not a time from 0.5s to 1h", option->second), "");
    plan.bounds.time = *time;
  }
  if (const auto option = given.find("direction"); option != given.end()) {
    const std::string& text = option->second;
    if (text != "down" && text != "up" && text != "both")
      return usage(fmt::format("--direction: '{}' is not down, up or both", text), "");
    plan.bounds.down = text != "up";
    plan.bounds.up = text != "down";
  }
  return {};
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

Result<void> set_http(const std::map<std::string, std::string>& given, remote::SpeedPlan& plan) {
  if (!given.contains("direction") && plan.upload.empty()) plan.bounds.up = false;
  if (plan.bounds.down && !is_url(plan.server))
    return usage("--method http needs --server URL", "a file of some megabytes, as http://speed.example.net/10M.bin");
  if (plan.bounds.up && !is_url(plan.upload))
    return usage("to measure the way up, --method http needs --upload URL",
                 "one that takes a POST; or add --direction down");
  plan.download = plan.server;
  if (!plan.bounds.down) plan.server = plan.upload;
  return {};
}

Result<void> set_server(const std::map<std::string, std::string>& given, remote::SpeedPlan& plan) {
  const auto text = [&given](const char* name) {
    const auto option = given.find(name);
    return option == given.end() ? std::string() : option->second;
  };
  plan.server = text("server");
  plan.upload = text("upload");
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

Result<Request> request_of(const std::map<std::string, std::string>& given) {
  Request request;
  std::string& method = request.plan.method;
  if (const auto option = given.find("method"); option != given.end()) method = option->second;
  constexpr std::string_view methods[] = {"ssh", "iperf3", "speedtest", "http"};
  if (std::find(std::begin(methods), std::end(methods), method) == std::end(methods))
    return usage(fmt::format("--method: '{}' is not {}", method, fmt::join(methods, ", ")), "");
  if (const auto set = set_bounds(given, request.plan); !set) return Unexpected(set.error());
  if (const auto set = set_server(given, request.plan); !set) return Unexpected(set.error());
  if (const auto option = given.find("parallel"); option != given.end()) {
    const std::string& text = option->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), request.parallel);
    if (error != std::errc() || end != text.data() + text.size() || request.parallel < 1)
      return usage(fmt::format("--parallel: '{}' is not a number of hosts", text), "");
    if (request.parallel > 1 && method != "ssh")
      return usage("--parallel is for --method ssh: hosts that use one server take turns", "");
  }
  return request;
}

int run(const Verb& verb, Context& context) {
  const auto request = request_of(context.verb_options);
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
      "netspeed",
      "measure each host's link, down and up: over SSH, or with iperf3, Speedtest Mini or HTTP",
      "SELECTOR... [options]",
      "As a speed test on the host would say it: down is to the host, up from it. The default method, ssh, measures "
      "between the host and this machine, inside the SSH session, and needs nothing installed; iperf3 runs the host's "
      "iperf3, speedtest and http its curl or wget, against a server. Each direction ends with --bytes or --seconds, "
      "whichever comes first. Hosts take turns; --parallel lets several be measured at once, never two of one site. No "
      "--timeout unless given.",
      {"cef netspeed group=rpi", "cef netspeed group=rpi --direction up --seconds 10 --bytes 100M",
       "cef netspeed group=rpi --method iperf3 --server speed.example.net",
       "cef netspeed group=rpi --method speedtest --server http://speed.example.net/mini/",
       "cef netspeed group=rpi --method http --server http://speed.example.net/100M.bin"},
      {{"method", "METHOD", "ssh, iperf3, speedtest or http (ssh)"},
       {"server", "SERVER", "iperf3: HOST[:PORT]; speedtest: URL of its page; http: URL to download"},
       {"upload", "URL", "http, speedtest: where to post to, with curl (speedtest: its upload.php)"},
       {"bytes", "SIZE", "in each direction, at most (8M; iperf3: no limit)"},
       {"seconds", "TIME", "in each direction, at most (5)"},
       {"direction", "WAY", "down, up or both (both; http without --upload: down)"},
       {"parallel", "N", "ssh: hosts of different sites at once (1)"},
       store_option},
      {{"down", "data.down_mbit_s", Unit::mbit_s, Align::right, "to the host", false},
       {"up", "data.up_mbit_s", Unit::mbit_s, Align::right, "from the host", false},
       {"latency", "data.latency_ms", Unit::milliseconds, Align::right, "there and back, on an open connection", false},
       {"bytes", "data.bytes", Unit::bytes, Align::right, "moved in both directions together", false},
       {"method", "data.method", Unit::none, Align::left, "how it was measured", false},
       {"server", "data.server", Unit::none, Align::left, "the other end", false}},
      run,
      remote::speed_metrics()};
}

}  // namespace cef::cli

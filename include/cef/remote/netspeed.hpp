// The ways to measure a host's link, each as the work of one host.
#pragma once

#include <cef/core/metric.hpp>
#include <cef/remote/link_meter.hpp>
#include <cef/runner/link.hpp>

#include <string>

namespace cef::remote {

struct SpeedPlan {
  LinkBounds bounds;
  bool bytes_given = false;      // bounds.bytes is not just the default
  std::string method = "ssh";    // for the record; http and speedtest are the same work
  std::string server;            // for the record; iperf3: HOST or HOST:PORT
  std::string download, upload;  // http: URLs to get and to post to
};

/// Over the SSH session itself, to the controller.
runner::Work speed_by_ssh(const SpeedPlan& plan);
/// By the host's iperf3, to a server of it. Errors: command_not_found, server_busy, server_unreachable.
runner::Work speed_by_iperf3(const SpeedPlan& plan);
/// By the host's curl or wget, between it and `download` and `upload`. Errors: command_not_found, server_unreachable.
runner::Work speed_by_http(const SpeedPlan& plan);

/// Of the verb's record.
const Metrics& speed_metrics();

/// What a host says that no link and no transfer can be: a rate, a time or an amount beyond all bounds.
bool is_plausible(double number);

/// The verb's record; null stands where nothing was measured. Rates to two decimal places, latency to three.
Value speed_record(std::string_view method, std::string_view server, std::optional<double> latency_ms,
                   std::optional<double> down_mbit_s, std::optional<double> up_mbit_s, std::int64_t bytes);

}  // namespace cef::remote

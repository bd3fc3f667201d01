// What hosts say of their transfers, also of ones that cannot have been.
#include "test_link.hpp"

#include <cef/remote/netspeed.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace cef::remote::netspeed_tests {

namespace {

// A host on which every command prints the same.
class Printing : public transport::Session {
 public:
  explicit Printing(std::string text) : text_(std::move(text)) {}
  asio::awaitable<Result<transport::ExecResult>> exec(transport::Command&& command, transport::Deadline) override {
    if (command.streams.on_output) command.streams.on_output(false, text_);
    transport::ExecResult result;
    result.status = 0;
    result.out = text_;
    co_return result;
  }
  const transport::LoginTimes& times() const override { return times_; }

 private:
  std::string text_;
  transport::LoginTimes times_;
};

struct Nobody : transport::Executor {
  asio::awaitable<Result<std::unique_ptr<transport::Session>>> connect(transport::Target, transport::Deadline,
                                                                       transport::LoginTimes&) override {
    co_return Unexpected(Error{Code::connect_refused, "", ""});
  }
};

runner::Outcome measured(const runner::Work& work, std::string printed) {
  asio::io_context io;
  Nobody nobody;
  const runner::Job job;
  TestLink link(job, nobody, transport::no_deadline);
  Printing session(std::move(printed));
  std::optional<runner::Outcome> outcome;
  asio::co_spawn(io, keep(work(link, session), outcome), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
  return std::move(outcome).value();
}

std::string by_iperf3(const std::string& rate, const std::string& bytes, const std::string& rtt = "400") {
  return fmt::format(
      "=cef speed=\n{{\"end\":{{\"sum_received\":{{\"bits_per_second\":{},\"bytes\":{}}},"
      "\"streams\":[{{\"sender\":{{\"mean_rtt\":{}}}}}]}}}}",
      rate, bytes, rtt);
}

}  // namespace

TEST_CASE("no link has a rate below nothing or beyond all bounds", "[remote]") {
  for (const double number : {0.0, 1.0, 4e11, 1e15}) CHECK(is_plausible(number));
  constexpr double endless = std::numeric_limits<double>::infinity();
  for (const double number : {-1e302, -1.0, 1e16, 1e302, endless, -endless, std::nan("")})
    CHECK_FALSE(is_plausible(number));
}

TEST_CASE("what iperf3 cannot have measured is not understood", "[remote]") {
  SpeedPlan plan;
  plan.bounds.up = false;
  const auto good = measured(speed_by_iperf3(plan), by_iperf3("9.41e8", "1176000000"));
  CHECK_FALSE(good.error);
  CHECK(good.data["down_mbit_s"] == 941.0);
  CHECK(good.data["latency_ms"] == 0.4);
  for (const auto& [rate, bytes] : {std::pair("-1e302", "1"), std::pair("1e302", "1"), std::pair("-1", "1"),
                                    std::pair("9.41e8", "-1"), std::pair("9.41e8", "1e300"), std::pair("null", "1")}) {
    CAPTURE(rate, bytes);
    const auto bad = measured(speed_by_iperf3(plan), by_iperf3(rate, bytes));
    REQUIRE(bad.error);
    CHECK(bad.error->code == Code::unexpected_output);
    CHECK(bad.data["down_mbit_s"].is_null());
  }
  CHECK(measured(speed_by_iperf3(plan), by_iperf3("9.41e8", "1", "-1e302")).data["latency_ms"].is_null());
}

TEST_CASE("what curl cannot have sent is nothing", "[remote]") {
  SpeedPlan plan;
  plan.upload = "http://192.0.2.1/";
  plan.bounds.down = false;
  const auto good = measured(speed_by_http(plan), "=cef speed= up 1000000 0.5 1.5 200\n");
  CHECK_FALSE(good.error);
  CHECK(good.data["up_mbit_s"] == 8.0);
  for (const char* said :
       {"up -1e302 0.5 1.5 200", "up 1e302 0.5 1.5 200", "up 1e15 0 1e-300 200", "up 100 1.5 0.5 200"}) {
    CAPTURE(said);
    const auto bad = measured(speed_by_http(plan), fmt::format("=cef speed= {}\n", said));
    REQUIRE(bad.error);
    CHECK(bad.error->code == Code::server_unreachable);
    CHECK(bad.data["up_mbit_s"].is_null());
  }
}

}  // namespace cef::remote::netspeed_tests

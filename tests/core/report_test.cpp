#include <cef/core/report.hpp>

#include <catch2/catch.hpp>

namespace cef {

TEST_CASE("a failure is unreachable or failed by how far it came", "[core]") {
  const HostResult denied = failure("rpi6401", {"rpi"}, {Code::auth_denied, "rpi6401: refused", ""});
  CHECK(denied.status == Status::unreachable);
  CHECK(denied.host == "rpi6401");
  CHECK(denied.groups == std::vector<std::string>{"rpi"});
  REQUIRE(denied.error);
  CHECK(denied.error->message == "rpi6401: refused");
  CHECK(denied.data.is_null());
  CHECK(denied.attempts == 0);
  CHECK(failure("w01", {}, {Code::sudo_denied, "", ""}).status == Status::failed);
  CHECK(failure("w01", {}, {Code::deadline, "", ""}).status == Status::failed);
}

TEST_CASE("a status is read by the name it is written with", "[core]") {
  const auto status = GENERATE(Status::ok, Status::changed, Status::failed, Status::unreachable, Status::skipped);
  CHECK(status_from(name_of(status)) == status);
  CHECK_FALSE(status_from("OK"));
  CHECK_FALSE(status_from(""));
}

TEST_CASE("the summary counts each host once", "[core]") {
  Report report;
  for (const Status status : {Status::ok, Status::ok, Status::changed, Status::failed, Status::unreachable,
                              Status::unreachable, Status::skipped}) {
    report.results.emplace_back();
    report.results.back().status = status;
  }
  const Summary sum = summarise(report);
  CHECK(sum.hosts == 7);
  CHECK(sum.ok == 2);
  CHECK(sum.changed == 1);
  CHECK(sum.failed == 1);
  CHECK(sum.unreachable == 2);
  CHECK(sum.skipped == 1);
  CHECK(summarise({}).hosts == 0);
}

}  // namespace cef

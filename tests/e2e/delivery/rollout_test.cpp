// cef rollout where it needs no docker; docker_test.cpp has the rest.
#include "model_host.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace cef::testing;

TEST_CASE("a rollout lists its steps beforehand, and says once which of them failed", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  REQUIRE(host.deploy("m").exit_code == 0);
  host.add("2");
  const std::vector<std::string> words{"rollout", "m",           "host=n1", "--dest",
                                       "~/run",   "--check-cmd", "exit 1",  "--format"};
  const auto roll_out = [&](const std::string& format, const std::vector<std::string>& options) {
    auto all = words;
    all.push_back(format);
    all.insert(all.end(), options.begin(), options.end());
    return host.fleet.cef(all);
  };
  const auto checked = roll_out("json", {"--check", "--build", "--tag", "m:2", "--run", "/smoke"});
  INFO(checked.told());
  std::string steps;
  const auto listed = checked["n1"]["data"]["steps"];
  for (const auto& step : listed)
    steps += step["name"].get<std::string>() + ' ' + step["status"].get<std::string>() + ';';
  CHECK(steps == "deploy changed;build changed;run ok;check ok;");
  CHECK(checked["n1"]["data"]["would"] == "send m:2; build m:2; run /smoke; check with exit 1");
  CHECK(listed[3]["would"] == "check with exit 1");
  CHECK(host.serving() == "1\n");

  const auto failed = roll_out("table", {"--rollback"});
  INFO(failed.told());
  const auto at = failed.out.find("check: ended with status 1; went back to 1");
  CHECK(at != std::string::npos);
  CHECK(failed.out.find("ended with status", at + 20) == std::string::npos);
  const auto fields = roll_out("csv", {"--rollback"});
  CHECK(std::ranges::count(fields.out, '\n') == 4);  // of three steps
}

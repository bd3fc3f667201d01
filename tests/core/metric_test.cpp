#include <cef/core/metric.hpp>

#include <catch2/catch.hpp>

namespace cef {

namespace {

const Metrics shown_metrics{
    {"temp", "cpu_celsius", ""},
    {"power", "undervoltage.now", ""},
    {"disk", "used_pct", "", "", "", "", Metric::Kind::worst},
    {"disk", "used_pct", "", "filesystems", "mount", "mountpoint"},
    {"gpu", "power_w", "", "gpus", "index", "gpu"},
};

std::vector<std::pair<std::string, double>> found(std::string_view record) {
  std::vector<std::pair<std::string, double>> list;
  for (const Sample& sample : samples(shown_metrics, Value::parse(record)))
    list.emplace_back(sample.name(), sample.value);
  return list;
}

}  // namespace

TEST_CASE("the numbers of a record have names", "[metric]") {
  using Found = std::vector<std::pair<std::string, double>>;
  CHECK(found(R"({"temp": {"cpu_celsius": 51.5}, "power": {"undervoltage": {"now": true}},
                  "disk": {"used_pct": 91, "filesystems": [{"mount": "/", "used_pct": 40.5},
                                                          {"mount": "/data", "used_pct": 91}]},
                  "gpu": {"gpus": [{"index": 0, "power_w": 21.5}, {"index": 1, "power_w": 0}]}})") ==
        Found{{"temp.cpu_celsius", 51.5},
              {"power.undervoltage.now", 1},
              {"disk.used_pct", 91},
              {"disk.used_pct[/]", 40.5},
              {"disk.used_pct[/data]", 91},
              {"gpu.power_w[0]", 21.5},
              {"gpu.power_w[1]", 0}});
}

TEST_CASE("what a host does not have is not a number", "[metric]") {
  CHECK(found(R"({"temp": {"cpu_celsius": null}, "power": null, "disk": {"error": {"code": "command_timeout"}},
                  "gpu": {"gpus": [{"index": 0, "power_w": null}]}})")
            .empty());
  CHECK(found(R"({"temp": {"cpu_celsius": "51.5"}, "power": {"undervoltage": true}, "disk": [1], "gpu": {"gpus": 3}})")
            .empty());
  CHECK(found("[]").empty());
}

}  // namespace cef

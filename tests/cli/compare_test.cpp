#include "past/compare.hpp"

#include <catch2/catch.hpp>

namespace cef::cli {

namespace {

HostResult result(const std::string& host, Value data) {
  HostResult result;
  result.host = host;
  result.data = std::move(data);
  return result;
}

Report report(std::vector<HostResult> results) {
  Report report;
  report.results = std::move(results);
  return report;
}

Value only_field(const std::vector<HostResult>& rows) {
  REQUIRE(rows.size() == 1);
  REQUIRE(rows[0].data["fields"].size() == 1);
  return rows[0].data["fields"][0];
}

}  // namespace

TEST_CASE("two runs with equal results do not differ, whatever time they took", "[cli]") {
  auto before = result("n1", {{"total_ms", 1.5}, {"uptime_s", 10}, {"kernel", "6.1"}});
  auto after = result("n1", {{"total_ms", 2.5}, {"uptime_s", 20}, {"kernel", "6.1"}});
  before.duration_ms = 1;
  after.duration_ms = 2;
  CHECK(compare(report({before}), report({after}), true).empty());
}

TEST_CASE("a changed record is told field by field", "[cli]") {
  const auto rows = compare(report({result("n1", {{"os", {{"name", "a"}, {"version", 1}}}, {"same", true}})}),
                            report({result("n1", {{"os", {{"name", "a"}, {"version", 2}}}, {"same", true}})}), true);
  const Value field = only_field(rows);
  CHECK(rows[0].data["change"] == "result");
  CHECK(field["field"] == "os.version");
  CHECK(field["before"] == 1);
  CHECK(field["after"] == 2);
}

TEST_CASE("of a text the first line that differs is shown", "[cli]") {
  struct Case {
    const char *before, *after, *was, *now;
  };
  const auto c = GENERATE(values<Case>({
      {"one\n", "two\n", "one", "two"},
      {"a\nb\nc\n", "a\nx\nc\n", "line 2: b (and 1 more)", "line 2: x (and 1 more)"},
      {"a\n", "a\nb\n", "(no more)", "line 2: b"},
      {"", "a\n", "(nothing)", "a"},
  }));
  const auto rows =
      compare(report({result("n1", {{"stdout", c.before}})}), report({result("n1", {{"stdout", c.after}})}), true);
  const Value field = only_field(rows);
  CHECK(field["was"] == c.was);
  CHECK(field["now"] == c.now);
}

TEST_CASE("hosts that came, went, or have another status are told", "[cli]") {
  const HostResult down = failure("n2", {}, {Code::connect_refused, "refused", ""});
  const auto rows =
      compare(report({result("n1", {}), result("n2", {{"rc", 0}})}), report({down, result("n3", {})}), true);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].host == "n2");
  CHECK(rows[0].data["change"] == "status");
  CHECK(rows[0].data["fields"][0]["before"] == "ok");
  CHECK(rows[0].data["fields"][0]["after"] == "unreachable (connect_refused)");
  CHECK(rows[1].data["change"] == "appeared");
  CHECK(rows[2].host == "n1");
  CHECK(rows[2].data["change"] == "vanished");
}

TEST_CASE("runs of different verbs are compared by status only", "[cli]") {
  CHECK(compare(report({result("n1", {{"a", 1}})}), report({result("n1", {{"b", 2}})}), false).empty());
}

}  // namespace cef::cli

#include "samples.hpp"

#include <catch2/catch.hpp>

namespace cef::render::columns_tests {

namespace {

std::string rows(std::vector<std::string> shown, std::string sort, const Report& report) {
  View view = ping_view(0);
  view.header = false;
  view.shown = std::move(shown);
  view.sort = std::move(sort);
  return text_of(Format::table, view, report);
}

Error refused(std::vector<std::string> shown, std::string sort) {
  View view = ping_view();
  view.shown = std::move(shown);
  view.sort = std::move(sort);
  const auto renderer = make_renderer(Format::table, view, [](std::string_view) {});
  REQUIRE_FALSE(renderer);
  return renderer.error();
}

}  // namespace

TEST_CASE("columns are named, or given as a path into the result", "[render]") {
  const Report report =
      report_of({answer("rpi6401", {{"total_ms", 12.5},
                                    {"filesystems", Value::array({{{"mount", "/"}, {"used_bytes", 2048}}})},
                                    {"nested", {{"deep", {{"er", "x"}}}}}})});
  struct Case {
    const char* column;
    const char* expected;
  };
  const auto c = GENERATE(values<Case>({
      {"total", "12.5 ms\n"},
      {"data.total_ms", "12.5 ms\n"},  // the column with that path
      {"data.filesystems.0.mount", "/\n"},
      {"data.filesystems.*.mount", "/\n"},
      {"data.filesystems[0].mount", "/\n"},
      {"data.filesystems[*].mount", "/\n"},
      {"data.filesystems[1].mount", "-\n"},
      {"TOTAL", "12.5 ms\n"},                          // as the table's header has it
      {"data.filesystems.0.used_bytes", "2.0 KiB\n"},  // the unit is in the name
      {"data.filesystems.1.mount", "-\n"},
      {"data.filesystems.x.mount", "-\n"},
      {"data.nested.deep.er", "x\n"},
      {"data.missing", "-\n"},
      {"attempts", "1\n"},
      {"groups", "rpi\n"},
      {"groups.0", "rpi\n"},
      {"duration_ms", "143.2 ms\n"},
      {"error.hint", "-\n"},
      {"message", "-\n"},
  }));
  DYNAMIC_SECTION(c.column) { CHECK(rows({c.column}, "", report) == c.expected); }
}

TEST_CASE("host and status go before a verb's columns, unless it names the host's itself", "[render]") {
  Report report = report_of({answer("rpi6401", {{"port", 22}})});
  View view = ping_view(0);
  view.columns = {column("port", "data.port")};
  CHECK(text_of(Format::csv, view, report) == "host,status,port,error,message\nrpi6401,ok,22,,\n");
  report.run.clear();  // nothing was done: hosts are listed
  view.columns = {column("host", "host"), column("port", "data.port")};
  CHECK(text_of(Format::csv, view, report) == "host,port\nrpi6401,22\n");
  CHECK(text_of(Format::table, view, report) == "HOST     PORT\nrpi6401    22\n\n1 host\n");
}

TEST_CASE("an unknown column is refused, with the nearest one and all there are", "[render]") {
  const Error error = refused({"host", "adress"}, "");
  CHECK(error.code == Code::usage);
  CHECK(error.message == "there is no column 'adress': did you mean 'address'?");
  CHECK(error.hint ==
        "columns: host, status, address, login, total, server, attempts, error, message; or a path into the JSON, such "
        "as data.name or error.code");
  CHECK(refused({"quite.else"}, "").message == "there is no column 'quite.else'");
  CHECK(refused({}, "-totl").message == "there is no column 'totl': did you mean 'total'?");
  CHECK(refused({""}, "").message == "there is no column ''");
}

TEST_CASE("a path that no host has is told, with what is near", "[render]") {
  const Report report = report_of(
      {answer("a", {{"sensors", Value::array({{{"name", "x"}}})}, {"gpu", nullptr}, {"nested", {{"deep", 1}}}}),
       no_answer("b", Code::connect_refused, "")});
  const auto absent = [&](const char* path, const Report& in) {
    View view = ping_view();
    view.shown = {"host", path};
    const auto sentences = absent_columns(view, in);
    return sentences.empty() ? "" : sentences.front();
  };
  CHECK(absent("data.sensor", report) == "no host has data.sensor: did you mean data.sensors?");
  CHECK(absent("data.nested.deeper", report) == "no host has data.nested.deeper: did you mean data.nested.deep?");
  CHECK(absent("data.nosuch", report) == "no host has data.nosuch");
  CHECK(absent("data.sensors.*.nme", report) == "no host has data.sensors.*.nme: did you mean data.sensors.*.name?");
  for (const char* there : {"data.sensors[0].name", "data.sensors.*.name", "data.gpu.gpus", "total", "error.code"})
    CHECK(absent(there, report).empty());
  // Where nobody answered, nobody knows.
  CHECK(absent("data.nosuch", report_of({no_answer("b", Code::connect_refused, "")})).empty());
}

TEST_CASE("rows are sorted by value, numbers as numbers, nothing last", "[render]") {
  Report report = report_of(
      {pong("b", "10.0.0.1", 100), pong("a", "10.0.0.2", 9.5), pong("d", "10.0.0.1", 20), pong("c", "10.0.0.3", 100)});
  report.results[2].data["total_ms"] = nullptr;
  CHECK(rows({"host"}, "", report) == "b\na\nd\nc\n");
  CHECK(rows({"host"}, "host", report) == "a\nb\nc\nd\n");
  CHECK(rows({"host"}, "-host", report) == "d\nc\nb\na\n");
  CHECK(rows({"host"}, "total", report) == "a\nb\nc\nd\n");
  CHECK(rows({"host"}, "-total", report) == "b\nc\na\nd\n");  // equal ones stay in order, null is last
  CHECK(rows({"host"}, "address", report) == "b\nd\na\nc\n");
  CHECK(rows({"host"}, "data.total_ms", report) == "a\nb\nc\nd\n");
}

TEST_CASE("sorting holds for every format that writes at the end", "[render]") {
  const Report report = report_of({pong("b", "", 2), pong("a", "", 1)});
  View view = ping_view();
  view.sort = "total";
  CHECK(text_of(Format::names, view, report) == "a\nb\n");
  const auto in_order = [&](Format format, const char* first, const char* second) {
    const std::string text = text_of(format, view, report);
    return text.find(first) < text.find(second) && text.find(second) != std::string::npos;
  };
  CHECK(in_order(Format::csv, "a,ok", "b,ok"));
  CHECK(in_order(Format::json, R"("host":"a")", R"("host":"b")"));
  CHECK(in_order(Format::yaml, "host: a", "host: b"));
}

}  // namespace cef::render::columns_tests

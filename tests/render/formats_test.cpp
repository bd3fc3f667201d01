#include "samples.hpp"

#include <catch2/catch.hpp>

namespace cef::render::formats_tests {

namespace {

Report two_hosts() {
  return report_of({answer("rpi6401", {{"total_ms", 98.5}}),
                    no_answer("rpi6405", Code::connect_timeout, "rpi6405: no answer from 10.0.3.5 port 22")});
}

}  // namespace

TEST_CASE("formats are known by name", "[render]") {
  CHECK(format_names() == std::vector<std::string>{"table", "json", "ndjson", "csv", "yaml", "names", "raw",
                                                   "prometheus", "checkmk", "nagios"});
  for (const std::string& name : format_names()) CHECK(format_from(name));
  CHECK(format_from("ndjson") == Format::ndjson);
  CHECK_FALSE(format_from("JSON"));
  CHECK_FALSE(format_from("xml"));
}

constexpr const char* two_hosts_json =
    R"({"schema":"cef/1",)"
    "\n\"results\":[\n"
    R"({"host":"rpi6401","groups":["rpi"],"status":"ok","duration_ms":143.2,"attempts":1,"data":{"total_ms":98.5}},)"
    "\n"
    R"({"host":"rpi6405","groups":["rpi"],"status":"unreachable","duration_ms":10003.0,"attempts":2,)"
    R"("error":{"stage":"connect","code":"connect_timeout","message":"rpi6405: no answer from 10.0.3.5 port 22",)"
    R"("hint":"is the host switched on, and does a firewall drop the port?"}})"
    "\n],\n"
    R"("run":"20261123T101500Z-4f2a","verb":"ping","started":"2026-11-23T10:15:00Z",)"
    R"("duration_ms":2312.0,"summary":{"hosts":2,"ok":1,"changed":0,"failed":0,"unreachable":1,"skipped":0}})"
    "\n";

TEST_CASE("json is one document with a result a line", "[render]") {
  const std::string text = text_of(Format::json, ping_view(), two_hosts());
  CHECK(text == two_hosts_json);
  CHECK(nlohmann::json::parse(text) == nlohmann::json::parse(to_json(two_hosts()).dump()));
  CHECK(Value::parse(text_of(Format::json, ping_view(), report_of({})))["results"] == Value::array());
}

TEST_CASE("json, yaml and csv come as soon as they can, in inventory order", "[render]") {
  const Report report = two_hosts();
  const auto format = GENERATE(Format::json, Format::yaml, Format::csv);
  View view = ping_view();
  const std::string at_once = text_of(format, view, report);
  view.hosts = {"rpi6401", "rpi6405"};
  std::string text;
  auto renderer = make_renderer(format, view, [&](std::string_view bytes) { text += bytes; });
  REQUIRE(renderer);
  CHECK_FALSE((*renderer)->needs_records());
  (*renderer)->result(report.results[1]);
  CHECK(text.empty());  // not its turn
  (*renderer)->result(report.results[0]);
  CHECK(text.find("rpi6401") < text.find("rpi6405"));
  CHECK(text.find("rpi6405") != std::string::npos);
  Report without_records = report;
  for (HostResult& result : without_records.results) result.data = nullptr;
  (*renderer)->finish(without_records);
  CHECK(text == at_once);
}

TEST_CASE("what is sorted comes at the end", "[render]") {
  const Report report = two_hosts();
  const auto format = GENERATE(Format::json, Format::yaml, Format::csv);
  View view = ping_view();
  view.hosts = {"rpi6401", "rpi6405"};
  view.sort = "-host";
  std::string text;
  auto renderer = make_renderer(format, view, [&](std::string_view bytes) { text += bytes; });
  REQUIRE(renderer);
  CHECK((*renderer)->needs_records());
  for (const HostResult& result : report.results) (*renderer)->result(result);
  CHECK(text.empty());
  (*renderer)->finish(report);
  CHECK(text.find("rpi6405") < text.find("rpi6401"));
}

TEST_CASE("-q leaves hosts out of what comes in order", "[render]") {
  const Report report = two_hosts();
  for (const Format format : {Format::json, Format::yaml, Format::csv}) {
    View view = ping_view();
    view.hosts = {"rpi6401", "rpi6405"};
    view.only_failures = true;
    const std::string text = text_of(format, view, report);
    CHECK(text.find("rpi6401") == std::string::npos);
    CHECK(text.find("rpi6405") != std::string::npos);
    if (format == Format::json) CHECK(Value::parse(text)["results"].size() == 1);
  }
}

TEST_CASE("csv has nothing that a spreadsheet would run", "[render]") {
  View view = ping_view();
  view.columns = {column("text", "data.text")};
  view.shown = {"text"};
  view.header = false;
  const auto shown = [&](const Value& value) {
    std::string text = text_of(Format::csv, view, report_of({answer("a", {{"text", value}})}));
    text.pop_back();
    return text;
  };
  struct Case {
    Value value;
    const char *safe, *raw;
  };
  const Case cases[] = {{"=1+1", "'=1+1", "=1+1"},
                        {"@SUM(A1)", "'@SUM(A1)", "@SUM(A1)"},
                        {"+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0", "+cmd|' /C calc'!A0"},
                        {"-rw-r--r--", "'-rw-r--r--", "-rw-r--r--"},
                        {"-12.5", "-12.5", "-12.5"},
                        {"+7", "+7", "+7"},
                        {"-", "-", "-"},
                        {-3, "-3", "-3"},
                        {-1e300, "-1e+300", "-1e+300"},
                        {"a=b", "a=b", "a=b"},
                        {"=A1,B1", "\"'=A1,B1\"", "\"=A1,B1\""}};
  for (const Case& c : cases) {
    view.csv_raw = false;
    CHECK(shown(c.value) == c.safe);
    view.csv_raw = true;
    CHECK(shown(c.value) == c.raw);
  }
}

TEST_CASE("json leaves out what is not there", "[render]") {
  const Value json = to_json(no_answer("a", Code::command_failed, "a: exit code 1"));
  CHECK_FALSE(json.contains("data"));
  CHECK_FALSE(json["error"].contains("hint"));
  CHECK(to_json(no_answer("a", Code::connect_refused, ""))["error"].contains("hint"));
  CHECK_FALSE(to_json(pong("a", "", 1)).contains("error"));
}

TEST_CASE("json is valid and safe to look at whatever bytes it holds", "[render]") {
  CHECK(dump("a\xff") == "\"a\uFFFD\"");
  CHECK(dump("\x1b[31m\n") == R"("\u001b[31m\n")");
  CHECK(dump("\x7f\u009b\u202E\u2066é€서") == R"("\u007f\u009b\u202e\u2066é€서")");
  CHECK(Value::parse(dump("\x7f\u009b\u202Eé")) == "\x7f\u009b\u202Eé");
  CHECK(dump({{"a", 1}}, 2) == "{\n  \"a\": 1\n}");
}

TEST_CASE("ndjson writes each result as it comes, and the run last", "[render]") {
  std::vector<std::string> writes;
  auto renderer = make_renderer(Format::ndjson, ping_view(), [&](std::string_view text) { writes.emplace_back(text); });
  REQUIRE(renderer);
  const Report report = two_hosts();
  (*renderer)->result(report.results[1]);
  REQUIRE(writes.size() == 1);
  CHECK(Value::parse(writes[0])["host"] == "rpi6405");
  (*renderer)->result(report.results[0]);
  (*renderer)->finish(report);
  REQUIRE(writes.size() == 3);
  CHECK(writes[2] ==
        R"({"summary":{"schema":"cef/1","run":"20261123T101500Z-4f2a","verb":"ping","started":"2026-11-23T10:15:00Z",)"
        R"("duration_ms":2312.0,"hosts":2,"ok":1,"changed":0,"failed":0,"unreachable":1,"skipped":0}})"
        "\n");
  for (const std::string& line : writes) CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("with -q failures are kept and all are counted", "[render]") {
  View view = ping_view();
  view.only_failures = true;
  const Value json = Value::parse(text_of(Format::json, view, two_hosts()));
  CHECK(json["summary"]["ok"] == 1);
  REQUIRE(json["results"].size() == 1);
  CHECK(json["results"][0]["host"] == "rpi6405");
  CHECK(text_of(Format::ndjson, view, two_hosts()).find("rpi6401") == std::string::npos);
  CHECK(text_of(Format::csv, view, two_hosts()).find("rpi6401") == std::string::npos);
  // -q means those that need someone here, too.
  CHECK(text_of(Format::names, view, two_hosts()) == "rpi6405\n");
}

TEST_CASE("--status chooses in every format that shows results", "[render]") {
  View view = ping_view();
  view.statuses = {Status::unreachable};
  for (const Format format : {Format::table, Format::json, Format::ndjson, Format::csv, Format::yaml, Format::names}) {
    const std::string text = text_of(format, view, two_hosts());
    CHECK(text.find("rpi6401") == std::string::npos);
    CHECK(text.find("rpi6405") != std::string::npos);
  }
  CHECK(Value::parse(text_of(Format::json, view, two_hosts()))["summary"]["ok"] == 1);  // all are counted
}

TEST_CASE("csv has raw values and quotes what needs it", "[render]") {
  View view = ping_view();
  view.columns = {column("text", "data.text"), column("size", "data.size", Unit::bytes),
                  column("more", "data.more", Unit::none, true)};
  view.escape = false;
  const Report report = report_of({answer("a", {{"text", "plain"}, {"size", 1288490189}, {"more", true}}),
                                   answer("b", {{"text", "a,b"}, {"size", 0.5}}),
                                   answer("c", {{"text", "say \"hi\""}, {"more", Value::array({1, 2})}}),
                                   answer("d", {{"text", "two\nlines"}, {"more", {{"x", "y"}}}}), answer("e", nullptr),
                                   no_answer("f", Code::connect_refused, "f: refused, twice")});
  CHECK(text_of(Format::csv, view, report) == R"(host,status,text,size,more,error,message
a,ok,plain,1288490189,true,,
b,ok,"a,b",0.5,,,
c,ok,"say ""hi""",,"1,2",,
d,ok,"two
lines",,"{""x"":""y""}",,
e,ok,,,,,
f,unreachable,,,,connect_refused,"f: refused, twice"
)");
  view.header = false;
  view.shown = {"size", "host"};
  CHECK(text_of(Format::csv, view, report_of({answer("a", {{"size", 7}})})) == "7,a\n");
}

TEST_CASE("csv's header has the names of JSON, which end in the unit", "[render]") {
  View view;
  view.columns = {column("total", "data.total_ms", Unit::milliseconds),
                  column("time", "duration_ms"),
                  column("mem", "data.mem.used_bytes", Unit::bytes),
                  column("used%", "data.filesystems.*.used_pct", Unit::percent),
                  column("disk", "data.disk.filesystems.*.mount"),
                  column("since_boot", "data.capped.since_boot")};
  const auto header = [&] {
    const std::string text = text_of(Format::csv, view, report_of({}));
    return text.substr(0, text.find('\n'));
  };
  CHECK(header() ==
        "host,status,total_ms,duration_ms,mem_used_bytes,used_pct,disk_mount,capped_since_boot,error,message");
  // A path stays as it was typed.
  view.shown = {"Total", "data.other[0].size_bytes"};
  CHECK(header() == "total_ms,data.other[0].size_bytes");
}

TEST_CASE("names are those that went well, or of the statuses asked for", "[render]") {
  Report report = two_hosts();
  report.results.push_back(answer("w01", nullptr));
  report.results.back().status = Status::changed;
  report.results.push_back(answer("w02", nullptr));
  report.results.back().status = Status::skipped;
  View view = ping_view();
  CHECK(text_of(Format::names, view, report) == "rpi6401\nw01\n");
  view.statuses = {Status::failed, Status::unreachable};
  CHECK(text_of(Format::names, view, report) == "rpi6405\n");
  view.statuses = {Status::failed};
  CHECK(text_of(Format::names, view, report).empty());
}

}  // namespace cef::render::formats_tests

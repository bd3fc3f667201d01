// --where and --status: which results and which of their rows are shown, in every format.
#include "samples.hpp"

#include <catch2/catch.hpp>

namespace cef::render::where_tests {

namespace {

const Metrics disk_metrics{{"disk", "used_pct", "", "", "", "", Metric::Kind::worst},
                           {"disk", "used_pct", "", "filesystems", "mount", "mountpoint"},
                           {"disk", "available_bytes", "", "filesystems", "mount", "mountpoint"}};

// Two file systems on a, one on b; c does not answer.
Report disks() {
  return report_of({answer("a", Value::parse(R"({"used_pct": 91, "filesystems": [
          {"mount": "/", "used_pct": 40.5, "available_bytes": 5368709120, "ro": false},
          {"mount": "/boot", "used_pct": 91, "available_bytes": 1024, "ro": true}]})")),
                    answer("b", Value::parse(R"({"used_pct": 60, "filesystems": [
          {"mount": "/", "used_pct": 60, "available_bytes": 2147483648, "ro": null}]})")),
                    no_answer("c", Code::connect_timeout, "c: no answer")},
                   "disk");
}

View disk_view(std::vector<std::string> where) {
  View view;
  view.columns = {
      column("mount", "data.filesystems.*.mount"), column("used%", "data.filesystems.*.used_pct", Unit::percent),
      column("avail", "data.filesystems.*.available_bytes", Unit::bytes), column("ro", "data.filesystems.*.ro")};
  view.metrics = disk_metrics;
  view.where = std::move(where);
  view.shown = {"host", "mount"};
  view.header = false;
  return view;
}

std::string rows(std::vector<std::string> where, Format format = Format::csv) {
  return text_of(format, disk_view(std::move(where)), disks());
}

}  // namespace

TEST_CASE("--where keeps the rows that meet it", "[render][where]") {
  struct Case {
    std::vector<std::string> where;
    const char* rows;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {{"disk.used_pct>80"}, "a,/boot\n"},
      {{"used_pct>80"}, "a,/boot\n"},  // the one metric of that name
      {{"used%<50"}, "a,/\n"},
      {{"used% >= 60"}, "a,/boot\nb,/\n"},
      {{"used%<=60", "used%>41"}, "b,/\n"},
      {{"mount==/"}, "a,/\nb,/\n"},
      {{"mount=/"}, "a,/\nb,/\n"},
      {{"mount!=/"}, "a,/boot\n"},
      {{"mount==/B*"}, "a,/boot\n"},
      {{"avail<3G"}, "a,/boot\nb,/\n"},
      {{"avail<3G", "mount==/"}, "b,/\n"},
      {{"ro==true"}, "a,/boot\n"},
      {{"ro==no"}, "a,/\n"},  // and not b, of which it is not known
      {{"host==b"}, "b,/\n"},
      {{"status==unreachable"}, "c,\n"},
      {{"error.code==connect_*"}, "c,\n"},
      {{"data.used_pct>80"}, "a,/\na,/boot\n"},  // of the host as a whole
      {{"groups==rpi", "host!=b", "status==ok"}, "a,/\na,/boot\n"},
      {{"attempts>1"}, "c,\n"},
      {{"duration_ms>5s"}, "c,\n"},
      {{"used%>99"}, ""},
  }));
  DYNAMIC_SECTION(c.where.front() << (c.where.size() > 1 ? c.where[1] : "")) { CHECK(rows(c.where) == c.rows); }
}

TEST_CASE("--where holds in every format that shows results", "[render][where]") {
  CHECK(rows({"used_pct>80"}, Format::table) == "a  /boot\n");
  CHECK(rows({"used_pct>80"}, Format::names) == "a\n");
  for (const Format format : {Format::json, Format::ndjson, Format::yaml}) {
    const std::string text = rows({"used_pct>80"}, format);
    CAPTURE(text);
    CHECK(text.find("/boot") != std::string::npos);  // the whole record of a host with such a row
    CHECK(text.find("no answer") == std::string::npos);
    CHECK(text.find("\"b\"") == std::string::npos);
    CHECK(text.find("host: b") == std::string::npos);
  }
}

TEST_CASE("where rows are not the list's own, one element is enough", "[render][where]") {
  View view = disk_view({"used_pct>80"});
  view.shown = {"host", "data.used_pct"};
  CHECK(text_of(Format::csv, view, disks()) == "a,91\n");
}

TEST_CASE("a condition that says nothing is told", "[render][where]") {
  struct Case {
    const char *where, *message;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"used%", "it compares with nothing"},
      {"used%!5", "it compares with nothing"},
      {">5", "it names no column"},
      {"used%>much", "'much' is not a number"},
      {"muont==/", "--where: there is no column 'muont': did you mean 'mount'?"},
  }));
  DYNAMIC_SECTION(c.where) { CHECK_THAT(rows({c.where}), Catch::Contains(c.message)); }
}

TEST_CASE("--status chooses results in every format, and the summary counts all", "[render][where]") {
  View view;
  view.columns = exec_columns();
  view.statuses = {Status::unreachable, Status::failed};
  const Report report = report_of(
      {printed("a", "x"), printed("b", "", "", 1), no_answer("c", Code::connect_timeout, "c: no answer")}, "exec");
  CHECK(text_of(Format::names, view, report) == "b\nc\n");
  for (const Format format : {Format::table, Format::csv, Format::json, Format::ndjson, Format::yaml}) {
    const std::string text = text_of(format, view, report);
    CAPTURE(text);
    CHECK(text.find("connect_timeout") != std::string::npos);
    CHECK(text.find("\"a\"") == std::string::npos);
    CHECK(text.find("\na") == std::string::npos);
    CHECK(text.find("host: a") == std::string::npos);
  }
  CHECK_THAT(text_of(Format::json, view, report), Catch::Contains("\"hosts\":3"));
}

TEST_CASE("--sort takes several columns, the first of which counts most", "[render]") {
  View view;
  view.columns = {column("site", "data.site"), column("load", "data.load")};
  view.shown = {"host"};
  view.header = false;
  const Report report =
      report_of({answer("a", {{"site", "x"}, {"load", 1}}), answer("b", {{"site", "y"}, {"load", 9}}),
                 answer("c", {{"site", "x"}, {"load", 5}}), answer("d", {{"site", "y"}, {"load", 2}})});
  view.sort = "site,-load";
  CHECK(text_of(Format::csv, view, report) == "c\na\nb\nd\n");
  view.sort = "-site,load";
  CHECK(text_of(Format::csv, view, report) == "d\nb\na\nc\n");
  view.sort = "site,laod";
  CHECK_THAT(text_of(Format::csv, view, report), Catch::Contains("'laod': did you mean 'load'?"));
}

}  // namespace cef::render::where_tests

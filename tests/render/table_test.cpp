#include "samples.hpp"

#include <cef/core/text.hpp>

#include <catch2/catch.hpp>

#include <sstream>

namespace cef::render::table_tests {

namespace {

Report three_hosts() {
  return report_of({pong("rpi6401", "10.0.3.1", 143.24), pong("rpi6402", "10.0.3.2", 98.5),
                    no_answer("rpi6405", Code::connect_timeout, "rpi6405: no answer from 10.0.3.5 port 22 in 10 s")});
}

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, display_width(line));
  return widest;
}

// What stands before the first empty line: the rows without the conclusion.
std::string body(const std::string& text) { return text.substr(0, text.find("\n\n") + 1); }

}  // namespace

TEST_CASE("a table reads well with a host that does not answer", "[render]") {
  CHECK(text_of(Format::table, ping_view(), three_hosts()) ==
        R"(HOST     STATUS       ADDRESS     LOGIN     TOTAL  SERVER
rpi6401  ok           10.0.3.1  71.6 ms  143.2 ms  OpenSSH_9.2p1
rpi6402  ok           10.0.3.2  49.2 ms   98.5 ms  OpenSSH_9.2p1
rpi6405  unreachable  no answer from 10.0.3.5 port 22 in 10 s

3 hosts: 2 ok, 1 unreachable in 2.3 s
  connect_timeout (rpi6405): is the host switched on, and does a firewall drop
    the port?
)");
}

TEST_CASE("texts are cut before columns are left out, host and status never", "[render]") {
  struct Case {
    std::size_t width;
    const char* expected;
  };
  const auto c = GENERATE(values<Case>({
      {0,
       "HOST     STATUS  ADDRESS     LOGIN     TOTAL  SERVER\n"
       "rpi6401  ok      10.0.3.1  71.6 ms  143.2 ms  OpenSSH_9.2p1 Debian-2+deb12u3\n"},
      {64,
       "HOST     STATUS  ADDRESS     LOGIN     TOTAL  SERVER\n"
       "rpi6401  ok      10.0.3.1  71.6 ms  143.2 ms  OpenSSH_9.2p1 Deb…\n"},
      {60,  // less than half of it would be left
       "HOST     STATUS  ADDRESS     LOGIN     TOTAL\n"
       "rpi6401  ok      10.0.3.1  71.6 ms  143.2 ms\n"},
      {50,
       "HOST     STATUS  ADDRESS     LOGIN     TOTAL\n"
       "rpi6401  ok      10.0.3.1  71.6 ms  143.2 ms\n"},
      {35,
       "HOST     STATUS  ADDRESS     LOGIN\n"
       "rpi6401  ok      10.0.3.1  71.6 ms\n"},
      {16,
       "HOST     STATUS\n"
       "rpi6401  ok\n"},
      {5,
       "HOST     STATUS\n"
       "rpi6401  ok\n"},
  }));
  DYNAMIC_SECTION(c.width) {
    const Report report = report_of({pong("rpi6401", "10.0.3.1", 143.24, "OpenSSH_9.2p1 Debian-2+deb12u3")});
    CHECK(body(text_of(Format::table, ping_view(c.width), report)) == c.expected);
  }
}

TEST_CASE("a remark that finds no room beside the values stands below them", "[render]") {
  struct Case {
    std::size_t width;
    bool header;
    const char* expected;
  };
  const auto c = GENERATE(values<Case>({
      {60, true,
       "HOST  STATUS  ADDRESS   ERRORS\n"
       "w01   ok      10.0.4.1  -\n"
       "p01   ok      10.0.4.2  gpu: gpu_software_missing\n"},
      {40, true,
       "HOST  STATUS  ADDRESS\n"
       "w01   ok      10.0.4.1\n"
       "p01   ok      10.0.4.2\n"
       "    gpu: gpu_software_missing\n"},
      {40, false,  // rows for a script
       "w01  ok  10.0.4.1  -\n"
       "p01  ok  10.0.4.2  gpu: gpu_software_mi…\n"},
  }));
  DYNAMIC_SECTION(c.width << (c.header ? "" : ", no header")) {
    View view = ping_view(c.width);
    view.header = c.header;
    view.columns = {column("host", "host"), column("status", "status"), column("address", "data.address"),
                    column("errors", "data.errors")};
    view.columns.back().remark = true;
    const Report report =
        report_of({answer("w01", {{"address", "10.0.4.1"}, {"errors", nullptr}}),
                   answer("p01", {{"address", "10.0.4.2"}, {"errors", {"gpu: gpu_software_missing"}}})});
    const std::string text = text_of(Format::table, view, report);
    CHECK((c.header ? body(text) : text) == c.expected);
  }
}

TEST_CASE("no line is wider than the terminal, whatever failed", "[render]") {
  std::vector<HostResult> results;
  for (int i = 0; i < 300; ++i) {
    const std::string host = fmt::format("edge-{}", i);
    if (i % 2 == 0)
      results.push_back(pong(host, "10.0.0.1", i, "a very long name of a server, 서버서버서버서버서버서버"));
    else
      results.push_back(
          no_answer(host, Code::auth_denied, host + ": " + std::string(200, 'x') + " and 서버 more words"));
  }
  const std::size_t width = GENERATE(50, 60, 80, 120, 200);
  for (const bool fold : {false, true}) {
    View view = ping_view(width);
    view.fold = fold;
    const std::string text = text_of(Format::table, view, report_of(results));
    CHECK(widest_line(text) <= width);
    CHECK(text.find("300 hosts: 150 ok, 150 unreachable in 2.3 s") != std::string::npos);
  }
}

TEST_CASE("a long explanation goes on under itself, or below the host when space is short", "[render]") {
  const Report report = report_of({no_answer("w01", Code::auth_denied,
                                             "w01: jpark@10.0.4.1 was refused after trying the keys id_ed25519, "
                                             "edge_ed25519 and id_rsa"),
                                   pong("w02", "10.0.4.2", 10)});
  CHECK(body(text_of(Format::table, ping_view(64), report)) ==
        R"(HOST  STATUS       ADDRESS    LOGIN    TOTAL  SERVER
w01   unreachable  jpark@10.0.4.1 was refused after trying the
                   keys id_ed25519, edge_ed25519 and id_rsa
w02   ok           10.0.4.2  5.0 ms  10.0 ms  OpenSSH_9.2p1
)");
  CHECK(body(text_of(Format::table, ping_view(45), report)) ==
        R"(HOST  STATUS       ADDRESS    LOGIN    TOTAL
w01   unreachable
    jpark@10.0.4.1 was refused after trying
    the keys id_ed25519, edge_ed25519 and
    id_rsa
w02   ok           10.0.4.2  5.0 ms  10.0 ms
)");
}

TEST_CASE("columns line up whatever the script", "[render]") {
  const Report report = report_of({pong("서버-강남", "10.0.3.1", 143.24), pong("edge", "10.0.3.2", 98.5, "🚀 ssh"),
                                   pong("サーバー", "10.0.3.3", 9.25)});
  CHECK(body(text_of(Format::table, ping_view(), report)) ==
        R"(HOST       STATUS  ADDRESS     LOGIN     TOTAL  SERVER
서버-강남  ok      10.0.3.1  71.6 ms  143.2 ms  OpenSSH_9.2p1
edge       ok      10.0.3.2  49.2 ms   98.5 ms  🚀 ssh
サーバー   ok      10.0.3.3   4.6 ms    9.2 ms  OpenSSH_9.2p1
)");
}

TEST_CASE("values are shown in units for people", "[render]") {
  struct Case {
    Unit unit;
    Value value;
    const char* shown;
  };
  const auto c = GENERATE(values<Case>({
      {Unit::none, nullptr, "-"},
      {Unit::none, "", "-"},
      {Unit::none, true, "yes"},
      {Unit::none, 0.5, "0.50"},
      {Unit::none, 0.00012, "0.00012"},
      {Unit::none, 12345, "12345"},
      {Unit::none, Value::array({"a", "b"}), "a, b"},
      {Unit::none, Value::array(), "-"},
      {Unit::none, Value{{"now", true}}, R"({"now":true})"},
      {Unit::none, "two\nlines", "two lines"},
      {Unit::bytes, 0, "0 B"},
      {Unit::bytes, 1023, "1023 B"},
      {Unit::bytes, 1024, "1.0 KiB"},
      {Unit::bytes, 1048575, "1.0 MiB"},
      {Unit::bytes, 1288490189, "1.2 GiB"},
      {Unit::bytes, 18446744073709551615u, "16.0 EiB"},
      {Unit::bytes, nullptr, "-"},
      {Unit::milliseconds, 12.34, "12.3 ms"},
      {Unit::milliseconds, 999.9, "999.9 ms"},
      {Unit::milliseconds, 999.96, "1.0 s"},
      {Unit::milliseconds, 7195.0, "7.2 s"},
      {Unit::milliseconds, 10003.0, "10.0 s"},
      {Unit::seconds, 0, "0 s"},
      {Unit::seconds, -0.0000123, "-12 µs"},
      {Unit::seconds, 0.25, "250.0 ms"},
      {Unit::seconds, 61, "61.0 s"},
      {Unit::seconds, 600, "10 min"},
      {Unit::seconds, 7260, "2 h 01 min"},
      {Unit::seconds, 86399, "23 h 59 min"},
      {Unit::seconds, 87180, "1 d 00 h"},
      {Unit::seconds, 864000, "10 d 00 h"},
      {Unit::percent, 42.25, "42.2 %"},
      {Unit::celsius, 51.4, "51.4 °C"},
      {Unit::mbit_s, 94.06, "94.1 Mbit/s"},
      {Unit::watts, 3.5, "3.5 W"},
      {Unit::bytes, "unknown", "unknown"},
  }));
  DYNAMIC_SECTION(c.shown << " from " << c.value) {
    View view = ping_view(0);
    view.columns = {column("value", "data.value", c.unit)};
    view.shown = {"value"};
    view.header = false;
    CHECK(text_of(Format::table, view, report_of({answer("h", {{"value", c.value}})})) == fmt::format("{}\n", c.shown));
  }
}

TEST_CASE("a list gives its host a row per element", "[render]") {
  View view = ping_view();
  view.columns = {column("mount", "data.filesystems.*.mount"),
                  column("used", "data.filesystems.*.used_pct", Unit::percent)};
  const Value two = Value::array({{{"mount", "/"}, {"used_pct", 41.0}}, {{"mount", "/srv"}, {"used_pct", 9.5}}});
  Report report =
      report_of({answer("rpi6401", {{"filesystems", two}}), answer("rpi6402", {{"filesystems", Value::array()}}),
                 no_answer("rpi6403", Code::unexpected_output, "rpi6403: df printed nothing")});
  report.results[2].data = {{"filesystems", two}};  // a failure is one row of the table nevertheless
  CHECK(body(text_of(Format::table, view, report)) == R"(HOST     STATUS  MOUNT    USED
rpi6401  ok      /      41.0 %
rpi6401  ok      /srv    9.5 %
rpi6402  ok      -           -
rpi6403  failed  df printed nothing
)");
  view.sort = "used";
  view.header = false;
  CHECK(text_of(Format::csv, view, report) == R"(rpi6401,ok,/srv,9.5,,
rpi6403,failed,/srv,9.5,unexpected_output,rpi6403: df printed nothing
rpi6401,ok,/,41.0,,
rpi6403,failed,/,41.0,unexpected_output,rpi6403: df printed nothing
rpi6402,ok,,,,
)");
}

TEST_CASE("without a header there are rows and nothing else", "[render]") {
  View view = ping_view();
  view.header = false;
  view.shown = {"host", "total"};
  CHECK(text_of(Format::table, view, report_of({pong("rpi6401", "", 143.24), pong("w1", "", 9)})) ==
        "rpi6401  143.2 ms\n"
        "w1         9.0 ms\n");
}

TEST_CASE("with -q a table shows failures, and nothing when there are none", "[render]") {
  View view = ping_view();
  view.only_failures = true;
  CHECK(text_of(Format::table, view, report_of({pong("rpi6401", "", 1)})).empty());
  CHECK(text_of(Format::table, view, three_hosts()) == R"(HOST     STATUS
rpi6405  unreachable  no answer from 10.0.3.5 port 22 in 10 s

3 hosts: 2 ok, 1 unreachable in 2.3 s
  connect_timeout (rpi6405): is the host switched on, and does a firewall drop
    the port?
)");
}

TEST_CASE("a failure is told also where host or status are not shown", "[render]") {
  View view = ping_view();
  view.shown = {"total"};
  CHECK(body(text_of(Format::table, view, three_hosts())) == R"(   TOTAL
143.2 ms
 98.5 ms
rpi6405: unreachable: no answer from 10.0.3.5 port 22 in 10 s
)");
  view.shown = {"host", "error"};
  CHECK(body(text_of(Format::table, view, three_hosts())) == R"(HOST     ERROR
rpi6401  -
rpi6402  -
rpi6405  connect_timeout
)");
}

TEST_CASE("the summary and the hints go where they are told to, and look as there", "[render]") {
  View view = ping_view();
  std::string aside;
  view.aside = {[&](std::string_view text) { aside += text; }, 60, false, true, false};
  const std::string rows = text_of(Format::table, view, three_hosts());
  CHECK(rows == body(text_of(Format::table, ping_view(), three_hosts())));
  CHECK(aside == R"(3 hosts: 2 ok, 1 unreachable in 2.3 s
  connect_timeout (rpi6405): is the host switched on, and
    does a firewall drop the port?
)");
  aside.clear();
  view.aside.apart = true;  // right below the rows
  CHECK(text_of(Format::table, view, three_hosts()) == rows);
  CHECK(aside.starts_with("\n3 hosts: "));
}

TEST_CASE("columns for which there is no room are named", "[render]") {
  const std::string text = text_of(Format::table, ping_view(40), three_hosts());
  CHECK(text.find("HOST     STATUS       ADDRESS     LOGIN\n") == 0);
  CHECK(text.ends_with("+2 columns: total server (--columns, or…\n"));
  CHECK(text_of(Format::table, ping_view(80), three_hosts()).find("column") == std::string::npos);
  CHECK(text_of(Format::table, ping_view(0), three_hosts()).find("column") == std::string::npos);
}

TEST_CASE("a column that is kept is cut, and others go", "[render]") {
  View view = ping_view(50);
  view.kept = "data.server";
  const Report report = report_of({pong("rpi6401", "10.0.3.1", 143.24, "a very long name of a server's software")});
  CHECK(body(text_of(Format::table, view, report)) ==
        "HOST     STATUS  ADDRESS     LOGIN  SERVER\n"
        "rpi6401  ok      10.0.3.1  71.6 ms  a very long n…\n");
}

TEST_CASE("hosts that have nothing of the kind are a number, and why", "[render]") {
  View view = ping_view();
  view.lacking = "no NVIDIA device";
  HostResult without = answer("w01", nullptr);
  without.status = Status::skipped;
  const Report report = report_of({pong("rpi6401", "10.0.3.1", 10), without});
  const std::string text = text_of(Format::table, view, report);
  CHECK(text.find("w01") == std::string::npos);
  CHECK(text.ends_with("2 hosts: 1 ok, 1 skipped (no NVIDIA device) in 2.3 s\n"));
  view.statuses = {Status::skipped};
  CHECK(text_of(Format::table, view, report).find("w01") != std::string::npos);
  view.statuses.clear();
  CHECK(text_of(Format::csv, view, report).find("w01") != std::string::npos);
  // Left out for another reason, it has a row with that.
  without.error = Error{Code::circuit_open, "not started: 1 failed", ""};
  CHECK(text_of(Format::table, view, report_of({without})).find("w01  ") != std::string::npos);
}

TEST_CASE("hints that name their host are given for the first ones of a kind", "[render]") {
  std::vector<HostResult> results;
  for (int i = 0; i < 9; ++i) {
    results.push_back(no_answer(fmt::format("n{}", i), Code::host_key_changed, "changed"));
    results.back().error->hint = fmt::format("ssh-keygen -R n{}", i);
  }
  results.push_back(no_answer("m", Code::circuit_open, "not started: n0 failed"));
  results.back().status = Status::skipped;
  const std::string text = text_of(Format::table, ping_view(), report_of(results));
  CHECK(
      text.ends_with("in 2.3 s\n"
                     "  host_key_changed (n0): ssh-keygen -R n0\n"
                     "  host_key_changed (n1): ssh-keygen -R n1\n"
                     "  host_key_changed (n2): ssh-keygen -R n2\n"
                     "  host_key_changed: and the same for 6 more hosts\n"));
}

TEST_CASE("only colour differs on a terminal", "[render]") {
  View view = ping_view();
  view.colour = true;
  std::string text = text_of(Format::table, view, three_hosts());
  CHECK(text.starts_with("\x1b[1mHOST     STATUS"));
  CHECK(text.find("rpi6401  \x1b[32mok\x1b[0m ") != std::string::npos);
  CHECK(text.find("\x1b[1;33munreachable\x1b[0m") != std::string::npos);
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b'))
    text.erase(at, text.find('m', at) + 1 - at);
  CHECK(text == text_of(Format::table, ping_view(), three_hosts()));
}

TEST_CASE("hints are said once per kind, with the first hosts of many", "[render]") {
  std::vector<HostResult> results;
  for (int i = 0; i < 40; ++i) {
    const std::string host = fmt::format("rpi{}", 6401 + i);
    const Code code = i == 3 ? Code::auth_denied : Code::connect_refused;
    results.push_back(no_answer(host, code, fmt::format("{}: refused", host)));
  }
  results[5].error->hint = "try port 2222";
  const std::string text = text_of(Format::table, ping_view(0), report_of(results));
  CHECK(text.substr(text.find("\n\n") + 2) == R"(40 hosts: 40 unreachable in 2.3 s
  connect_refused (rpi6401,rpi6402,rpi6403 and 35 more): is sshd running there, and is the port right?
  auth_denied (rpi6404): check the user, and that its authorized_keys holds one of the keys that were offered
  connect_refused (rpi6406): try port 2222
)");
}

TEST_CASE("the summary names every count but zero", "[render]") {
  struct Case {
    std::vector<Status> statuses;
    double ms;
    const char* expected;
  };
  const auto c = GENERATE(values<Case>({
      {{}, 4, "0 hosts in 0.0 s\n"},
      {{Status::ok}, 812, "1 host: 1 ok in 0.8 s\n"},
      {{Status::ok, Status::changed, Status::skipped}, 61'000, "3 hosts: 1 ok, 1 changed, 1 skipped in 61.0 s\n"},
      {{Status::ok, Status::ok}, 3'600'000, "2 hosts: 2 ok in 60 min\n"},
  }));
  DYNAMIC_SECTION(c.expected) {
    Report report = report_of({});
    report.duration_ms = c.ms;
    for (const Status status : c.statuses) {
      report.results.push_back(pong("h", "", 1));
      report.results.back().status = status;
    }
    CHECK(text_of(Format::table, ping_view(), report).ends_with(c.expected));
  }
}

}  // namespace cef::render::table_tests

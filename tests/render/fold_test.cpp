#include "samples.hpp"

#include <catch2/catch.hpp>

namespace cef::render::fold_tests {

namespace {

View folded(View view) {
  view.fold = true;
  return view;
}

std::string body(const std::string& text) { return text.substr(0, text.find("\n\n") + 1); }

Value memory(std::int64_t bytes) { return {{"total_bytes", bytes}, {"total_ms", 100.0}}; }

}  // namespace

TEST_CASE("hosts with equal results share a row, the odd ones first", "[render]") {
  const Report report =
      report_of({pong("a1", "10.0.0.1", 10, "OpenSSH_9.2p1"), pong("a2", "10.0.0.2", 30, "dropbear"),
                 pong("a3", "10.0.0.3", 20, "OpenSSH_9.2p1"), pong("a4", "10.0.0.4", 90, "OpenSSH_9.2p1")});
  // Times are medians, and of the addresses it shows what they have in common.
  CHECK(text_of(Format::table, folded(ping_view()), report) ==
        R"(HOST          STATUS  ADDRESS     LOGIN    TOTAL  SERVER
a2            ok      10.0.0.2  15.0 ms  30.0 ms  dropbear
a1,a3,a4 (3)  ok      10.0.0.…  10.0 ms  20.0 ms  OpenSSH_9.2p1

4 hosts: 4 ok in 2.3 s
of several hosts together, times are medians
)");
}

TEST_CASE("a folded row has its hosts, whatever columns are asked for", "[render]") {
  View view = folded(ping_view());
  view.shown = {"server"};
  const Report report = report_of({pong("a1", "", 1, "x"), pong("a2", "", 1, "x")});
  CHECK(body(text_of(Format::table, view, report)) == "HOST       SERVER\na1,a2 (2)  x\n");
}

TEST_CASE("the names of very many hosts take three lines, and the rest is a number", "[render]") {
  std::vector<HostResult> results;
  for (int i = 0; i < 120; ++i) results.push_back(pong(fmt::format("node{:03}", i), "10.0.0.1", 10));
  const std::string text = text_of(Format::table, folded(ping_view(80)), report_of(results));
  const std::string rows = body(text);
  CHECK(std::count(rows.begin(), rows.end(), '\n') <= 4);
  CHECK(rows.find("HOST") == 0);
  CHECK(rows.find("and 1") != std::string::npos);
  CHECK(rows.find("more (120)") != std::string::npos);
  CHECK(text.find("all names: --format names\n") != std::string::npos);
  // A file has room for all.
  CHECK(text_of(Format::table, folded(ping_view(0)), report_of(results)).find("node119 (120)") != std::string::npos);
}

TEST_CASE("a block's names break between them, and its lines go on under themselves", "[render]") {
  std::vector<HostResult> results;
  const std::string line = "one two " + std::string(40, 'x') + " end";
  for (int i = 0; i < 12; ++i) results.push_back(printed(fmt::format("node{:03}", i), line + "\nmore\n"));
  const std::string text = body(text_of(Format::table, folded(exec_view(50)), report_of(results, "exec")));
  CHECK(text == R"(node000,node001,
  node002,node003,
  node004,node005,
  node006,node007,
  node008,node009,
  node010,
  node011 (12 hosts)  ok  143.2 ms
  one two xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
   end
  more
)");
}

TEST_CASE("values that read the same are the same", "[render]") {
  View view = folded(ping_view());
  view.columns = {column("total", "data.total_bytes", Unit::bytes)};
  const Report report = report_of(
      {answer("a", memory(4'294'967'296)), answer("b", memory(4'294'967'297)), answer("c", memory(8'589'934'592))});
  CHECK(body(text_of(Format::table, view, report)) == R"(HOST     STATUS    TOTAL
c        ok      8.0 GiB
a,b (2)  ok      4.0 GiB
)");
}

TEST_CASE("failures of one kind are one group, whatever address their message names", "[render]") {
  const Report report =
      report_of({no_answer("a1", Code::connect_refused, "a1: connection refused by 10.0.0.1 port 22"),
                 no_answer("a2", Code::connect_refused, "a2: connection refused by 10.0.0.2 port 22"),
                 no_answer("a3", Code::connect_refused, "a3: connection refused by fe80::1 port 22"),
                 no_answer("a4", Code::connect_refused, "a4: connection refused by fe80::2c port 22"),
                 no_answer("a5", Code::connect_timeout, "a5: connection refused by 10.0.0.1 port 22")});
  CHECK(body(text_of(Format::table, folded(ping_view()), report)) == R"(HOST       STATUS
a5         unreachable  connection refused by 10.0.0.1 port 22
a1,a2 (2)  unreachable  connection refused by 10.0.0.… port 22
a3,a4 (2)  unreachable  connection refused by fe80::… port 22
)");
}

TEST_CASE("commands that end differently are not the same failure", "[render]") {
  const Report report = report_of({printed("a", "", "", 1), printed("b", "", "", 2), printed("c", "", "", 2)}, "exec");
  CHECK(body(text_of(Format::table, folded(exec_view()), report)) == R"(HOST     STATUS
a        failed  exit code 1
b,c (2)  failed  exit code 2
)");
}

TEST_CASE("many names go on below, so that the values stay in sight", "[render]") {
  std::vector<HostResult> results;
  for (int i = 0; i < 8; ++i) results.push_back(pong(fmt::format("rpi640{}", i), "10.0.0.1", 10));
  CHECK(body(text_of(Format::table, folded(ping_view(60)), report_of(results))) ==
        R"(HOST                    STATUS  ADDRESS    LOGIN    TOTAL
rpi6400,rpi6401,        ok      10.0.0.1  5.0 ms  10.0 ms
rpi6402 and 5 more (8)
)");
}

TEST_CASE("a sort order goes before the size of groups", "[render]") {
  View view = folded(ping_view());
  view.sort = "server";
  view.header = false;
  view.shown = {"host", "server"};
  const Report report = report_of({pong("a", "", 1, "z"), pong("b", "", 1, "y"), pong("c", "", 1, "y")});
  CHECK(text_of(Format::table, view, report) == "b,c (2)  y\na        z\n");
}

TEST_CASE("equal outputs share a block", "[render]") {
  const std::string usual = "/dev/sda1 42%\n/dev/sdb1 12%\n", odd = "/dev/sda1 98%\n/dev/sdb1 12%\n";
  const Report report = report_of({printed("a1", usual), printed("a2", odd), printed("a3", usual),
                                   printed("a4", usual, "warning\n"), printed("a5", usual, "", 1)},
                                  "exec");
  CHECK(body(text_of(Format::table, folded(exec_view()), report)) == R"(a2  ok  143.2 ms
  /dev/sda1 98%
  /dev/sdb1 12%
a4  ok  143.2 ms
  /dev/sda1 42%
  /dev/sdb1 12%
  stderr:
    warning
a5  failed  rc 1  143.2 ms
  exit code 1
  /dev/sda1 42%
  /dev/sdb1 12%
a1,a3 (2 hosts)  ok  143.2 ms
  /dev/sda1 42%
  /dev/sdb1 12%
)");
}

}  // namespace cef::render::fold_tests

#include "samples.hpp"

#include <catch2/catch.hpp>

namespace cef::render::output_tests {

namespace {
std::string body(const std::string& text) { return text.substr(0, text.find("\n\n") + 1); }
}  // namespace

TEST_CASE("outputs of one line are a column", "[render]") {
  const Report report =
      report_of({printed("rpi6401", "6.1.0-18-arm64\n"), printed("rpi6402", ""),
                 printed("w01", "", "uname: cannot\n", 3), no_answer("w02", Code::connect_refused, "w02: refused")},
                "exec");
  CHECK(text_of(Format::table, exec_view(), report) == R"(HOST     STATUS       RC      TIME  OUTPUT
rpi6401  ok            0  143.2 ms  6.1.0-18-arm64
rpi6402  ok            0  143.2 ms  -
w01      failed       exit code 3
                      stderr: uname: cannot
w02      unreachable  refused

4 hosts: 2 ok, 1 failed, 1 unreachable in 2.3 s
  connect_refused (w02): is sshd running there, and is the port right?
)");
}

TEST_CASE("outputs of several lines, or too wide, are blocks", "[render]") {
  const Report lines = report_of({printed("rpi6401", "one\n\ttwo\r\n\n\n"), printed("rpi6402", "", "warning\n"),
                                  printed("w01", "partly\n", "first\nsecond\n", 2), printed("w02", ""),
                                  no_answer("w03", Code::connect_refused, "w03: refused")},
                                 "exec");
  CHECK(body(text_of(Format::table, exec_view(), lines)) ==
        "rpi6401  ok  143.2 ms\n"
        "  one\n"
        "          two\n"
        "rpi6402  ok  143.2 ms\n"
        "  stderr:\n"
        "    warning\n"
        "w01  failed  rc 2  143.2 ms\n"
        "  exit code 2\n"
        "  partly\n"
        "  stderr:\n"
        "    first\n"
        "    second\n"
        "w02  ok  143.2 ms\n"
        "w03  unreachable  10.0 s\n"
        "  refused\n");

  const Report wide = report_of({printed("rpi6401", std::string(60, 'x') + "\n")}, "exec");
  // What is too wide goes on where it began.
  CHECK(body(text_of(Format::table, exec_view(60), wide)) ==
        "rpi6401  ok  143.2 ms\n  " + std::string(58, 'x') + "\n  xx\n");
  CHECK(body(text_of(Format::table, exec_view(0), wide)).ends_with("143.2 ms  " + std::string(60, 'x') + "\n"));
}

TEST_CASE("only the outputs that are shown decide", "[render]") {
  View view = exec_view();
  view.only_failures = true;
  const Report report = report_of({printed("a", "two\nlines\n"), printed("b", "", "short\n", 1)}, "exec");
  CHECK(body(text_of(Format::table, view, report)) == R"(HOST  STATUS
b     failed  exit code 1
              stderr: short
)");
}

TEST_CASE("columns that were asked for make an ordinary table", "[render]") {
  View view = exec_view();
  view.shown = {"host", "rc", "data.stdout"};
  const Report report = report_of({printed("a", "two\nlines\n"), printed("b", "one\n")}, "exec");
  CHECK(body(text_of(Format::table, view, report)) == R"(HOST  RC  DATA.STDOUT
a      0  two lines
b      0  one
)");
}

TEST_CASE("raw output is the host's bytes, as results come", "[render]") {
  std::string text;
  View view = exec_view();
  view.escape = false;
  auto renderer = make_renderer(Format::raw, view, [&](std::string_view bytes) { text += bytes; });
  REQUIRE(renderer);
  const Report report = report_of({printed("a", std::string("\0\xff\n", 3), "not this\n"),
                                   no_answer("b", Code::connect_refused, "b: refused"), printed("c", "end")},
                                  "exec");
  (*renderer)->result(report.results[2]);
  CHECK(text == "end");
  (*renderer)->result(report.results[0]);
  (*renderer)->result(report.results[1]);
  (*renderer)->finish(report);
  CHECK(text == std::string("end\0\xff\n", 6));
  CHECK_FALSE(make_renderer(Format::raw, ping_view(), [](std::string_view) {}));
}

}  // namespace cef::render::output_tests

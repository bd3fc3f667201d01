#include <cef/render/render.hpp>

#include <catch2/catch.hpp>

namespace cef::render::live_output_tests {

namespace {

struct Terminal {
  std::string out, err;
  LiveOutput live;

  Terminal(std::vector<std::string> hosts, bool escape, bool colour = false)
      : Terminal(std::move(hosts), {escape, escape}, colour) {}
  Terminal(std::vector<std::string> hosts, LiveOutput::Terminals terminals, bool colour)
      : live(
            std::move(hosts), terminals, colour, [this](std::string_view text) { out += text; },
            [this](std::string_view text) { err += text; }) {}
};

constexpr auto to_out = OutputStream::out;
constexpr auto to_err = OutputStream::err;

}  // namespace

TEST_CASE("lines of several hosts come whole, each with its host's name", "[render]") {
  Terminal terminal({"a", "b"}, true);
  LiveOutput& live = terminal.live;
  live.write("a", to_out, "one\ntw");
  live.write("b", to_out, "eins\n");
  live.write("a", to_err, "warning\n");
  live.write("a", to_out, "o\n\nlast");
  CHECK(terminal.out == "a: one\nb: eins\na: two\na: \n");
  CHECK(terminal.err == "a: warning\n");
  live.end("a");
  live.end("a");
  live.end("unknown");
  CHECK(terminal.out == "a: one\nb: eins\na: two\na: \na: last\n");
}

TEST_CASE("characters that arrive in two pieces are not broken", "[render]") {
  const std::string text = "서버 🚀\n";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    Terminal many({"a", "b"}, true), one({"a"}, true);
    for (Terminal* terminal : {&many, &one}) {
      terminal->live.write("a", to_out, text.substr(0, cut));
      terminal->live.write("a", to_out, text.substr(cut));
      terminal->live.end("a");
    }
    CHECK(many.out == "a: " + text);
    CHECK(one.out == text);
  }
}

TEST_CASE("a line without end does not fill the memory", "[render]") {
  Terminal terminal({"a", "b"}, true);
  std::string sent;
  for (int i = 0; i < 40'000; ++i) sent += "서버";
  terminal.live.write("a", to_out, sent);
  CHECK(terminal.out.size() > 3 * 64 * 1024);
  CHECK(terminal.out.find('\\') == std::string::npos);  // cut between characters
  terminal.live.end("a");
  std::string received;
  for (std::size_t at = 0; at < terminal.out.size();) {
    const std::size_t end = terminal.out.find('\n', at);
    CHECK(end - at <= 64 * 1024 + 3);
    received += terminal.out.substr(at + 3, end - at - 3);
    at = end + 1;
  }
  CHECK(received == sent);
}

TEST_CASE("bytes of a single host pass through", "[render]") {
  Terminal terminal({"a"}, false);
  terminal.live.write("a", to_out, "par");
  CHECK(terminal.out == "par");
  terminal.live.write("a", to_out, "\x1b[1m\xff\r");
  terminal.live.write("a", to_err, "e");
  terminal.live.end("a");
  CHECK(terminal.out == "par\x1b[1m\xff\r");
  CHECK(terminal.err == "e");
}

TEST_CASE("of two streams only the one on a terminal is escaped", "[render]") {
  const std::string nasty = "\x1b[2J\xff\r\n";
  const bool alone = GENERATE(true, false);
  for (const bool out : {true, false}) {
    Terminal terminal(alone ? std::vector<std::string>{"a"} : std::vector<std::string>{"a", "b"}, {out, !out}, true);
    for (const auto stream : {to_out, to_err}) terminal.live.write("a", stream, nasty);
    terminal.live.end("a");
    const std::string& shown = out ? terminal.out : terminal.err;
    const std::string& kept = out ? terminal.err : terminal.out;
    CHECK(shown.find("\\x1b[2J\\xff\n") != std::string::npos);
    CHECK(kept.ends_with(nasty));
    CHECK(kept.find("\x1b[3") == (out || alone ? std::string::npos : 0));  // no colour in an error stream's file
  }
}

TEST_CASE("on a terminal live output is safe, and returned carriages are new lines", "[render]") {
  Terminal one({"a"}, true);
  one.live.write("a", to_out, "10%\r20%\r");
  one.live.write("a", to_out, "\ndone \x1b[2J\n");
  CHECK(one.out == "10%\n20%\ndone \\x1b[2J\n");

  Terminal two({"a", "b"}, true);
  two.live.write("a", to_out, "x\r\n10%\r20%\n\x1b[2J\n");
  CHECK(two.out == "a: x\na: 10%\na: 20%\na: \\x1b[2J\n");
}

TEST_CASE("names have colours of their own where colours are wanted", "[render]") {
  Terminal terminal({"a", "b"}, true, true);
  terminal.live.write("a", to_out, "x\n");
  terminal.live.write("b", to_out, "y\n");
  CHECK(terminal.out == "\x1b[36ma:\x1b[0m x\n\x1b[35mb:\x1b[0m y\n");
}

}  // namespace cef::render::live_output_tests

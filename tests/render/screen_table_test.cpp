#include "samples.hpp"

#include <cef/core/text.hpp>
#include <cef/render/screen_table.hpp>

#include <catch2/catch.hpp>

namespace cef::render::screen_table_tests {

using namespace std::chrono_literals;

namespace {

const ScreenTable::Time start{};

View small_view() {
  View view = ping_view();
  view.columns = {column("load", "data.load"), column("kernel", "data.kernel")};
  return view;
}

HostResult record(const std::string& host, double load, const std::string& kernel) {
  return answer(host, {{"load", load}, {"kernel", kernel}});
}

ScreenTable table_of(View view, const std::vector<std::string>& hosts, bool ages = true) {
  auto table = ScreenTable::make(std::move(view), hosts, ages);
  REQUIRE(table);
  return *std::move(table);
}

// One host of each kind. They answered one after the other, in the order b, a, c; c not since; d and e never.
ScreenTable every_kind(View view = small_view()) {
  auto table = table_of(std::move(view), {"a", "b", "c", "d", "e", "f"});
  table.set(1, record("b", 10, "6.1"), start + 1s);
  table.set(0, record("a", 9.5, "6.12"), start + 2s);
  table.set(2, record("c", 2, "5.10"), start + 3s);
  table.set(2, no_answer("c", Code::connection_reset, "cut off"), start + 4s);
  table.set(3, no_answer("d", Code::connect_refused, "refused"), start + 4s);
  HostResult failed = failure("e", {}, {Code::command_timeout, "too slow", ""});
  table.set(4, failed, start + 4s);
  return table;
}

// The first letters of the lines: the hosts, which have names of one letter.
std::string order(ScreenTable& table) {
  std::string letters;
  const auto lines = table.draw(0, table.size(), 0, start + 10s);
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (lines[i].front() != ' ') letters += lines[i].front();  // not why its values are old
  return letters;
}

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(fmt::format("node{:03}", i));
  return all;
}

}  // namespace

TEST_CASE("a screen's table shows each host's last values, how old they are, and failures that have none", "[render]") {
  auto table = every_kind();
  CHECK(table.draw(0, 10, 0, start + 10s) == std::vector<std::string>{
                                                 "HOST  STATUS           AGE  LOAD   KERNEL",
                                                 "a     ok               8 s  9.50   6.12",
                                                 "b     ok               9 s  10.00  6.1",
                                                 "c     unreachable      7 s  2.00   5.10",
                                                 "    cut off",
                                                 "d     unreachable  refused",
                                                 "e     failed       too slow",
                                                 "f     waiting               -      -",
                                             });
}

TEST_CASE("what a host could not tell stands below it, and costs no column", "[render]") {
  View view = small_view();
  view.columns.push_back(column("errors", "data.errors"));
  view.columns.back().remark = true;
  auto table = table_of(view, {"a", "b"});
  auto lacking = record("a", 2, "6.1");
  lacking.data["errors"] = {"gpu: gpu_software_missing"};
  table.set(0, lacking, start);
  table.set(1, record("b", 1, "6.1"), start);
  table.sort_by(3, false);  // by load: the reason stays with its host
  const std::vector<std::string> lines{"HOST  STATUS           AGE  LOAD▲  KERNEL",
                                       "b     ok               0 s  1.00   6.1",
                                       "a     ok               0 s  2.00   6.1", "    gpu: gpu_software_missing"};
  CHECK(table.draw(0, 10, 0, start) == lines);
  CHECK(table.size() == 3);
  CHECK(table.draw(2, 1, 12, start).back() == "    gpu: gp…");
  table.set_only_failures(true);  // it needs someone
  CHECK(table.size() == 2);
  table.set_only_failures(false);
  // Told once, in place of what is not known any more.
  table.set(0, no_answer("a", Code::connection_reset, "cut off"), start);
  CHECK(table.draw(0, 10, 0, start).back() == "    cut off");
  table.set(0, record("a", 2, "6.1"), start);
  CHECK(table.size() == 2);
}

TEST_CASE("the highest values of a fleet are known, and how many are to be noticed", "[render]") {
  View view = ping_view();
  view.columns = {column("temp", "data.celsius", Unit::celsius), column("kernel", "data.kernel")};
  view.columns[0].levels = hot;
  auto table = table_of(view, {"a", "b", "c"});
  CHECK(table.peaks().empty());
  table.set(0, answer("a", {{"celsius", 61.25}}), start);
  CHECK(table.peaks() == std::vector<std::string>{"temp 61.2 °C"});
  table.set(1, answer("b", {{"celsius", 83.5}}), start);
  table.set(2, answer("c", {{"celsius", 70}}), start);
  CHECK(table.peaks() == std::vector<std::string>{"temp 83.5 °C (2 from 70.0 °C on)"});
  table.set(1, no_answer("b", Code::connection_reset, "cut off"), start);  // nobody knows now
  CHECK(table.peaks() == std::vector<std::string>{"temp 70.0 °C (1 from 70.0 °C on)"});
  CHECK(table_of(view, {"alone"}).peaks().empty());
}

TEST_CASE("ages are told in the unit that fits", "[render]") {
  struct Case {
    std::chrono::seconds age;
    const char* text;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>(
      {{-1s, " 0 s"}, {0s, " 0 s"}, {119s, " 119 s"}, {120s, " 2 min"}, {7199s, " 119 min"}, {7200s, " 2 h"}}));
  auto table = table_of(small_view(), {"a"});
  table.set(0, record("a", 1, ""), start + 100s);
  CHECK_THAT(table.draw_host(0, start + 100s + c.age).front(), Catch::Contains(c.text));
}

TEST_CASE("a screen's table is sorted by any of its columns, as they stand on it, both ways", "[render]") {
  struct Case {
    const char* name;
    std::optional<std::size_t> column;
    const char *up, *down;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"inventory order", std::nullopt, "abcdef", "abcdef"},
      {"host", 0, "abcdef", "fedcba"},
      {"status: failures first", 1, "cdefab", "abfecd"},
      {"age: the latest first", 2, "cabdef", "bacdef"},  // those without any are last
      {"a number", 3, "cabdef", "bacdef"},               // by its value, not by its digits
      {"a text", 4, "cbadef", "abcdef"},
  }));
  DYNAMIC_SECTION(c.name) {
    auto table = every_kind();
    REQUIRE(table.columns() == 5);
    for (const bool descending : {false, true}) {
      table.sort_by(c.column, descending);
      CHECK(table.sorted_by() == c.column);
      CHECK(table.descending() == descending);
      CHECK(order(table) == (descending ? c.down : c.up));
      const std::string header = table.draw(0, 0, 0, start).front();
      const bool marked = header.find(descending ? "▼" : "▲") != std::string::npos;
      CHECK(marked == c.column.has_value());
    }
  }
}

TEST_CASE("the statuses of a screen's table are sorted by how much they need someone", "[render]") {
  auto table = table_of(small_view(), {"o", "c", "s", "w", "l", "f", "u"});
  const auto with = [](Status status) {
    HostResult result = record("", 1, "");
    result.status = status;
    return result;
  };
  table.set(0, with(Status::ok), start);
  table.set(1, with(Status::changed), start);
  table.set(2, with(Status::skipped), start);
  table.set(4, with(Status::ok), start);
  table.set(5, with(Status::failed), start);
  table.set(6, with(Status::unreachable), start);
  table.set_late(4, true);
  table.sort_by(1, false);
  REQUIRE(table.size() == 7);
  std::string words;
  for (const auto& line : table.draw(0, 7, 0, start)) words += line.substr(6, line.find(' ', 6) - 6) + ' ';
  CHECK(words == "STATUS▲ unreachable failed late waiting skipped changed ok ");
}

TEST_CASE("a view's sort key is where a screen's table begins", "[render]") {
  struct Case {
    const char *sort, *order;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>(
      {{"", "abcdef"}, {"status", "cdefab"}, {"-load", "bacdef"}, {"kernel", "cbadef"}}));
  View view = small_view();
  view.sort = c.sort;
  auto table = every_kind(std::move(view));
  CHECK(order(table) == c.order);
}

TEST_CASE("without ages a failure takes the place of the values, and there is no column for them", "[render]") {
  auto table = table_of(small_view(), {"a"}, false);
  CHECK(table.columns() == 4);
  table.set(0, record("a", 1, "6.1"), start);
  CHECK(table.draw_host(0, start) == std::vector<std::string>{"a     ok           1.00  6.1"});
  table.set(0, no_answer("a", Code::connection_reset, "cut off"), start);
  CHECK(table.draw_host(0, start) == std::vector<std::string>{"a     unreachable  cut off"});
}

TEST_CASE("a host is late until it answers", "[render]") {
  auto table = table_of(small_view(), {"a", "b"});
  table.set(0, record("a", 1, "6.1"), start);
  table.set_late(0, true);
  table.set_late(1, true);
  CHECK_THAT(table.draw_host(0, start).front(), Catch::StartsWith("a     late ") && Catch::Contains("6.1"));
  CHECK_THAT(table.draw_host(1, start).front(), Catch::StartsWith("b     late "));
  table.set(0, record("a", 2, "6.1"), start);
  CHECK_THAT(table.draw_host(0, start).front(), Catch::StartsWith("a     ok "));
}

TEST_CASE("values that are not those of now are dim", "[render]") {
  View view = small_view();
  view.colour = true;
  auto table = every_kind(std::move(view));
  table.set_late(1, true);
  const auto is_dim = [&](std::size_t host) { return table.draw_host(host, start).front().starts_with("\x1b[2m"); };
  std::string dim;
  for (std::size_t host = 0; host < 6; ++host) dim += is_dim(host) ? "dim " : "- ";
  CHECK(dim == "- dim dim dim dim dim ");
  // The status has a colour, whose end would end the dimness too.
  CHECK_THAT(table.draw_host(2, start).front(), Catch::Contains("\x1b[0m\x1b[2m") && Catch::EndsWith("\x1b[0m"));
}

TEST_CASE("only hosts that fail or are late stand on a screen of failures", "[render]") {
  View view = small_view();
  view.only_failures = true;
  auto table = every_kind(std::move(view));
  CHECK(order(table) == "cde");
  table.set_late(0, true);
  CHECK(order(table) == "acde");
  table.set(2, record("c", 1, ""), start);
  table.set_late(0, false);
  CHECK(order(table) == "de");
}

TEST_CASE("a host has a line for each element of a list", "[render]") {
  View view = small_view();
  view.columns = {column("mount", "data.disks.*.mount"), column("model", "data.model")};
  auto table = table_of(std::move(view), {"a", "b"});
  table.set(0, answer("a", {{"model", "Pi"}, {"disks", {{{"mount", "/"}}, {{"mount", "/boot"}}}}}), start);
  table.set(1, answer("b", {{"disks", {{{"mount", "/a"}}}}}), start);
  CHECK(table.size() == 3);
  CHECK(table.draw_host(0, start) == std::vector<std::string>{
                                         "a     ok               0 s  /      Pi",
                                         "a     ok               0 s  /boot  Pi",
                                     });
  table.sort_by(3, true);
  CHECK(order(table) == "aba");  // /boot, /a, /
  table.set(0, answer("a", {{"disks", {{{"mount", "/"}}}}}), start);
  CHECK(table.size() == 2);
}

TEST_CASE("columns stay as wide as they ever were", "[render]") {
  auto table = table_of(small_view(), {"a", "b"});
  table.set(0, record("a", 1, "a-long-name"), start);
  const std::string header = table.draw(0, 0, 0, start).front();
  const std::string other = table.draw_host(1, start).front();
  table.set(0, record("a", 1, "6"), start);
  CHECK(table.draw(0, 0, 0, start).front() == header);
  CHECK(table.draw_host(1, start).front() == other);
}

TEST_CASE("a screen's table draws the lines that it is asked for, however many hosts there are", "[render]") {
  const std::size_t count = GENERATE(1, 3, 300);
  auto table = table_of(small_view(), names(count));
  for (std::size_t i = 0; i < count; ++i)
    table.set(i, record(names(count)[i], static_cast<double>(count - i), "6.1"), start);
  CHECK(table.size() == count);
  CHECK(table.draw(0, 5, 0, start).size() == 1 + std::min<std::size_t>(count, 5));
  CHECK(table.draw(count - 1, 5, 0, start).size() == 2);
  CHECK(table.draw(count, 5, 0, start).size() == 1);
  CHECK(table.draw(count + 7, 5, 0, start).size() == 1);
  table.sort_by(3, false);
  CHECK_THAT(table.draw(0, 1, 0, start).back(), Catch::StartsWith(names(count).back()));
}

TEST_CASE("lines of a screen are never wider than it, and always one line each", "[render]") {
  const std::size_t width = GENERATE(range<std::size_t>(1, 120));
  View view = small_view();
  view.width = 0;
  auto table = table_of(std::move(view), {"server-with-a-name", "라즈베리01", "quiet"});
  table.set(0, record("server-with-a-name", 1, "a kernel with a name that is longer than any of the others"), start);
  table.set(1,
            no_answer("라즈베리01", Code::connect_refused,
                      "192.0.2.7 port 22 refused the connection\nand said why in words that go on and on"),
            start);
  for (const std::string& line : table.draw(0, 3, width, start)) {
    INFO(width << ": " << line);
    CHECK(line.find('\n') == std::string::npos);
    // Names and statuses are not cut: below their width the caller's screen has to.
    CHECK(display_width(line) <= std::max<std::size_t>(width, 18 + 2 + 11));
  }
}

TEST_CASE("what a host sends moves no cursor of a screen", "[render]") {
  auto table = table_of(small_view(), {"a"});
  table.set(0, record("a", 1, "6\x1b[2J\n.1"), start);
  CHECK_THAT(table.draw_host(0, start).front(), Catch::EndsWith("6\\x1b[2J .1"));
}

TEST_CASE("a screen's table of a column that does not exist is not made", "[render]") {
  View view = small_view();
  view.sort = "lod";
  const auto table = ScreenTable::make(std::move(view), {"a"}, true);
  REQUIRE_FALSE(table);
  CHECK(table.error().code == Code::usage);
}

TEST_CASE("a filter leaves the lines that hold its text, in whatever capitals", "[screen]") {
  auto table = every_kind();
  const auto hosts = [&table](const std::string& text) {
    table.filter(text);
    std::string names;
    const auto lines = table.draw(0, 10, 0, start + 9s);
    for (std::size_t i = 1; i < lines.size(); ++i) names += lines[i].front();
    return names;
  };
  CHECK(hosts("6.1") == "ab");
  CHECK(hosts("REFUSED") == "d");
  CHECK(hosts("unreach") == "c d");  // why is told below c
  CHECK(hosts("nothing of the kind").empty());
  CHECK(hosts("").size() == 7);
}

TEST_CASE("only those that need someone are left when that is asked for", "[screen]") {
  auto table = every_kind();
  table.set_late(0, true);
  table.set_only_failures(true);
  CHECK(table.size() == 5);  // a is late, c and d unreachable, e failed; why is a line of its own below c
  table.set_late(0, false);
  CHECK(table.size() == 4);
  table.set_only_failures(false);
  CHECK(table.size() == 7);
}

TEST_CASE("details tell all of a host: why it failed, and the values from before", "[screen]") {
  View view = small_view();
  view.columns.push_back(column("machine", "data.machine", Unit::none, true));
  auto table = table_of(view, {"a", "b"});
  HostResult first = record("a", 9.5, "6.12");
  first.data["machine"] = "Raspberry Pi 5";
  table.set(0, first, start + 1s);
  CHECK(table.details(0, 80, start + 4s) == std::vector<std::string>{"host     a", "status   ok, values are 3 s old",
                                                                     "load     9.50", "kernel   6.12",
                                                                     "machine  Raspberry Pi 5"});
  HostResult down = no_answer("a", Code::connect_refused, "a: nobody listens there");
  down.error->hint = "is sshd running?";
  table.set(0, down, start + 5s);
  const auto lines = table.details(0, 80, start + 6s);
  CHECK(lines.at(1) == "status   unreachable, values are 5 s old");
  CHECK(lines.at(2) == "why      nobody listens there");
  CHECK(lines.at(3) == "hint     is sshd running?");
  CHECK(lines.back() == "machine  Raspberry Pi 5");
  CHECK(table.details(1, 80, start + 6s) == lines);  // the line below it that tells why
  CHECK(table.details(2, 80, start) == std::vector<std::string>{"host     b", "status   waiting"});
  CHECK(table.details(3, 80, start).empty());
  for (const std::string& line : table.details(0, 20, start + 6s)) CHECK(display_width(line) <= 20);
}

}  // namespace cef::render::screen_table_tests

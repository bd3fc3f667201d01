// cef report: one page that needs nothing but itself, opened in a browser.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace cef::testing;

namespace {

// What stands between the first `begin` after `from` and the next `end`.
std::string between(const std::string& text, const std::string& from, const std::string& begin,
                    const std::string& end) {
  auto at = text.find(from);
  if (at == std::string::npos || (at = text.find(begin, at)) == std::string::npos) return "";
  at += begin.size();
  return text.substr(at, text.find(end, at) - at);
}

// Notes what goes wrong in the page, from its beginning, and what it fetches or wants to.
constexpr const char* watcher = R"(<head><script>
addEventListener("error", event => { document.documentElement.dataset.error = event.message; });
addEventListener("securitypolicyviolation", event => { document.documentElement.dataset.blocked = event.blockedURI; });
</script>)";
// What only a script can see of it: how wide it is, what it fetched, and what a pointer over a chart shows.
constexpr const char* asker = R"(<script>
const root = document.documentElement;
root.dataset.sideways = root.scrollWidth > innerWidth;
root.dataset.width = innerWidth;
root.dataset.fetched = performance.getEntriesByType("resource").filter(each => !each.name.startsWith("data:")).length;
const plot = document.querySelector(".plot"), box = plot.getBoundingClientRect();
plot.dispatchEvent(new PointerEvent("pointermove", { clientX: box.right - 9, clientY: box.top + 50 }));
</script></body>)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.rfind(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

// The page's elements after its script has run.
std::string opened(const std::filesystem::path& page, int width) {
  const TempDir folder;
  write_file(folder / "watched.html", replaced(replaced(read_file(page), "</body>", asker), "<head>", watcher));
  const auto result =
      run({"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
           "--user-data-dir=" + (folder / "profile").string(), "--window-size=" + std::to_string(width) + ",800",
           "--dump-dom", "file://" + (folder / "watched.html").string()},
          {.env = {{"HOME", folder.path().string()}, {"TZ", "UTC"}}});
  INFO("chromium (scripts/deps --test installs it): " << result.err.substr(0, 2000));
  REQUIRE(result.exit_code == 0);
  const auto head = result.out.substr(0, result.out.find("<head>"));
  INFO(head);
  CHECK(count(head, "data-error") == 0);
  CHECK(count(head, "data-blocked") == 0);
  CHECK(count(head, "data-fetched=\"0\"") == 1);
  CHECK(count(head, "data-sideways=\"false\"") == 1);
  return result.out;
}

}  // namespace

TEST_CASE("the report is one page with a chart for each metric", "[e2e][report]") {
  const Sshd server;
  const RefusedPort refused;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add("n2", server);
  fleet.add({.name = "gone", .port = refused.port()});
  // What an inventory may call a host.
  const std::string evil = "</script><img src=http://127.0.0.1:9/x onerror=alert(1)>&amp;";
  fleet.add({.name = "\"" + evil + "\"", .port = refused.port(), .group = "odd"});
  fleet.add({.name = "new", .port = refused.port(), .group = "later"});
  const auto page = fleet.folder() / "report.html";
  const auto report = [&] { return fleet.cef({"report", "-o", page.string(), "--since", "10m"}); };

  const auto early = report();
  CHECK(early.exit_code == 3);
  CHECK_THAT(early.err, Catch::Contains("nothing is stored yet"));
  CHECK_FALSE(std::filesystem::exists(page));

  for (int i = 0; i < 3; ++i) REQUIRE(fleet.cef({"snapshot", "group=fleet,odd", "--store", "-q"}).exit_code == 4);
  const auto connections = server.connections();
  const auto made = report();
  INFO(made.told());
  REQUIRE(made.exit_code == 0);
  CHECK(made.out.empty());
  CHECK(server.connections() == connections);

  const auto text = read_file(page);
  CHECK(count(text, "</script>") == 2);
  CHECK(count(text, "<img") == 0);
  CHECK(count(text, "@import") + count(text, "url(") + count(text, "<link rel=\"stylesheet\"") == 0);
  CHECK_THAT(text, Catch::Contains("<meta name=\"viewport\" content=\"width=device-width"));

  for (const int width : {1280, 390}) {
    INFO(width);
    const auto dom = opened(page, width);
    // Processor, memory and disk of two hosts; whether there is a temperature depends on the machine.
    const auto charts = count(dom, "<svg class=\"plot\"");
    CHECK(charts >= 3);
    CHECK(count(dom, "class=\"curve\" stroke=") == 2 * charts);
    CHECK(count(dom, "Memory used") >= 1);
    CHECK(count(dom, ">100 %</text>") >= 3);  // an axis
    CHECK_THAT(between(dom, "Memory used</h3>", "class=\"curve\" ", "</path>"),
               Catch::Matches(".* d=\"M[0-9. LMh-]+\".*"));
    CHECK_THAT(between(dom, "Hosts up", "class=\"value\">", "<"), Catch::Equals("2 of 5"));
    const auto troubles = between(dom, "id=\"troubles\"", "<tbody>", "</table>");
    CHECK(count(troubles, "connect_refused; never up") == 2);
    CHECK(count(troubles, "in the inventory, but never stored") == 1);
    CHECK(count(troubles, "&lt;/script&gt;&lt;img src=http://127.0.0.1:9/x onerror=alert(1)&gt;&amp;amp;") == 1);
    CHECK(count(dom, "<img") == 0);
    // The last part of the time has values, which the pointer shows.
    const auto tip = between(dom, "class=\"tip\" style=\"visibility: visible", ">", "<div class=\"card");
    CHECK(count(tip, "n1") == 1);
    CHECK(count(tip, "%") + count(tip, "°C") == 2);
    CHECK(count(dom, "class=\"card host\"") == 5);
  }
}

TEST_CASE("a report of many hosts is a map and a table, and says what goes on after a tie", "[e2e][report]") {
  const Sshd server;
  const RefusedPort refused;
  Fleet fleet;
  fleet.add("n1", server);
  for (int i = 1; i <= 70; ++i) fleet.add({.name = "gone" + std::to_string(i), .port = refused.port()});
  REQUIRE(fleet.cef({"mem", "group=fleet", "--store", "-q"}).exit_code == 4);
  const auto page = fleet.folder() / "report.html";
  REQUIRE(fleet.cef({"report", "--metric", "mem.used_pct", "-o", page.string()}).exit_code == 0);
  for (const int width : {1200, 390}) {
    INFO(width);
    const auto dom = opened(page, width);
    CHECK(count(dom, "class=\"card host\"") == 0);
    CHECK(count(between(dom, "class=\"map\"", ">", "</div>"), "<i ") == 71);
    CHECK(count(between(dom, "id=\"every\"", "<tbody>", "</table>"), "<tr>") == 50);
    CHECK(count(dom, "and 21 more: type a part of a name") == 1);
    CHECK(count(dom, "; one round so far") >= 1);
    CHECK(count(dom, "class=\"curve dots\"") == 1);  // a dot that can be seen
  }
}

TEST_CASE("the report as a folder has a page for each host, the runs, and what was delivered", "[e2e][report]") {
  const Sshd server;
  const RefusedPort refused;
  Fleet fleet;
  fleet.add("n1", server);
  const std::string evil = "</script><img src=x>/../";
  fleet.add({.name = "\"" + evil + "\"", .port = refused.port()});
  REQUIRE(fleet.cef({"mem", "group=fleet", "--store", "-q"}).exit_code == 4);
  write_file(fleet.folder() / "model.bin", "some bytes");
  const auto dest = (fleet.folder() / "there.bin").string();
  REQUIRE(fleet.cef({"push", (fleet.folder() / "model.bin").string(), "host=n1", "--dest", dest}).exit_code == 0);
  const auto folder = fleet.folder() / "pages";
  const auto connections = server.connections();
  const auto made = fleet.cef({"report", "--metric", "mem.used_pct", "--out", folder.string()});
  INFO(made.told());
  REQUIRE(made.exit_code == 0);
  CHECK(made.out.empty());
  CHECK(server.connections() == connections);

  // Every link leads to a page that is there, and every page is linked.
  std::size_t pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) pages += entry.is_regular_file() ? 1 : 0;
  CHECK(pages == 5);
  const std::string index = read_file(folder / "index.html");
  std::size_t links = 0;
  for (auto at = index.find("href=\""); at != std::string::npos; at = index.find("href=\"", at + 1)) {
    const auto name = index.substr(at + 6, index.find('"', at + 6) - at - 6);
    if (name.starts_with("data:")) continue;
    CAPTURE(name);
    CHECK(name.find('/') == std::string::npos);
    CHECK(std::filesystem::exists(folder / name));
    ++links;
  }
  CHECK(links == 4);
  for (const int width : {1200, 390}) {
    INFO(width);
    const auto host = opened(folder / "host-n1.html", width);
    CHECK(count(host, "<svg class=\"plot\"") == 1);
    CHECK(count(between(host, "<h2>Runs</h2>", "<tbody>", "</table>"), "<tr>") == 2);
    CHECK_THAT(between(host, "<h2>Delivered</h2>", "<tbody>", "</table>"), Catch::Contains("there.bin"));
    CHECK(count(opened(folder / "index.html", width), "host-n1.html") == 1);
  }
  const std::string runs = read_file(folder / "runs.html");
  CHECK(count(between(runs, "<h2>The last runs</h2>", "<tbody>", "</table>"), "<tr>") == 2);
  CHECK_THAT(runs, Catch::Contains("1 ok, 1 unreachable"));
  const auto delivered = between(read_file(folder / "deliveries.html"), "<h2>Delivered</h2>", "<tbody>", "</table>");
  CHECK_THAT(delivered, Catch::Contains("<a href=\"host-n1.html\">n1</a>"));
  CHECK(count(delivered, "<tr>") == 1);
  CHECK_THAT(delivered, Catch::Contains("<td class=\"of-where\">" + dest + "</td>"));
  CHECK(fleet.cef({"report", "--out", folder.string(), "-o", "x.html"}).exit_code == 5);

  // Once more, over the pages that are there.
  REQUIRE(fleet.cef({"report", "--metric", "mem.used_pct", "--out", folder.string()}).exit_code == 0);
  std::size_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) left += entry.exists() ? 1 : 0;
  CHECK(left == pages);
}

TEST_CASE("a report's folder is cef's own, and its pages come all or not at all", "[e2e][report]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  REQUIRE(fleet.cef({"mem", "group=fleet", "--store", "-q"}).exit_code == 0);
  const auto folder = fleet.folder() / "pages";
  const auto refused = [&](const std::filesystem::path& name, const std::string& why) {
    const auto result = fleet.cef({"report", "--out", name.string()});
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK_THAT(result.err, Catch::Contains(why));
  };
  std::filesystem::create_directories(folder);
  write_file(folder / "index.html", "<h1>my own page</h1>");
  refused(folder, "cef did not make it");
  CHECK(read_file(folder / "index.html") == "<h1>my own page</h1>");
  CHECK_FALSE(std::filesystem::exists(folder / "runs.html"));
  std::filesystem::remove(folder / "index.html");
  write_file(fleet.folder() / "elsewhere.html", "kept");
  std::filesystem::create_symlink(fleet.folder() / "elsewhere.html", folder / "index.html");
  refused(folder, "cef did not make it");
  refused(fleet.folder() / "elsewhere.html", "Not a directory");
  refused("-", "is no name of a folder");
  CHECK(read_file(fleet.folder() / "elsewhere.html") == "kept");
  std::filesystem::remove(folder / "index.html");
  // One page has no place: none of the others is new.
  std::filesystem::create_directories(folder / "host-n1.html" / "in-the-way");
  const auto blocked = fleet.cef({"report", "--out", folder.string()});
  INFO(blocked.told());
  CHECK(blocked.exit_code == 1);
  CHECK_THAT(blocked.err, Catch::Contains("cannot replace"));
  std::size_t there = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) there += entry.exists() ? 1 : 0;
  CHECK(there == 1);
}

TEST_CASE("what a probe could not find out stands in the report", "[e2e][report]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  // A file system that the host's df cannot tell of.
  std::filesystem::create_directories(server.home() / "bin");
  write_file(server.home() / "bin/df", "#!/bin/sh\nexit 1\n", 0755);
  const auto snapshot = fleet.cef({"snapshot", "host=n1", "--store", "--format", "json"});
  INFO(snapshot.told());
  REQUIRE(snapshot["n1"]["data"]["disk"].contains("error"));
  const auto page = fleet.folder() / "report.html";
  REQUIRE(fleet.cef({"report", "-o", page.string()}).exit_code == 0);
  const auto failures = [&] { return between(opened(page, 1200), "id=\"failures\"", "<tbody>", "</table>"); };
  CHECK_THAT(failures(), Catch::Contains("n1") && Catch::Contains("disk: unexpected_output"));
  // Not what was the matter once.
  std::filesystem::remove(server.home() / "bin/df");
  REQUIRE(fleet.cef({"snapshot", "host=n1", "--store", "-q"}).exit_code == 0);
  REQUIRE(fleet.cef({"report", "-o", page.string()}).exit_code == 0);
  CHECK(failures().empty());
}

TEST_CASE("hosts are up, down, missing or were never stored", "[e2e][report]") {
  const Sshd server;
  const RefusedPort refused;
  Fleet fleet;
  for (const auto* name : {"n1", "n2", "new"}) fleet.add(name, server);
  fleet.add({.name = "gone", .port = refused.port()});
  const auto states = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words{"report", "--metric", "mem.used_pct"};
    words.insert(words.end(), options.begin(), options.end());
    const auto result = fleet.cef(words);
    INFO(result.told());
    REQUIRE(result.exit_code == 0);
    const auto content = nlohmann::json::parse(between(result.out, "id=\"data\"", ">", "</script>"));
    std::string told;
    for (const auto& host : content.at("hosts"))
      told += host.at("name").get<std::string>() + " " + host.at("state").get<std::string>() + ", ";
    return told;
  };
  CHECK(fleet.cef({"mem", "host=n1,gone", "--store"}).exit_code == 4);
  CHECK(states({}) == "n1 up, n2 never, new never, gone down, ");
  CHECK(states({"-o", "-"}) == "n1 up, n2 never, new never, gone down, ");
  CHECK(fleet.cef({"mem", "host=n2", "--store"}).exit_code == 0);
  CHECK(states({}) == "n1 up, n2 up, new never, gone down, ");
  CHECK(states({"--missing-after", "1ms"}) == "n1 missing, n2 up, new never, gone missing, ");
  CHECK(states({"--since", "1ms"}) == "n1 missing, n2 missing, new never, gone missing, ");
  CHECK(states({"--since", "2h", "--until", "1h"}) == "n1 never, n2 never, new never, gone never, ");
  CHECK(states({"host=n2,gone"}) == "n2 up, gone down, ");
}

TEST_CASE("what cannot become a report is said", "[e2e][report]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  REQUIRE(fleet.cef({"mem", "host=n1", "--store"}).exit_code == 0);
  const auto refused = [&](const std::vector<std::string>& words, int code, const std::string& why) {
    const auto result = fleet.cef(words);
    INFO(result.told());
    CHECK(result.exit_code == code);
    CHECK_THAT(result.err, Catch::Contains(why));
  };
  refused({"report", "-o", "/proc/none/report.html"}, 5, "there is no folder /proc/none");
  refused({"report", "host=n2", "-o", (fleet.folder() / "r.html").string()}, 3, "n2");
  refused({"report", "--metric", "mem.usd_pct", "-o", (fleet.folder() / "r.html").string()}, 5,
          "did you mean 'mem.used_pct'?");
  refused({"report", "--missing-after", "soon", "-o", (fleet.folder() / "r.html").string()}, 5,
          "--missing-after: 'soon'");
  CHECK_FALSE(std::filesystem::exists(fleet.folder() / "r.html"));
  // Without a file it goes where a pipe leads.
  const auto piped = fleet.cef({"report"});
  CHECK(piped.exit_code == 0);
  CHECK_THAT(piped.out, Catch::StartsWith("<!doctype html>") && Catch::EndsWith("</html>\n"));
}

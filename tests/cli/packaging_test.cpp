// The samples in packaging/ speak of what there is.
#include "app.hpp"
#include "help.hpp"

#include <cef/core/file.hpp>
#include <cef/render/render.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <regex>
#include <set>

namespace cef::cli {

namespace {

std::string packaged(const std::string& name) {
  const auto text = read_file(CEF_SOURCE "/packaging/" + name);
  REQUIRE(text);
  return *text;
}

// Every text in a document, whatever it belongs to.
void collect(const Value& value, std::string& text) {
  if (value.is_string()) text += value.get<std::string>() + '\n';
  if (value.is_structured())
    for (const Value& each : value) collect(each, text);
}

}  // namespace

TEST_CASE("the dashboard asks Prometheus for metrics that cef writes", "[packaging]") {
  const Value dashboard = Value::parse(packaged("grafana/cef.json"));
  std::set<std::string> known;
  for (const Verb& verb : verbs())
    for (const std::string& name : render::prometheus_names(verb.metrics)) known.insert(name);
  std::string text;
  collect(dashboard.at("panels"), text);
  collect(dashboard.at("templating"), text);
  const std::regex name("\\bcef_[a-z0-9_]+");
  std::set<std::string> asked;
  for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it) asked.insert(it->str());
  CHECK(asked.size() > 15);
  for (const std::string& each : asked) {
    CAPTURE(each);
    CHECK(known.contains(each));
  }
  std::set<int> ids;
  for (const Value& panel : dashboard.at("panels")) {
    CAPTURE(panel.at("title"));
    CHECK(ids.insert(panel.at("id").get<int>()).second);
    CHECK_FALSE(panel.at("targets").empty());
  }
}

TEST_CASE("cron, systemd and plugin samples use verbs, options and formats that there are", "[packaging]") {
  for (const auto* file : {"cron/cef", "systemd/cef-snapshot.service", "systemd/cef-report.service",
                           "checkmk/cef_snapshot", "nagios/check_cef"}) {
    const std::string text = packaged(file);
    CAPTURE(file);
    const std::regex option(R"( --([a-z][a-z-]*))"), format(R"(--format ([a-z]+))");
    int options = 0;
    for (std::sregex_iterator it(text.begin(), text.end(), option), end; it != end; ++it, ++options) {
      const std::string name = (*it)[1].str();
      CAPTURE(name);
      const auto is_named = [&](const auto& known) { return known.name == name; };
      CHECK((std::ranges::any_of(option_specs(), is_named) || std::ranges::any_of(verbs(), [&](const Verb& verb) {
               return std::ranges::any_of(verb.options, is_named);
             })));
    }
    CHECK(options > 0);
    for (std::sregex_iterator it(text.begin(), text.end(), format), end; it != end; ++it)
      CHECK(render::format_from((*it)[1].str()));
  }
}

TEST_CASE("what the samples report on is what they store, and what grows is pruned", "[packaging]") {
  for (const auto* file : {"cron/cef", "systemd/cef-snapshot.service"})
    CHECK(packaged(file).find("cef snapshot group=all --store ") != std::string::npos);
  for (const auto* file : {"cron/cef", "systemd/cef-report.service"}) {
    CHECK(packaged(file).find("cef report --since 24h --output ") != std::string::npos);
    CHECK(packaged(file).find("cef runs --prune") != std::string::npos);
  }
}

TEST_CASE("the program, its release notes and its package are of one version", "[packaging]") {
  const auto changes = read_file(CEF_SOURCE "/CHANGELOG.md");
  REQUIRE(changes);
  std::smatch release;
  REQUIRE(std::regex_search(*changes, release, std::regex("\n## ([0-9.]+) \\([0-9]{4}-[0-9]{2}-[0-9]{2}\\)\n")));
  CHECK(version_text().starts_with("cef " + release[1].str() + "\n"));
  CHECK(packaged("debian/changelog").starts_with("cef (" + release[1].str() + "-"));
}

TEST_CASE("systemd takes the units", "[packaging]") {
  if (std::system("command -v systemd-analyze >/dev/null") != 0) return;
  const std::string units = CEF_SOURCE "/packaging/systemd/cef-";
  for (const auto* name : {"snapshot", "report"})
    CHECK(std::system(("systemd-analyze verify " + units + name + ".service " + units + name + ".timer").c_str()) == 0);
}

}  // namespace cef::cli

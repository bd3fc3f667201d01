#include "help.hpp"

#include <cef/core/text.hpp>
#include <cef/render/render.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>
#include <sstream>

namespace cef::cli {

namespace {

std::size_t widest(const std::string& text) {
  std::istringstream lines(text);
  std::size_t width = 0;
  for (std::string line; std::getline(lines, line);) width = std::max(width, display_width(line));
  return width;
}

}  // namespace

TEST_CASE("help names every option and fits a terminal", "[cli]") {
  const std::string help = program_help();
  for (const Param& spec : option_specs()) CHECK(help.find("--" + std::string(spec.name)) != std::string::npos);
  for (const Verb& verb : verbs()) CHECK(help.find("\n  " + verb.name) != std::string::npos);
  CHECK(widest(help) <= 80);
}

TEST_CASE("every verb's help has a purpose, an example and the exit codes", "[cli]") {
  for (const Verb& verb : verbs()) {
    CAPTURE(verb.name);
    const std::string help = verb_help(verb);
    CHECK(help.starts_with("cef " + verb.name + ": "));
    CHECK(help.find("Examples:\n  cef " + verb.name) != std::string::npos);
    CHECK(help.find("Exit codes:") != std::string::npos);
    for (const Param& option : verb.options) CHECK(help.find("--" + std::string(option.name)) != std::string::npos);
  }
}

TEST_CASE("a verb's help has the options that it knows and no other", "[cli]") {
  const auto has = [](const char* verb, const std::string& option) {
    return verb_help(*find_verb(verb)).find(" --" + option + " ") != std::string::npos;
  };
  CHECK(has("exec", "become"));
  CHECK_FALSE(has("ping", "become"));
  CHECK_FALSE(has("hosts", "forks"));
  CHECK_FALSE(has("report", "format"));
  CHECK_FALSE(has("watch", "fold"));
  CHECK(has("snapshot", "become-user"));
  CHECK(has("report", "output"));
}

TEST_CASE("a verb's own options have names of their own", "[cli]") {
  for (const Verb& verb : verbs())
    for (const Param& option : verb.options) {
      CAPTURE(verb.name, option.name);
      for (const Param& shared : option_specs()) CHECK_FALSE((verb.has(shared) && shared.name == option.name));
      std::size_t same = 0;
      for (const Param& other : verb.options) same += other.name == option.name ? 1 : 0;
      CHECK(same == 1);
    }
}

TEST_CASE("help has the formats that there are, and what holds otherwise", "[cli]") {
  const std::string help = program_help();
  CHECK(help.find("table, json, ndjson, csv, yaml, names, raw") != std::string::npos);
  CHECK(help.find("jq 'select(.host)' (table)") != std::string::npos);
  CHECK(verb_help(*find_verb("netspeed")).find("ssh, iperf3, speedtest or http (ssh)") != std::string::npos);
}

TEST_CASE("every name in a verb's csv header is there once, and no blank or sign in any", "[cli]") {
  for (const Verb& verb : verbs()) {
    CAPTURE(verb.name);
    render::View view;
    view.columns = verb.columns;
    std::string text;
    const auto renderer =
        render::make_renderer(render::Format::csv, view, [&](std::string_view bytes) { text += bytes; });
    REQUIRE(renderer);
    (*renderer)->finish({});
    CAPTURE(text);
    std::vector<std::string> names = split_list(text.substr(0, text.find('\n')));
    CHECK(std::ranges::none_of(names, [](const std::string& name) {
      return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos;
    }));
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
  }
}

TEST_CASE("hints that every error of a run may have name options that every run has", "[cli]") {
  const std::regex option("--([a-z-]+)");
  for (int number = 0; number <= static_cast<int>(Code::io_failed); ++number) {
    const auto code = static_cast<Code>(number);
    // Those of a task or a transfer are of verbs of its own, which may have the option.
    const Stage stage = stage_of(code);
    if (stage == Stage::controller || stage == Stage::become || stage == Stage::task || stage == Stage::transfer)
      continue;
    const std::string hint(default_hint(code));
    for (std::sregex_iterator it(hint.begin(), hint.end(), option), end; it != end; ++it)
      for (const Verb& verb : verbs()) {
        const auto known = std::ranges::find(option_specs(), (*it)[1].str(), &Param::name);
        CAPTURE(hint, verb.name);
        REQUIRE(known != option_specs().end());
        if ((verb.groups & bit(group_login)) != 0) CHECK(verb.has(*known));
      }
  }
}

}  // namespace cef::cli

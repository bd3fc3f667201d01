#include "help.hpp"

#include <cef/core/text.hpp>
#include <cef/render/render.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

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

TEST_CASE("help on options names every option, and fits a terminal", "[cli]") {
  const auto help = help_about("options");
  REQUIRE(help);
  for (const Param& spec : option_specs()) CHECK(help->find("--" + std::string(spec.name)) != std::string::npos);
  CHECK(widest(*help) <= 80);
}

TEST_CASE("cef by itself is one screen: every verb, by what it is for, and where there is more", "[cli]") {
  const std::string help = program_help();
  CAPTURE(help);
  CHECK(std::count(help.begin(), help.end(), '\n') <= 24);
  CHECK(widest(help) <= 80);
  const auto place = [&help](const std::string& word) { return help.find(word); };
  REQUIRE(place("\nLook ") < place("\nAct "));
  REQUIRE(place("\nAct ") < place("\nPast "));
  for (const Verb& verb : verbs()) {
    CAPTURE(verb.name);
    const std::regex word("[ \n]" + verb.name + "[ \n,;]");
    CHECK(std::regex_search(help, word));
  }
  const std::string acting = help.substr(place("\nAct "), place("\nPast ") - place("\nAct "));
  CHECK(acting.find(" upgrade") != std::string::npos);
  CHECK(acting.find(" ping") == std::string::npos);
  CHECK(help.find("exit-codes") != std::string::npos);
}

TEST_CASE("help is wrapped at words to the width of the terminal", "[cli]") {
  for (const std::size_t width : {40, 60, 80, 120}) {
    CAPTURE(width);
    std::string all = program_help(width);
    for (const char* topic : {"verbs", "options", "formats", "exit-codes"}) all += *help_about(topic, width);
    for (const Verb& verb : verbs()) all += verb_page(verb, width).substr(0, verb_page(verb, width).find("\nExamples"));
    std::istringstream lines(all);
    for (std::string line; std::getline(lines, line);) {
      // An example, and an option with its value, stand as they are typed.
      if (line.starts_with("  cef ") || line.starts_with("      --") || line.starts_with("  -")) continue;
      CAPTURE(line);
      CHECK(display_width(line) <= width);
    }
  }
  CHECK(widest(*help_about("options", 120)) > 80);
}

TEST_CASE("a verb's page is short: usage, three examples, its own options, its columns", "[cli]") {
  for (const Verb& verb : verbs()) {
    CAPTURE(verb.name);
    std::string page = verb_page(verb);
    CHECK(page.starts_with("cef " + verb.name + ": "));
    CHECK(page.find("\nUsage: cef " + verb.name) != std::string::npos);
    CHECK(page.find("\n  cef " + verb.name) != std::string::npos);
    CHECK(page.find("cef help " + verb.name) != std::string::npos);
    CHECK(page.find("--forks") == std::string::npos);
    CHECK(page.size() < verb_help(verb).size());
    const auto lines = std::count(page.begin(), page.end(), '\n');
    CHECK(lines <= 24 + static_cast<long>(2 * verb.options.size()));
    if (verb.options.size() < 3) CHECK(lines <= 24);
    for (const Param& option : verb.options) CHECK(page.find("--" + std::string(option.name)) != std::string::npos);
    // A name of two words may have its line broken between them.
    for (std::size_t at = 0; (at = page.find("\n  ", at)) != std::string::npos;) page.replace(at, 3, " ");
    for (const Column& column : verb.columns) CHECK(page.find(column.name) != std::string::npos);
  }
}

TEST_CASE("help knows every verb, every format and every exit code, and what is near", "[cli]") {
  for (const Verb& verb : verbs())
    CHECK(help_about(verb.name).value_or("").find("cef " + verb.name) != std::string::npos);
  const std::string formats = help_about("formats").value_or("");
  for (const std::string& name : render::format_names())
    CHECK(("\n" + formats).find("\n  " + name + " ") != std::string::npos);
  const std::string codes = help_about("exit-codes").value_or("");
  for (const int code : {0, 1, 2, 3, 4, 5, 6, 8, 10, 75, 124, 130, 143})
    CHECK(std::regex_search(codes, std::regex(fmt::format("(^|\n|, )(  )?{}[ ,]", code))));
  CHECK(help_about("hosts").value_or("").find("rpi[6401-6406,6471]") != std::string::npos);
  CHECK(help_about("pign").error().message == "there is no help about 'pign': did you mean 'ping'?");
  CHECK(help_about("option").error().message == "there is no help about 'option': did you mean 'options'?");
  CHECK(help_about("df").error().message == "there is no help about 'df': did you mean 'disk'?");
}

TEST_CASE("the long version tells libraries, formats, verbs and modules", "[cli]") {
  const std::string text = long_version_text(80);
  CAPTURE(text);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
  CHECK(text.starts_with(version_text()));
  for (const char* library :
       {"libssh ", "OpenSSL ", "Boost 1.", "fmt ", "yaml-cpp ", "SQLite 3.", "PCRE2 10.", "libsodium "})
    CHECK(std::regex_search(text, std::regex(std::string(library) + "[0-9.]*[0-9]")));
  for (const std::string& format : render::format_names()) CHECK(text.find(format) != std::string::npos);
  CHECK(std::regex_search(text, std::regex("\nverbs [^\n]*(\n  [^\n]*)*completion,")));
  CHECK(text.find("lineinfile") != std::string::npos);
}

TEST_CASE("words of other tools lead to verbs that there are, and to none of cef's own names", "[cli]") {
  struct Case {
    const char *word, *verb;
  };
  for (const Case& c : {Case{"run", "exec"},
                        {"shell", "exec"},
                        {"cmd", "exec"},
                        {"list", "hosts"},
                        {"df", "disk"},
                        {"free", "mem"},
                        {"uptime", "os"},
                        {"facts", "os"},
                        {"top", "watch"},
                        {"copy", "push"}}) {
    CHECK(verb_by_habit(c.word) == c.verb);
    CHECK(find_verb(c.verb));
    CHECK_FALSE(find_verb(c.word));
  }
  CHECK(verb_by_habit("ping").empty());
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
  const std::string help = help_about("options").value_or("");
  CHECK(help.find("table, json, ndjson, csv, yaml, names, raw") != std::string::npos);
  CHECK(help.find("select(.host)") != std::string::npos);
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
        if ((verb.groups & bit(group_pace)) != 0) CHECK(verb.has(*known));
      }
  }
}

}  // namespace cef::cli

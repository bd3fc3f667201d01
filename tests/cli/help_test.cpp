#include "help.hpp"

#include <cef/core/text.hpp>

#include <catch2/catch.hpp>

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

}  // namespace cef::cli

#include "past/repeat.hpp"

#include "temp_dir.hpp"

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>

namespace cef::cli {

namespace {

const Verb* const exec = find_verb("exec");

// Reads a command line's options. Its folder has no configuration.
struct Typed {
  testing::TempDir home;
  Context context;

  explicit Typed(std::vector<std::string> words) {
    ::setenv("HOME", home.path().c_str(), 1);
    ::setenv("XDG_CONFIG_HOME", home.path().c_str(), 1);
    CLI::App app;
    context.options.declare(app);
    std::ranges::reverse(words);  // as CLI11 wants them
    app.parse(words);
    context.arguments = Arguments(exec->options);
    REQUIRE(context.options.complete(exec->groups));
  }
};

}  // namespace

TEST_CASE("what a run was given is given to its repetition", "[cli]") {
  Typed first({"--forks", "3", "--inventory", "a.yml", "--inventory", "b.yml"});
  first.context.arguments.set("script", "x.sh");
  first.context.has_command = true;
  first.context.command = {"uptime", "-p"};
  first.context.operands = {"install", "jq"};
  Typed again({});
  again.context.arguments.set("stream", "");
  REQUIRE(repeat(to_repeat(first.context), *exec, again.context));
  CHECK(again.context.options.text("forks") == "3");
  CHECK(again.context.options.find("forks")->name == "--forks");
  CHECK(again.context.options.is_forced("forks"));
  CHECK(again.context.options.values("inventory") == std::vector<std::string>{"a.yml", "b.yml"});
  CHECK(again.context.arguments.given() == first.context.arguments.given());
  CHECK(again.context.has_command);
  CHECK(again.context.command == first.context.command);
  CHECK(again.context.operands == first.context.operands);
  CHECK(to_repeat(again.context) == to_repeat(first.context));
}

TEST_CASE("a repetition's own options are stronger than those of the run", "[cli]") {
  const Typed first({"--forks", "3", "--timeout", "5s"});
  Typed again({"--forks", "7"});
  REQUIRE(repeat(to_repeat(first.context), *exec, again.context));
  CHECK(again.context.options.text("forks") == "7");
  CHECK(again.context.options.text("timeout") == "5s");
}

TEST_CASE("which hosts, and where results go, is not repeated", "[cli]") {
  const Typed first({"--limit", "rpi", "--output", "x", "--journal", "y", "--forks", "3"});
  const Value kept = to_repeat(first.context);
  CHECK(kept["options"].size() == 1);
  CHECK(kept["options"].contains("forks"));
  CHECK_FALSE(kept.contains("command"));
}

TEST_CASE("an environment's options are repeated as such, a config file's are read anew", "[cli]") {
  ::setenv("CEF_FORKS", "4", 1);
  const Typed first({});
  ::unsetenv("CEF_FORKS");
  const Value kept = to_repeat(first.context);
  CHECK(kept["options"]["forks"]["typed"] == false);
  Typed again({});
  REQUIRE(repeat(kept, *exec, again.context));
  CHECK(again.context.options.text("forks") == "4");
  CHECK(again.context.options.find("forks")->name == "CEF_FORKS");

  Typed configured({});
  std::filesystem::create_directories(configured.home / "cef");
  testing::write_file(configured.home / "cef/config.yml", "forks: 5\n");
  REQUIRE(configured.context.options.complete());
  CHECK(configured.context.options.text("forks") == "5");
  CHECK(to_repeat(configured.context)["options"].empty());
}

TEST_CASE("what was kept by another cef, or is broken, is passed over", "[cli]") {
  const char* kept = GENERATE("null", "[]", "3", R"({"options": 1, "verb_options": [], "command": "x"})",
                              R"({"options": {"forks": 3, "gone": {"values": ["x"]}}})");
  INFO(kept);
  Typed again({"--timeout", "5s"});
  REQUIRE(repeat(Value::parse(kept), *exec, again.context));
  CHECK(again.context.options.text("timeout") == "5s");
  CHECK_FALSE(again.context.options.text("forks"));
  CHECK_FALSE(again.context.has_command);
  CHECK(again.context.command.empty());
}

TEST_CASE("a file that a run is made of is read once, and never again", "[cli]") {
  const testing::TempDir folder;
  const std::string file = (folder / "script").string();
  testing::write_file(file, "as it was");
  Context context;
  CHECK(*read_kept(context, file) == "as it was");
  testing::write_file(file, "changed");
  CHECK(*read_kept(context, file) == "as it was");
  CHECK(context.files == std::map<std::string, std::string>{{file, "as it was"}});
  CHECK_FALSE(read_kept(context, (folder / "none").string()));
  CHECK(context.files.size() == 1);
}

}  // namespace cef::cli

// config.yml: what is wrong with one is told whole, with places.
#include "options/config.hpp"

#include <catch2/catch.hpp>

namespace cef::cli {

TEST_CASE("all that is wrong with config.yml is told, and where", "[cli]") {
  struct Case {
    const char *text, *message;
  };
  for (const Case& c :
       {Case{"- forks\n", "c.yml:1:1: expected `option: value` lines, not a list"},
        {"forks: 5\n- x\n",
         "c.yml:2:1: not valid YAML: end of map not found; this line is not indented as those that it belongs to"},
        {"forks: 5\nforks: 6\n", "c.yml:2:1: 'forks' is already set on line 1: only this last one counts"},
        {"fork: 6\nexclude: [{a: b}]\nuser:\n",
         "c.yml:1:1: unknown option 'fork': did you mean 'forks'?\n"
         "c.yml:2:11: option 'exclude' takes a value or a list of values\n"
         "c.yml:3:1: option 'user' takes a value or a list of values"}}) {
    const auto config = parse_config(c.text, "c.yml", {});
    REQUIRE_FALSE(config);
    CHECK(config.error().code == Code::invalid_config);
    CHECK(config.error().message == c.message);
  }
}

TEST_CASE("config.yml's values are texts, as they are written", "[cli]") {
  for (const char* nothing : {"", "---\n", "# nothing\n", "~\n"}) CHECK(parse_config(nothing, "c.yml", {})->empty());
  const auto config = parse_config("forks: 0x10\nhost_key: off\nexclude: [a, 'b c']\nuser: \"\"\n", "c.yml", {});
  REQUIRE(config);
  CHECK(config->at("forks").values == std::vector<std::string>{"0x10"});
  CHECK(config->at("host-key").values == std::vector<std::string>{"off"});
  CHECK(config->at("exclude").values == std::vector<std::string>{"a", "b c"});
  CHECK(config->at("user").values == std::vector<std::string>{""});
}

}  // namespace cef::cli

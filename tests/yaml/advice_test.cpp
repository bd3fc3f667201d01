// What is said of YAML that is none.
#include <cef/yaml/yaml.hpp>

#include <catch2/catch.hpp>

namespace cef::yaml {

TEST_CASE("slips that everybody makes are told in plain words", "[yaml]") {
  struct Case {
    const char *text, *words;
  };
  for (const Case& c :
       {Case{"g:\n\thosts:\n", "; there is a tab in the indent: YAML takes spaces alone"},
        {"g:\n  vars:\n    text: one: two\n", "; a text that has ': ' in it needs quotes"},
        {"g:\n  vars:\n    a: 1\n   b: 2\n", "; this line is not indented as those that it belongs to"},
        {"g: {vars: {a: \"\\d\"}}\n", "; in double quotes a backslash begins an escape: single ones leave it"},
        {"g:\n  vars:\n    a: {{ b }}\n", ": a value that begins with {{ needs quotes"}}) {
    CAPTURE(c.text);
    Problems problems;
    CHECK_FALSE(parse(c.text, "f.yml", problems));
    REQUIRE_FALSE(problems.errors().empty());
    CHECK_THAT(problems.errors()[0].message, Catch::EndsWith(c.words));
  }
}

}  // namespace cef::yaml

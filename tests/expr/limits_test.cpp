// Templates that mean harm: each ends, soon and with a message.

#include "world.hpp"

#include <catch2/catch.hpp>

namespace cef::expr {

TEST_CASE("what would go on for ever, or fill the memory, ends in an error", "[expr]") {
  const auto text = GENERATE(
      as<std::string>(),  //
      "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "{{ range(10 ** 12) }}",
      "{{ range(10 ** 9) | list | length }}", "{{ 'a' * 10 ** 10 }}", "{{ 'a' | center(10 ** 12) }}",
      "{{ [1] * 10 ** 11 }}", "{{ '%1000000000d' % 1 }}", "{{ '{:>999999999999}'.format(1) }}",
      "{{ 'x' | indent(10 ** 11) }}", "{{ '' | zfill(5) }}", "{{ 'a'.zfill(10 ** 13) }}",
      "{{ range(100) | product(repeat=20) | list }}", "{{ range(30) | permutations | length }}",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% macro a(f) %}{{ f(f) }}{% endmacro %}{{ a(a) }}",
      "{% include 'self.j2' %}",
      "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
      "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
      "{% set x = [] %}{% set _ = x.append(x) %}{{ x }}",
      "{% set x = {} %}{% set _ = x.update({'x': x}) %}{{ x | to_json }}", "{{ ('a' * 50 ~ 'b') is match('(a+)+$') }}",
      "{{ 'x' | replace('', 'y' * 100000000) | replace('', 'z' * 100000000) }}",
      "{{ 'a,' * 1000000 | length }}{{ ('a,' * 100000000).split(',') }}");
  DYNAMIC_SECTION(text.substr(0, 60)) {
    TestWorld world;
    world.templates["self.j2"] = "{% include 'self.j2' %}";
    const auto parsed = Template::parse(text);
    REQUIRE(parsed);
    Limits limits;
    limits.steps = 200'000;
    limits.bytes = 16u << 20u;
    const auto value = parsed->evaluate(world, limits);
    REQUIRE_FALSE(value);
    CHECK_FALSE(value.error().message.empty());
  }
}

TEST_CASE("deep nesting in the text is an error, not the end of the program", "[expr]") {
  const auto [open, close] = GENERATE(table<std::string, std::string>({{"(", ")"},
                                                                       {"[", "]"},
                                                                       {"{1:", "}"},
                                                                       {"not ", ""},
                                                                       {"-", ""},
                                                                       {"1 + ", "1"},
                                                                       {"a.", "b"},
                                                                       {"x | upper | ", "lower"},
                                                                       {"f(", ")"},
                                                                       {"1 if ", "1"}}));
  std::string text = "{{ ";
  for (int i = 0; i < 20'000; ++i) text += open;
  text += "1";
  for (int i = 0; i < 20'000; ++i) text += close;
  text += " }}";
  DYNAMIC_SECTION(open) {
    const auto parsed = Template::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == Problem::Kind::syntax);
  }
}

TEST_CASE("a long template of short expressions is no long expression", "[expr]") {
  // As many as may stand one within the other, and more.
  const auto [line, shown] = GENERATE(table<std::string, std::string>({
      {"{{ n|default(1) }}", "1"},
      {"{{ range(1)|list|length }}", "1"},
      {"{{ n is defined }}", "False"},
      {"{{ 1 + 1 }}", "2"},
      {"{% if n is undefined and 1 < 2 %}x{% endif %}", "x"},
      {"{% set a = [1, 2]|first %}", ""},
      {"{% set a|upper %}x{% endset %}", ""},
      {"{% filter upper|lower|upper %}x{% endfilter %}", "X"},
      {"{% for a in [1]|list if a|int %}{{ a|int }}{% endfor %}", "1"},
  }));
  DYNAMIC_SECTION(line) {
    std::string text, wanted;
    for (int i = 0; i < 3000; ++i) text += line, wanted += shown;
    const auto parsed = Template::parse("{% if true %}" + text + "{% endif %}");
    REQUIRE(parsed);
    TestWorld world;
    const auto value = parsed->render(world);
    REQUIRE(value);
    CHECK(*value == wanted);
  }
}

TEST_CASE("what stands side by side within an expression is not deep", "[expr]") {
  std::string parts, elifs;
  for (int i = 0; i < 1000; ++i) parts += "n|default('a'), ", elifs += "{% elif n|default(1)|int == 2 %}";
  const auto text = GENERATE_COPY("{{ [" + parts + "] | length }}", "{{ (" + parts + ") | length }}",
                                  "{{ dict(a=1) and [" + parts + "]|length }}",
                                  "{% if false %}" + elifs + "{% else %}1000{% endif %}");
  const auto parsed = Template::parse(text);
  REQUIRE(parsed);
  TestWorld world;
  const auto value = parsed->render(world);
  REQUIRE(value);
  CHECK(*value == "1000");
}

TEST_CASE("brackets do not make a deep expression shallow", "[expr]") {
  std::string text = "1";
  for (int i = 0; i < 150; ++i) {
    text = "[(" + text + ")|list, 1]";
    for (int j = 0; j < 20; ++j) text += "|list";
  }
  const auto parsed = Template::parse("{{ " + text + " }}");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind == Problem::Kind::syntax);
}

TEST_CASE("macros within long expressions within macros end in an error", "[expr]") {
  std::string sum = "m()", ifs, ends;
  for (int i = 0; i < 450; ++i) sum += "+1";
  for (int i = 0; i < 150; ++i) ifs += "{% if 1 %}", ends += "{% endif %}";
  const auto parsed = Template::parse("{% macro m() %}" + ifs + "{{ " + sum + " }}" + ends + "{% endmacro %}{{ m() }}");
  REQUIRE(parsed);
  TestWorld world;
  const auto value = parsed->evaluate(world);
  REQUIRE_FALSE(value);
  CHECK(value.error().kind == Problem::Kind::limit);
}

TEST_CASE("what a template has nested by the thousands is destroyed without harm", "[expr]") {
  const auto wrap = GENERATE(as<std::string>(), "[ns.x]", "{'a': ns.x}", "(ns.x, 1)", "[ns.x].append", "cycler(ns.x)",
                             "cycler(ns.x).next", "joiner(ns.x)", "namespace(a=ns.x)", "[{'a': [ns.x]}]");
  DYNAMIC_SECTION(wrap) {
    TestWorld world;
    const auto parsed = Template::parse(
        "{% set ns = namespace(x=0) %}{% for i in range(100000) %}{% set ns.x = " + wrap + " %}{% endfor %}ok");
    REQUIRE(parsed);
    const auto value = parsed->evaluate(world);
    REQUIRE(value);
    CHECK(*value == "ok");
  }
}

TEST_CASE("loops that are kept by later loops are destroyed without harm", "[expr]") {
  TestWorld world;
  const auto loops = Template::parse(
      "{% set ns = namespace(x=0) %}{% for i in range(100000) %}{% for j in [ns.x] %}"
      "{% set ns.x = loop %}{% endfor %}{% endfor %}ok");
  REQUIRE(loops);
  CHECK(loops->evaluate(world));
}

TEST_CASE("nested statements are bounded too", "[expr]") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "{% if 1 %}";
  CHECK_FALSE(Template::parse(text));
}

TEST_CASE("parsing takes time that grows with the text", "[expr]") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line {{ x }} and some text\n";
  const auto parsed = Template::parse(text);
  REQUIRE(parsed);
  TestWorld world(Value{{"x", 1}});
  const auto value = parsed->render(world);
  REQUIRE(value);
  CHECK(value->size() == 50'000 * 27 - 50'000 * 6);
}

}  // namespace cef::expr

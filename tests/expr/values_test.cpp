#include "world.hpp"

#include <catch2/catch.hpp>

namespace cef::expr {

namespace {

Value evaluated(const std::string& text, TestWorld& world) {
  const auto parsed = Template::parse(text);
  if (!parsed) FAIL(show(parsed.error()));
  const auto value = parsed->evaluate(world);
  if (!value) FAIL(show(value.error()));
  return *value;
}

bool holds(const std::string& text, TestWorld& world) {
  const auto parsed = Condition::parse(text);
  if (!parsed) FAIL(show(parsed.error()));
  const auto result = parsed->holds(world);
  if (!result) FAIL(show(result.error()));
  return *result;
}

}  // namespace

TEST_CASE("a text that is one expression keeps its type, all others are texts", "[expr]") {
  TestWorld world(Value::parse(R"({"n": 2, "list": [1, "a"], "none": null, "text": "[1]"})"));
  CHECK(evaluated("{{ n }}", world) == 2);
  CHECK(evaluated("{{ n + 1 }}", world) == 3);
  CHECK(evaluated("{{ list }}", world) == Value::parse(R"([1, "a"])"));
  CHECK(evaluated("{{ none }}", world) == nullptr);
  CHECK(evaluated("{{ text }}", world) == "[1]");  // a text is not read as a list
  CHECK(evaluated("{{ n }}{{ n }}", world) == "22");
  CHECK(evaluated(" {{ n }}", world) == " 2");
  CHECK(evaluated("{{ list }} {{ none }}|", world) == "[1, 'a'] |");
  CHECK(evaluated("{% if n %}{{ n }}{% endif %}", world) == 2);
  CHECK(evaluated("no marks", world) == "no marks");
  CHECK(evaluated("{# nothing #}", world) == "");
}

TEST_CASE("a macro has the call block's caller where it names it, or among its kwargs", "[expr]") {
  // As Jinja2 3.1 has it.
  const auto [text, wanted] = GENERATE(table<std::string, std::string>({
      {"{% macro m() %}{{ kwargs.keys()|list }}{{ caller() }}{% endmacro %}{% call m(a=1) %}q{% endcall %}", "['a']q"},
      {"{% macro m() %}{{ kwargs.keys()|list }}{% endmacro %}{% call m(a=1) %}q{% endcall %}.", "['a', 'caller']."},
      {"{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}.", "False."},
      {"{% macro m(caller=none) %}{{ caller is none }}{% endmacro %}{{ m() }}{% call m() %}q{% endcall %}",
       "TrueFalse"},
      {"{% macro n() %}{{ caller is defined }}{% endmacro %}{% macro m() %}{{ n() }}{{ caller() }}{% endmacro %}"
       "{% call m() %}q{% endcall %}",
       "Falseq"},
      {"{% macro m(a, b=1) %}{{ kwargs }}{% endmacro %}{{ m.name }} {{ m.arguments }} {{ m.catch_kwargs }} "
       "{{ m.catch_varargs }} {{ m.caller }}",
       "m ('a', 'b') True False False"},
  }));
  INFO(text);
  TestWorld world;
  CHECK(evaluated(text, world) == wanted);
  const auto unused = Template::parse("{% macro m() %}x{% endmacro %}{% call m() %}q{% endcall %}");
  REQUIRE(unused);
  CHECK_FALSE(unused->evaluate(world));
}

TEST_CASE("keys keep their order", "[expr]") {
  TestWorld world(Value::parse(R"({"d": {"z": 1, "a": 2}})"));
  CHECK(evaluated("{{ d | combine({'m': 3, 'b': 4}) }}", world).dump() == R"({"z":1,"a":2,"m":3,"b":4})");
  CHECK(evaluated("{{ {'b': 1, 1: 2, none: 3, true: 4} }}", world).dump() == R"({"b":1,"1":4,"null":3})");
}

TEST_CASE("a number that came out of a template equals its text", "[expr]") {
  TestWorld world(Value::parse(R"({"n": 2, "list": [1, 2], "d": {"2": "two"}})"));
  CHECK_FALSE(holds("n == '2'", world));
  world.templated = true;
  CHECK(holds("n == '2'", world));
  CHECK(holds("n == 2", world));
  CHECK_FALSE(holds("n != '2'", world));
  CHECK(holds("n in ['2']", world));
  CHECK(holds("'2' in list", world));
  CHECK(holds("n > 1 and n < '3'", world));
  CHECK(holds("d[n] == 'two'", world));
  CHECK(holds("n is match('2')", world));
  CHECK(holds("('a' + n) == 'a2'", world));
  CHECK(evaluated("{{ n + 1 }}", world) == 3);
}

TEST_CASE("conditions with braces are templates first", "[expr]") {
  TestWorld world(Value::parse(R"({"a": 1, "no": "false", "yes": "a == 1"})"));
  CHECK(holds("{{ a }} == 1", world));
  CHECK(holds("no", world));
  CHECK_FALSE(holds("{{ no }}", world));
  CHECK(holds("{{ yes }}", world));
  CHECK_FALSE(holds("{{ '' }}", world));
}

TEST_CASE("what a host sent is not evaluated", "[expr]") {
  TestWorld world(Value::parse(R"({"out": "{{ lookup('pipe', 'rm') }}"})"));
  CHECK(evaluated("{{ out }}", world) == "{{ lookup('pipe', 'rm') }}");
  CHECK(evaluated("x {{ out }}", world) == "x {{ lookup('pipe', 'rm') }}");
  const auto condition = Condition::parse("{{ out }}");
  REQUIRE(condition);
  CHECK_FALSE(condition->holds(world));
  CHECK(world.asked.empty());
}

TEST_CASE("backslashes are themselves in a playbook's braces, escapes elsewhere", "[expr]") {
  TestWorld world(Value::parse(R"({"v": "a1"})"));
  CHECK(evaluated(R"({{ '\d' }})", world) == R"(\d)");
  CHECK(evaluated(R"({{ 'a\nb' }})", world) == R"(a\nb)");
  CHECK(evaluated(R"({{ v | regex_replace('(\d)', '<\1>') }})", world) == "a<1>");
  CHECK(evaluated(R"({% set x = 'a\tb' %}{{ x }})", world) == "a\tb");
  CHECK(holds(R"('a\tb' | length == 3)", world));
  const auto file = Template::parse(R"({{ 'a\tb' }})", Syntax::file());
  REQUIRE(file);
  CHECK(*file->render(world) == "a\tb");
  CHECK_FALSE(Template::parse(R"({{ 'it\'s' }})"));
  CHECK(Template::parse(R"({{ 'it\'s' }})", Syntax::file()));
}

TEST_CASE("omitted parameters are left out of mappings", "[expr]") {
  TestWorld world(Value::parse(R"({"mode": "0644"})"));
  const auto tree = Tree::parse(Value::parse(
      R"({"path": "/etc/{{ mode }}", "mode": "{{ mode | default(omit) }}", "owner": "{{ owner | default(omit) }}",
          "inner": {"a": "{{ x | default(omit) }}", "b": [1, "{{ mode }}"]}, "{{ mode }}": true})"));
  REQUIRE(tree);
  CHECK_FALSE(tree->constant());
  const auto value = tree->evaluate(world);
  REQUIRE(value);
  CHECK(value->dump() == R"({"path":"/etc/0644","mode":"0644","inner":{"b":[1,"0644"]},"0644":true})");
  const auto plain = Tree::parse(Value::parse(R"({"a": [1, {"b": "c"}]})"));
  REQUIRE(plain);
  CHECK(plain->constant());
  CHECK(plain->evaluate(world)->dump() == R"({"a":[1,{"b":"c"}]})");
}

TEST_CASE("one parsed text serves many hosts", "[expr]") {
  const auto parsed = Template::parse("{{ name }}-{{ n + 1 }}");
  REQUIRE(parsed);
  const Template copy = *parsed;
  for (int i = 0; i < 3; ++i) {
    TestWorld world(Value{{"name", "h" + std::to_string(i)}, {"n", i}});
    CHECK(*copy.evaluate(world) == "h" + std::to_string(i) + "-" + std::to_string(i + 1));
  }
}

TEST_CASE("a variable is asked for once", "[expr]") {
  class Counting : public TestWorld {
   public:
    using TestWorld::TestWorld;
    int count = 0;
    std::optional<Variable> variable(std::string_view name) override {
      ++count;
      return TestWorld::variable(name);
    }
  };
  Counting world(Value{{"a", Value::array({1})}});
  const auto parsed =
      Template::parse("{{ a }}{{ a }}{% for i in a %}{{ a }}{% endfor %}{% set _ = a.append(2) %}{{ a }}");
  REQUIRE(parsed);
  CHECK(*parsed->evaluate(world) == "[1][1][1][1, 2]");
  CHECK(world.count == 1);
  CHECK(world.variables["a"].size() == 1);  // the World's own is as it was
}

TEST_CASE("numbers beyond 64 bits are errors", "[expr]") {
  TestWorld world;
  for (const char* text : {"{{ 9223372036854775807 + 1 }}", "{{ 2 ** 63 }}", "{{ 3037000500 * 3037000500 }}",
                           "{{ -9223372036854775807 - 2 }}", "{{ '99999999999999999999' | int }}"}) {
    const auto parsed = Template::parse(text);
    REQUIRE(parsed);
    const auto value = parsed->evaluate(world);
    REQUIRE_FALSE(value);
    CHECK_THAT(value.error().message, Catch::Contains("does not fit in 64 bits"));
  }
  CHECK_FALSE(Template::parse("{{ 9223372036854775808 }}"));
}

}  // namespace cef::expr

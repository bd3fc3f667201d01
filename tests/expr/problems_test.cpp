#include "world.hpp"

#include <catch2/catch.hpp>

namespace cef::expr {

namespace {

Problem problem_of(const std::string& text, const Syntax& syntax = {}) {
  TestWorld world(Value::parse(R"({"text": "abc", "d": {"a": 1}, "loop_var": "this refers to itself", "list": [1]})"));
  world.templates["part.j2"] = "one\n{{ nope }}";
  world.templates["broken.j2"] = "{% if %}";
  const auto parsed = Template::parse(text, syntax);
  if (!parsed) return parsed.error();
  const auto value = parsed->evaluate(world);
  if (value) FAIL("no problem, but " + value->dump());
  return value.error();
}

}  // namespace

TEST_CASE("an error says what is wrong and where", "[expr]") {
  struct Case {
    const char* text;
    const char* shown;
  };
  const auto c = GENERATE(values<Case>({
      {"{{ nope }}", "column 4: 'nope' is undefined"},
      {"a\nb {{ x.y.z }}", "line 2, column 6: 'x' is undefined"},
      {"{{ d.b }}", "column 6: 'dict object' has no attribute 'b'"},
      {"{{ d['b'] }}", "column 5: 'dict object' has no attribute 'b'"},
      {"{{ list[3] }}", "column 8: list object has no element 3"},
      {"{{ [1, nope] }}", "column 8: 'nope' is undefined"},
      {"{{ loop_var }}", "column 4: the variable refers to itself"},
      {"{{ text + 1 }}", "column 9: 'abc' ('str') and 1 ('int') cannot be added; `~` joins texts"},
      {"{{ 1 < 'a' }}", "column 4: '<' not supported between 1 ('int') and 'a' ('str')"},
      {"{{ text | nosuch }}", "column 11: there is no filter 'nosuch'"},
      {"{{ text | json_query('a') }}",
       "column 11: the filter 'json_query' is not supported: JMESPath is not part of cef; selectattr, map and "
       "dict2items "
       "do the same"},
      {"{{ text is nosuch }}", "column 9: there is no test 'nosuch'"},
      {"{{ lookup('nosuch', 1) }}", "column 10: there is no lookup 'nosuch'"},
      {"{{ text | replace }}", "column 11: replace needs an argument 'old'"},
      {"{{ text | trim(1, 2, 3) }}", "column 11: trim got more arguments than it takes"},
      {"{{ text | indent(widht=2) }}", "column 11: indent has no parameter 'widht'; did you mean 'width'?"},
      {"{{ [1] | join(5) }}", "column 10: join expects a text, not 5 ('int')"},
      {"{{ text }", "column 9: unexpected '}'"},
      {"{{ text", "column 1: what begins here has no end: '}}' is missing"},
      {"{{ }}", "column 4: an expression is missing between the marks"},
      {"{{ 1 + }}", "column 8: unexpected the end of the marks, expected a value"},
      {"{{ a = 1 }}", "column 6: unexpected '=', expected the end of the marks: `==` compares"},
      {"{{ a ! }}", "column 6: unexpected '!': `not` negates"},
      {"{{ 'x }}", "column 4: the text that begins with 'x }} has no end"},
      {"{{ (1] }}", "column 6: unexpected ']', expected ')'"},
      {"{{ 08 }}", "column 4: '08' is no number: one that begins with 0 is written 0o8"},
      {"{% if x %}", "column 4: the 'if' that begins here has no 'endif'"},
      {"a\n{% for x in y %}\n{% endif %}", "line 3, column 4: unexpected 'endif': the 'for' of line 2 has no 'endfor'"},
      {"{% endfor %}", "column 4: 'endfor' without a beginning"},
      {"{% fro x in y %}", "column 4: there is no statement 'fro'; did you mean 'for'?"},
      {"{% extends 'x' %}", "column 4: the statement 'extends' is not supported: include the parts instead"},
      {"{% break %}", "column 4: there is no loop around it"},
      {"{# x", "column 1: the comment has no end: '#}' is missing"},
      {"{% raw %} x", "column 1: the raw text has no end: '{% endraw %}' is missing"},
      {"{% set a, b = [1] %}", "column 4: 1 values for 2 names"},
      {"{% include 'none.j2' %}", "column 4: the template 'none.j2' is not found"},
      {"{% include 'part.j2' %}", "part.j2, line 2, column 4: 'nope' is undefined"},
      {"{% include 'broken.j2' %}",
       "broken.j2, line 1, column 7: unexpected the end of the marks, expected an expression"},
  }));
  DYNAMIC_SECTION(c.text) { CHECK(show(problem_of(c.text)) == c.shown); }
}

TEST_CASE("what is undefined is told apart from other errors", "[expr]") {
  CHECK(problem_of("{{ nope }}").kind == Problem::Kind::undefined);
  CHECK(problem_of("{{ nope | upper }}").kind == Problem::Kind::undefined);
  CHECK(problem_of("{{ d.b.c }}").kind == Problem::Kind::undefined);
  CHECK(problem_of("{{ text + 1 }}").kind == Problem::Kind::evaluation);
  CHECK(problem_of("{{ 1 + }}").kind == Problem::Kind::syntax);
}

TEST_CASE("what an expression names is known before it runs", "[expr]") {
  const auto parsed = Template::parse(
      "{{ a | upper | map('x') }}\n{% if b is defined %}{{ lookup('env', 'HOME') }}{% endif %}"
      "{% macro m(x=1 | abs) %}{{ q('file', y) }}{% endmacro %}");
  REQUIRE(parsed);
  std::vector<std::string> found;
  for (const Use& use : parsed->uses())
    found.push_back(std::to_string(static_cast<int>(use.kind)) + " " + use.name + " " + std::to_string(use.line));
  std::sort(found.begin(), found.end());
  CHECK(found == std::vector<std::string>{"0 abs 2", "0 map 1", "0 upper 1", "1 defined 2", "2 env 2", "2 file 2"});
  CHECK(knows_filter("regex_replace"));
  CHECK(knows_filter("changed"));  // the old spelling of a test
  CHECK_FALSE(knows_filter("realpath"));
  CHECK(knows_test("version"));
  CHECK_FALSE(knows_test("exists"));
  CHECK_FALSE(why_refused("ipaddr").empty());
  CHECK(why_refused("upper").empty());
}

}  // namespace cef::expr

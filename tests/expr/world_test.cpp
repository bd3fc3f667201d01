#include "world.hpp"

#include <catch2/catch.hpp>

namespace cef::expr {

namespace {

Result<Value, Problem> tried(const std::string& text, TestWorld& world) {
  const auto parsed = Template::parse(text);
  if (!parsed) return Unexpected(parsed.error());
  return parsed->evaluate(world);
}

}  // namespace

TEST_CASE("lookups, and filters and tests of files, are the World's", "[expr]") {
  TestWorld world;
  CHECK(*tried("{{ lookup('env', 'pi') }}", world) == "/home/pi");
  CHECK(*tried("{{ query('ansible.builtin.env', 'pi') }}", world) == Value::array({"/home/pi"}));
  CHECK(*tried("{{ lookup('lines', 'x') }}", world) == "a,b");
  CHECK(*tried("{{ lookup('lines', 'x', wantlist=true) }}", world) == Value::array({"a", "b"}));
  CHECK(*tried("{{ '/a' | realpath }}", world) == "/real/a");
  CHECK(*tried("{{ '/etc/hosts' is exists }}", world) == true);
  CHECK(*tried("{{ '/etc/none' is not exists }}", world) == true);
  CHECK(*tried("{{ ['/etc/hosts', '/x'] | select('exists') | list }}", world) == Value::array({"/etc/hosts"}));
  CHECK(world.asked.front() == R"(lookup env["pi"])");
}

TEST_CASE("a lookup that fails can be ignored", "[expr]") {
  TestWorld world;
  const auto failed = tried("{{ lookup('file', '/x') }}", world);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message == "file not found: /x");
  CHECK(*tried("{{ lookup('file', '/x', errors='ignore') }}", world) == nullptr);
  CHECK(*tried("{{ query('file', '/x', errors='warn') }}", world) == Value::array());
  CHECK(*tried("{{ lookup('file', '/x', errors='ignore') | default('none', true) }}", world) == "none");
}

TEST_CASE("arguments that are undefined never reach the World", "[expr]") {
  TestWorld world;
  CHECK_FALSE(tried("{{ lookup('env', nope) }}", world));
  CHECK_FALSE(tried("{{ nope | realpath }}", world));
  CHECK(world.asked.empty());
}

TEST_CASE("the time and what is random come from the World", "[expr]") {
  TestWorld world;
  CHECK(*tried("{{ now(utc=true, fmt='%Y-%m-%d %H:%M') }}", world) == "2026-11-26 10:00");
  CHECK(*tried("{{ (now(true) - ('2026-11-25 10:00:00' | to_datetime)).days }}", world) == 1);
  const auto first = tried("{{ 1000000 | random }}", world), second = tried("{{ 1000000 | random }}", world);
  CHECK(*first != *second);
  world.next_random = 1;
  CHECK(*tried("{{ 1000000 | random }}", world) == *first);
  const auto salted = tried("{{ 'x' | password_hash }}", world);
  CHECK_THAT(salted->get<std::string>(), Catch::StartsWith("$6$") && !Catch::Contains("rounds="));
}

TEST_CASE("included templates see what is around them, imported ones do not", "[expr]") {
  TestWorld world(Value{{"host", "h1"}});
  world.templates["a.j2"] = "[{{ host }} {{ x | default('-') }}]";
  world.templates["lib.j2"] = "{% macro m(a) %}<{{ a }}{{ host | default('?') }}>{% endmacro %}{% set v = 5 %}";
  CHECK(*tried("{% set x = 1 %}{% include 'a.j2' %}", world) == "[h1 1]");
  CHECK(*tried("{% import 'lib.j2' as l %}{{ l.m(1) }}{{ l.v }}", world) == "<1?>5");
  CHECK(*tried("{% import 'lib.j2' as l with context %}{{ l.m(1) }}", world) == "<1h1>");
  CHECK(*tried("{% from 'lib.j2' import m as n, v %}{{ n(2) }}{{ v }}", world) == "<2?>5");
  CHECK(*tried("{% include ['none.j2', 'a.j2'] %}", world) == "[h1 -]");
  CHECK(*tried("x{% include 'none.j2' ignore missing %}", world) == "x");
}

}  // namespace cef::expr

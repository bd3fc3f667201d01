#include "host_pattern.hpp"
#include "python_literal.hpp"
#include "words.hpp"

#include <catch2/catch.hpp>

namespace cef::inventory {

TEST_CASE("values in INI files are Python literals where they can be", "[inventory]") {
  struct Case {
    const char* text;
    const char* json;
  };
  const auto c = GENERATE(values<Case>({
      {"8080", "8080"},
      {"-5", "-5"},
      {"+5", "5"},
      {"- 5", "-5"},
      {"--5", R"("--5")"},
      {"00", "0"},
      {"0644", R"("0644")"},
      {"0x1f", "31"},
      {"0o17", "15"},
      {"0b11", "3"},
      {"1_000", "1000"},
      {"1__0", R"("1__0")"},
      {"1_", R"("1_")"},
      {"1.5", "1.5"},
      {"1.", "1.0"},
      {".5", "0.5"},
      {"1e5", "100000.0"},
      {"1e", R"("1e")"},
      {".", R"(".")"},
      {"192.0.2.1", R"("192.0.2.1")"},
      {"1j", R"("1j")"},
      {"1+2", R"("1+2")"},
      {"12ab", R"("12ab")"},
      {"True", "true"},
      {"False", "false"},
      {"None", "null"},
      {"true", R"("true")"},
      {"yes", R"("yes")"},
      {"Truely", R"("Truely")"},
      {"", R"("")"},
      {"word", R"("word")"},
      {"two words", R"("two words")"},
      {"a.b", R"("a.b")"},
      {"f(x)", R"j("f(x)")j"},
      {"'quoted'", R"("quoted")"},
      {"\"double\"", R"("double")"},
      {"'open", R"("'open")"},
      {"'a' 'b'", R"("ab")"},
      {"'a' b", R"("'a' b")"},
      {"u'x'", R"("x")"},
      {"r'a\\tb'", R"("a\\tb")"},
      {"f'x'", R"("f'x'")"},
      {"'a\\tb'", R"("a\tb")"},
      {"'\\x41\\u00e9\\101'", R"("AéA")"},
      {"'\\q'", R"("\\q")"},
      {"'''x'''", R"("x")"},
      {"'\\ud83'", R"("'\\ud83'")"},
      {"''", R"("")"},
      {"[1, 'a', None]", R"([1,"a",null])"},
      {"[]", "[]"},
      {"[1,]", "[1]"},
      {"[,]", R"("[,]")"},
      {"[1 2]", R"("[1 2]")"},
      {"[1", R"("[1")"},
      {"[yes]", R"("[yes]")"},
      {"(1, 2)", "[1,2]"},
      {"(1)", "1"},
      {"(1,)", "[1]"},
      {"()", "[]"},
      {"1, 2", "[1,2]"},
      {"1,", "[1]"},
      {",", R"(",")"},
      {"{'a': 1}", R"({"a":1})"},
      {"{1: 2}", R"({"1":2})"},
      {"{}", "{}"},
      {"{'a'}", R"("{'a'}")"},
      {"{'a': [1, {'b': ()}]}", R"({"a":[1,{"b":[]}]})"},
      {"{[1]: 2}", R"("{[1]: 2}")"},
      {"8080 # comment", "8080"},
      {"'x' # comment", R"("x")"},
      {"text # kept", R"("text # kept")"},
      {"# all", R"("# all")"},
      {"{{ template }}", R"("{{ template }}")"},
  }));
  DYNAMIC_SECTION(c.text) { CHECK(python_literal(c.text).dump() == c.json); }
}

TEST_CASE("a very deep literal is left as text", "[inventory]") {
  const std::string deep(100'000, '[');
  CHECK(python_literal(deep) == Value(deep));
}

TEST_CASE("words are split as a shell splits them", "[inventory]") {
  struct Case {
    const char* text;
    bool comments;
    std::vector<std::string> words;
  };
  const auto c = GENERATE(values<Case>({
      {"", false, {}},
      {"  ", false, {}},
      {"a b", false, {"a", "b"}},
      {"a\tb ", false, {"a", "b"}},
      {"'a b' c", false, {"a b", "c"}},
      {"\"a b\"c", false, {"a bc"}},
      {"a\\ b", false, {"a b"}},
      {"''", false, {""}},
      {"\"a\\\"b\"", false, {"a\"b"}},
      {"\"a\\nb\"", false, {"a\\nb"}},
      {"'a\\b'", false, {"a\\b"}},
      {"a#b", false, {"a#b"}},
      {"a#b", true, {"a"}},
      {"a #b", true, {"a"}},
      {"'#a'", true, {"#a"}},
      {"# a", true, {}},
      {"-o ProxyCommand=\"ssh -W %h:%p gw\"", false, {"-o", "ProxyCommand=ssh -W %h:%p gw"}},
  }));
  DYNAMIC_SECTION(c.text << c.comments) {
    const auto words = split_words(c.text, c.comments);
    REQUIRE(words);
    CHECK(*words == c.words);
  }
  CHECK_FALSE(split_words("'open"));
  CHECK_FALSE(split_words("\"open"));
  CHECK_FALSE(split_words("end\\"));
}

TEST_CASE("a host's key may hold a range and a port", "[inventory]") {
  struct Case {
    const char* text;
    std::vector<std::string> names;
    std::optional<std::int64_t> port;
  };
  const auto c = GENERATE(values<Case>({
      {"web1", {"web1"}, std::nullopt},
      {"web1:22", {"web1"}, 22},
      {"web[1:2]", {"web1", "web2"}, std::nullopt},
      {"web[1:2]:2222", {"web1", "web2"}, 2222},
      {"web[1-2]:2222", {"web1", "web2"}, 2222},  // not Ansible's spelling, read all the same
      {"web[1-2,7]", {"web1", "web2", "web7"}, std::nullopt},
      {"192.0.2.1:22", {"192.0.2.1"}, 22},
      {"192.0.2.[1:2]", {"192.0.2.1", "192.0.2.2"}, std::nullopt},
      {"2001:db8::1", {"2001:db8::1"}, std::nullopt},
      {"::1", {"::1"}, std::nullopt},
      {"fe80::1:22", {"fe80::1:22"}, std::nullopt},  // an address without a port
      {"[2001:db8::1]:22", {"2001:db8::1"}, 22},
      {"[web1]:22", {"web1"}, 22},
      {"trailing_", {"trailing_"}, std::nullopt},
      {"trailing_:22", {"trailing_:22"}, std::nullopt},  // no host name to Ansible, so the port is part of it
      {"with space:22", {"with space:22"}, std::nullopt},
      {"a:b", {"a:b"}, std::nullopt},
      {"a:22:33", {"a:22:33"}, std::nullopt},
      {"under_score:22", {"under_score"}, 22},
      {"münchen:22", {"münchen"}, 22},
      {"host.:22", {"host.:22"}, std::nullopt},
      {"-x", {"-x"}, std::nullopt},
  }));
  DYNAMIC_SECTION(c.text) {
    const auto pattern = parse_host_pattern(c.text);
    REQUIRE(pattern);
    CHECK(pattern->names == c.names);
    CHECK(pattern->port == c.port);
  }
  CHECK_FALSE(parse_host_pattern("web[5:1]"));
  CHECK_FALSE(parse_host_pattern("web[]"));
  CHECK_FALSE(parse_host_pattern("[2001:db8::1]"));
}

}  // namespace cef::inventory

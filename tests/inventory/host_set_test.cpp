#include "growth.hpp"

#include <cef/inventory/host_set.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <set>

namespace cef::inventory {

namespace {

// fold() joins parts by commas; those inside brackets belong to a part.
std::vector<std::string> expand_all(const std::string& folded) {
  std::vector<std::string> names;
  std::string part;
  int depth = 0;
  for (const char c : folded + ',') {
    if (c == ',' && depth == 0) {
      const auto expanded = expand(part);
      REQUIRE(expanded);
      names.insert(names.end(), expanded->begin(), expanded->end());
      part.clear();
      continue;
    }
    depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    part += c;
  }
  return names;
}

}  // namespace

TEST_CASE("host sets expand in the order written", "[inventory]") {
  struct Case {
    const char* text;
    std::vector<std::string> names;
  };
  const auto c = GENERATE(values<Case>({
      {"w01", {"w01"}},
      {"w01.example.net", {"w01.example.net"}},
      {"rpi[6401-6403]", {"rpi6401", "rpi6402", "rpi6403"}},
      {"rpi[6401-6402,6471]", {"rpi6401", "rpi6402", "rpi6471"}},
      {"rpi[6471,6401-6402]", {"rpi6471", "rpi6401", "rpi6402"}},  // as written, not sorted
      {"n[08-10]", {"n08", "n09", "n10"}},                         // zero padding is kept
      {"n[8-10]", {"n8", "n9", "n10"}},
      {"n[9-10]", {"n9", "n10"}},
      {"n[09-10]", {"n09", "n10"}},
      {"n[098-101]", {"n098", "n099", "n100", "n101"}},
      {"n[0-2]", {"n0", "n1", "n2"}},
      {"n[00-02]", {"n00", "n01", "n02"}},
      {"n[01-07/2]", {"n01", "n03", "n05", "n07"}},
      {"n[1-6/2]", {"n1", "n3", "n5"}},  // the last one need not be hit
      {"n[1-5/9]", {"n1"}},
      {"n[1:3]", {"n1", "n2", "n3"}},  // Ansible's spelling
      {"n[01:03]", {"n01", "n02", "n03"}},
      {"n[0:10:5]", {"n0", "n5", "n10"}},
      {"n[1:6/2]", {"n1", "n3", "n5"}},  // the two spellings mixed
      {"n[1-6:2]", {"n1", "n3", "n5"}},
      {"n[:3]", {"n0", "n1", "n2", "n3"}},  // no start is 0
      {"db[a:c]", {"dba", "dbb", "dbc"}},
      {"db[a-c]", {"dba", "dbb", "dbc"}},
      {"db[X-Z]", {"dbX", "dbY", "dbZ"}},
      {"db[a:g:3]", {"dba", "dbd", "dbg"}},
      {"a[1-2]b[x-z]", {"a1bx", "a1by", "a1bz", "a2bx", "a2by", "a2bz"}},  // the last bracket is fastest
      {"a[1-2][1-2]", {"a11", "a12", "a21", "a22"}},
      {"[1-2]a", {"1a", "2a"}},
      {"[a,b]", {"a", "b"}},
      {"w[1-2].site[3-4].net", {"w1.site3.net", "w1.site4.net", "w2.site3.net", "w2.site4.net"}},
      {"r[1-2]c[1-2]n[1]", {"r1c1n1", "r1c2n1", "r2c1n1", "r2c2n1"}},
      {"w[5]", {"w5"}},
      {"w[5-5]", {"w5"}},
      {"w[007]", {"w007"}},
      {"w[1,1]", {"w1", "w1"}},  // repeats are the caller's business
      {"w[a,07,x9]", {"wa", "w07", "wx9"}},
      {"39[001-003]", {"39001", "39002", "39003"}},
      {"münchen[1-2]", {"münchen1", "münchen2"}},
      {"[ä,ö]1", {"ä1", "ö1"}},
      {"n[999999999999999998-999999999999999999]", {"n999999999999999998", "n999999999999999999"}},
      {"10.0.3.[71-72]", {"10.0.3.71", "10.0.3.72"}},
      {"a,b", {"a,b"}},  // no brackets: one name, whatever it holds
      {"rpi*", {"rpi*"}},
      {"w[1-2]*", {"w1*", "w2*"}},
  }));
  DYNAMIC_SECTION(c.text) {
    const auto names = expand(c.text);
    REQUIRE(names);
    CHECK(*names == c.names);
  }
}

TEST_CASE("a host set that cannot be read says what is wrong and where", "[inventory]") {
  struct Case {
    const char* text;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      {"", "a host name is empty"},
      {"rpi[", "'rpi[': '[' without ']' (at character 4)"},
      {"rpi[1-2", "'rpi[1-2': '[' without ']' (at character 4)"},
      {"rpi]", "'rpi]': ']' without '[' (at character 4)"},
      {"rpi1-2]", "'rpi1-2]': ']' without '[' (at character 7)"},
      {"rpi[[1-2]]", "'rpi[[1-2]]': '[' inside brackets (at character 5)"},
      {"rpi[]", "'rpi[]': empty brackets (at character 5)"},
      {"rpi[1,]", "'rpi[1,]': empty item (at character 7)"},
      {"rpi[,1]", "'rpi[,1]': empty item (at character 5)"},
      {"rpi[1,,2]", "'rpi[1,,2]': empty item (at character 7)"},
      {"rpi[6-1]", "'rpi[6-1]': the range 6-1 runs backwards (at character 5)"},
      {"rpi[1-2,9-8]", "'rpi[1-2,9-8]': the range 9-8 runs backwards (at character 9)"},
      {"rpi[z-a]", "'rpi[z-a]': the range z-a runs backwards (at character 5)"},
      {"n[1-5/0]", "'n[1-5/0]': the step '0' is not a positive number (at character 3)"},
      {"n[1-5/]", "'n[1-5/]': the step '' is not a positive number (at character 3)"},
      {"n[1-5/x]", "'n[1-5/x]': the step 'x' is not a positive number (at character 3)"},
      {"n[1-5/-1]", "'n[1-5/-1]': the step '-1' is not a positive number (at character 3)"},
      {"n[1:2:3:4]", "'n[1:2:3:4]': the step '3:4' is not a positive number (at character 3)"},
      {"n[5/2]", "'n[5/2]': a step without a range (at character 3)"},
      {"n[a-9]", "'n[a-9]': 'a-9' is not a range of numbers or letters (at character 3)"},
      {"n[1-b]", "'n[1-b]': '1-b' is not a range of numbers or letters (at character 3)"},
      {"n[a-Z]", "'n[a-Z]': 'a-Z' is not a range of numbers or letters (at character 3)"},
      {"n[aa-bb]", "'n[aa-bb]': 'aa-bb' is not a range of numbers or letters (at character 3)"},
      {"n[1-]", "'n[1-]': '1-' is not a range of numbers or letters (at character 3)"},
      {"n[1:]", "'n[1:]': '1:' is not a range of numbers or letters (at character 3)"},
      {"n[-5]", "'n[-5]': '-5' is not a range of numbers or letters (at character 3)"},
      {"n[1-2-3]", "'n[1-2-3]': '1-2-3' is not a range of numbers or letters (at character 3)"},
      {"n[1 - 2]", "'n[1 - 2]': '1 - 2' is not a range of numbers or letters (at character 3)"},
      {"n[01-100]", "'n[01-100]': '01' and '100' are padded to different widths (at character 3)"},
      {"n[1-010]", "'n[1-010]': '1' and '010' are padded to different widths (at character 3)"},
      {"n[1-2],m", "'n[1-2],m': a comma outside brackets (at character 7)"},
      {"n[1-9999999]", "'n[1-9999999]': more than 1000000 names (at character 2)"},
      {"n[1-1000][1-1001]", "'n[1-1000][1-1001]': more than 1000000 names (at character 10)"},
      {"n[0-999999999999999999]", "'n[0-999999999999999999]': more than 1000000 names (at character 2)"},
      {"n[1-9999999999999999999]", "'n[1-9999999999999999999]': a number with more than 18 digits (at character 3)"},
      {"[2001:db8::1]", "'[2001:db8::1]': the step ':1' is not a positive number (at character 2)"},
  }));
  DYNAMIC_SECTION(c.text) {
    const auto names = expand(c.text);
    REQUIRE_FALSE(names);
    CHECK(names.error().code == Code::usage);
    CHECK(names.error().message == c.message);
  }
}

TEST_CASE("exactly as many names as the limit are allowed", "[inventory]") {
  CHECK(expand("n[1-10]", 10));
  CHECK_FALSE(expand("n[1-11]", 10));
  CHECK(expand("n[1-2]m[1-5]", 10));
  CHECK_FALSE(expand("n[1-2,3]m[1-4]", 10));
  const auto million = expand("n[1-1000000]");
  REQUIRE(million);
  CHECK(million->size() == 1'000'000);
}

TEST_CASE("names fold into the shortest host set", "[inventory]") {
  struct Case {
    std::vector<std::string> names;
    const char* folded;
  };
  const auto c = GENERATE(values<Case>({
      {{}, ""},
      {{"w01"}, "w01"},
      {{"rpi6401", "rpi6402", "rpi6403", "rpi6404", "rpi6405", "rpi6406", "rpi6471"}, "rpi[6401-6406,6471]"},
      {{"rpi6471", "rpi6402", "rpi6401"}, "rpi[6401-6402,6471]"},  // sorted inside brackets
      {{"n1", "n2"}, "n[1-2]"},
      {{"n1", "n3"}, "n[1,3]"},
      {{"n9", "n10"}, "n[9-10]"},
      {{"n09", "n10"}, "n[09-10]"},
      {{"n9", "n09", "n10"}, "n[9,09-10]"},  // padding is kept apart
      {{"n01", "n001"}, "n[01,001]"},
      {{"n1", "n3", "n5"}, "n[1,3,5]"},
      {{"n1", "n3", "n5", "n7", "n9"}, "n[1-9/2]"},
      {{"n01", "n04", "n07", "n10", "n11"}, "n[01-10/3,11]"},
      {{"n1", "n2", "n3", "n5", "n7", "n9", "n11"}, "n[1-3,5-11/2]"},
      {{"n0", "n1"}, "n[0-1]"},
      {{"n00", "n01"}, "n[00-01]"},
      {{"n099", "n100"}, "n[099-100]"},
      {{"n99", "n100"}, "n[99-100]"},
      {{"n01", "n99", "n100"}, "n[01,99,100]"},
      {{"a", "b"}, "a,b"},
      {{"w01", "control", "w02"}, "w[01-02],control"},  // in order of first appearance
      {{"a1b3", "a1b4", "a2b3", "a2b4"}, "a[1-2]b[3-4]"},
      {{"a1b3", "a1b4", "a2b3"}, "a1b[3-4],a2b3"},  // no full product: the last number
      {{"a1b3", "a2b3", "a3b3"}, "a[1-3]b3"},
      {{"r1c1n1", "r1c1n2", "r2c1n1", "r2c1n2"}, "r[1-2]c1n[1-2]"},
      {{"w1.site1", "w2.site1", "w1.site2"}, "w1.site[1-2],w2.site1"},
      {{"w1.example.net", "w2.example.net"}, "w[1-2].example.net"},
      {{"1a", "2a"}, "[1-2]a"},
      {{"1", "2", "3"}, "[1-3]"},
      {{"w1", "w1", "w1"}, "w1"},  // repeats count once
      {{"münchen1", "münchen2"}, "münchen[1-2]"},
      {{"n123456789012345678901", "n123456789012345678902"}, "n123456789012345678901,n123456789012345678902"},
      {{"10.0.3.71", "10.0.3.72"}, "10.0.3.[71-72]"},
      {{"a1", "b1", "a2", "b2"}, "a[1-2],b[1-2]"},
  }));
  DYNAMIC_SECTION(c.folded) { CHECK(fold(c.names) == c.folded); }
}

TEST_CASE("several dimensions fold into boxes, the largest first", "[inventory]") {
  const auto folded = [](std::vector<std::string> sets) {
    std::vector<std::string> names;
    for (const std::string& set : sets) {
      const auto expanded = expand(set).value();
      names.insert(names.end(), expanded.begin(), expanded.end());
    }
    return fold(names);
  };
  CHECK(folded({"n60_[1-5]", "n[54-59]_[1-9]"}) == "n[54-59]_[1-9],n60_[1-5]");
  CHECK(folded({"a[1-3]b[1-3]c[1-3]", "a4b[1-3]c1"}) == "a[1-3]b[1-3]c[1-3],a4b[1-3]c1");
  CHECK(folded({"r[01-40]n[1-40]", "r41n[1-39]"}) == "r[01-40]n[1-40],r41n[1-39]");  // too many for each with each
}

TEST_CASE("expanding what fold gives brings every name back, and no other", "[inventory]") {
  std::mt19937 random(20261123);
  const auto pick = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
  for (int round = 0; round < 300; ++round) {
    std::set<std::string> names;
    const int count = 1 + pick(60);
    for (int i = 0; i < count; ++i) {
      std::string name = pick(3) ? "n" : "rack";
      const int numbers = pick(3);
      for (int k = 0; k < numbers; ++k) {
        std::string digits = std::to_string(pick(pick(1) ? 12 : 120));
        if (pick(1)) digits.insert(0, static_cast<std::size_t>(pick(2)), '0');
        name += digits + (pick(1) ? "-" : "x");
      }
      names.insert(name);
    }
    const std::vector<std::string> list(names.begin(), names.end());
    const std::string folded = fold(list);
    INFO(folded);
    const auto back = expand_all(folded);
    CHECK(back.size() == names.size());
    CHECK(std::set(back.begin(), back.end()) == names);
  }
}

TEST_CASE("names that hold NUL bytes are told apart", "[inventory]") {
  using namespace std::string_literals;
  CHECK(fold(std::vector{"a6\0006b"s, "a6\0b"s, "a\0b"s}) == "a6\0006b,a6\0b,a\0b"s);
}

TEST_CASE("ten thousand names fold in ten times what a thousand take", "[inventory]") {
  CHECK(testing::grows_evenly(1000, [](int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back("node" + std::to_string(i) + "-rack" + std::to_string(i % 7));
    REQUIRE(expand_all(fold(names)).size() == names.size());
  }));
}

}  // namespace cef::inventory

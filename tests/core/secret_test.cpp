#include "../support/growth.hpp"

#include <cef/core/report.hpp>
#include <cef/core/secret.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <utility>

namespace cef {

namespace {

// Found as they stand, in the order in which they are given.
struct Held {
  Secrets all;
  explicit Held(std::initializer_list<const char*> texts) {
    for (const char* text : texts) all.add(Secret(text));
  }
  std::string mask(std::string text) const { return all.mask(std::move(text)); }
};

}  // namespace

TEST_CASE("every secret that a run has held is masked, the longest first", "[core]") {
  const Held held{"correct horse", "correct horse battery", "s3same!"};
  CHECK(held.mask("login with correct horse battery, correct horse and s3same!s3same!") ==
        "login with ********, ******** and ****************");
  CHECK(held.mask("nothing to hide") == "nothing to hide");
}

TEST_CASE("secrets belong to one run", "[core]") {
  const Held one{"uniform-victor"}, other{};
  CHECK(one.mask("uniform-victor") == "********");
  CHECK(other.mask("uniform-victor") == "uniform-victor");
  CHECK(other.all.empty());
}

TEST_CASE("what is too short to be told from ordinary words is not masked", "[core]") {
  const Held pin{"abc"};
  CHECK(pin.mask("the abc of it") == "the abc of it");
}

TEST_CASE("a short secret is masked as a word, not within words", "[core]") {
  const Held word{"papa"};
  CHECK(word.mask("papa papaya grandpapa pa-papa, \"papa\" papa_1 p\u00e4papa") ==
        "******** papaya grandpapa pa-********, \"********\" papa_1 p\u00e4papa");
}

TEST_CASE("a message goes on naming hosts whose name is a password", "[core]") {
  Held held{"quebec", "romeo-gateway"};
  for (const char* visible : {"quebec", "romeo-gateway-1"}) held.all.keep_visible(visible);
  const std::string text = "quebec: romeo-gateway-1 said quebec-x and romeo-gateway";
  CHECK(held.all.mask_message(text) == "quebec: romeo-gateway-1 said ********-x and ********");
  CHECK(held.mask(text) == "********: ********-1 said ********-x and ********");
}

TEST_CASE("a secret leaves no core dump behind", "[core]") {
  const Secret secret("sierra");
#ifndef __SANITIZE_ADDRESS__
  CHECK(::prctl(PR_GET_DUMPABLE) == 0);
#endif
}

TEST_CASE("a secret that comes in pieces is masked, and the rest is not held up", "[core]") {
  const Held held{"hunter2hunter3"};
  const std::string text = "a hunter2 b hunter2hunter3 c hunter2huntes";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    SecretFilter filter(held.all);
    std::string seen;
    for (std::size_t at = 0; at < text.size(); at += size) seen += filter.pass(std::string_view(text).substr(at, size));
    CHECK(seen + filter.end() == "a hunter2 b ******** c hunter2huntes");
  }
  SecretFilter filter(held.all);
  CHECK(filter.pass("Password: ") == "Password: ");
  CHECK(filter.pass("hunt").empty());
  CHECK(filter.pass("er!") == "hunter!");
}

TEST_CASE("secrets that overlap are masked to the end of the last one", "[core]") {
  const Held held{"hotel-india", "india-juliett"};
  CHECK(held.mask("x hotel-india-juliett y") == "x ******** y");
  CHECK(held.mask("x hotel-india y") == "x ******** y");
}

// Short texts stand in the object itself, where one can look after it has gone.
TEST_CASE("a secret's memory is wiped when it goes, and when it is moved", "[core]") {
  const std::string text = "kilo-lima";
  alignas(Secret) std::array<char, sizeof(Secret)> memory{};
  const auto held = [&] { return std::string_view(memory.data(), memory.size()).find(text) != std::string_view::npos; };
  auto* secret = new (memory.data()) Secret(text);
  CHECK(held());
  SECTION("gone") {}
  SECTION("moved") {
    const Secret other(std::move(*secret));
    CHECK(other.reveal() == text);
    CHECK_FALSE(held());
  }
  SECTION("replaced") {
    *secret = Secret("ma");
    CHECK_FALSE(held());
  }
  secret->~Secret();
  CHECK_FALSE(held());
}

TEST_CASE("masking grows with the hosts, not with hosts times secrets", "[core]") {
  CHECK(testing::grows_evenly(300, [](int hosts) {
    Secrets secrets;
    for (int i = 0; i < hosts; ++i) secrets.add(Secret(fmt::format("{}-of-host", i)));
    for (int i = 0; i < hosts; ++i) CHECK(secrets.mask(std::string(500, 'x')).size() == 500);
  }));
}

TEST_CASE("masking costs the same for a thousand secrets", "[core][.measure]") {
  std::string text;
  for (int i = 0; text.size() < 10'000; ++i) text += fmt::format("line {} of what a host printed\n", i);
  for (const int count : {1, 1000}) {
    Secrets secrets;
    for (int i = 0; i < count; ++i) secrets.add(Secret(fmt::format("pass-{}-of-host", i)));
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) CHECK(secrets.mask(text).size() == text.size());
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    WARN(count << " secrets, " << text.size() << " bytes: " << took.count() / 1000 << " us");
  }
}

TEST_CASE("secrets are masked everywhere in a result", "[core]") {
  const Held held{"swordfish"};
  HostResult result = failure("n1", {}, {Code::command_failed, "said swordfish", "not swordfish"});
  result.data = {{"stdout", "x swordfish"}, {"list", {{{"deep", "swordfish"}}, 7}}};
  result.checks.emplace_back();
  result.checks[0].metric = "disk.used_pct[/swordfish]";
  result.checks[0].error = "swordfish is gone";
  mask(held.all, result);
  CHECK(result.error->message == "said ********");
  CHECK(result.error->hint == "not ********");
  CHECK(result.checks[0].metric == "disk.used_pct[/********]");
  CHECK(result.checks[0].error == "******** is gone");
  CHECK(result.data.dump() == R"({"stdout":"x ********","list":[{"deep":"********"},7]})");
}

}  // namespace cef

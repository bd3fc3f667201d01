#include <cef/core/report.hpp>
#include <cef/core/secret.hpp>

#include <catch2/catch.hpp>

namespace cef {

TEST_CASE("every secret that was ever held is masked, the longest first", "[core]") {
  { const Secret gone("correct horse"), longer("correct horse battery"); }
  const Secret other("s3same!");
  CHECK(mask_secrets("login with correct horse battery, correct horse and s3same!s3same!") ==
        "login with ********, ******** and ****************");
  CHECK(mask_secrets("nothing to hide") == "nothing to hide");
}

TEST_CASE("what is too short to be told from ordinary words is not masked", "[core]") {
  const Secret pin("abc");
  CHECK(pin.reveal() == "abc");
  CHECK(mask_secrets("the abc of it") == "the abc of it");
}

TEST_CASE("a secret that comes in pieces is masked, and the rest is not held up", "[core]") {
  const Secret secret("hunter2hunter3");
  const std::string text = "a hunter2 b hunter2hunter3 c hunter2huntes";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    SecretFilter filter;
    std::string seen;
    for (std::size_t at = 0; at < text.size(); at += size) seen += filter.pass(std::string_view(text).substr(at, size));
    CHECK(seen + filter.end() == "a hunter2 b ******** c hunter2huntes");
  }
  SecretFilter filter;
  CHECK(filter.pass("Password: ") == "Password: ");
  CHECK(filter.pass("hunt").empty());
  CHECK(filter.pass("er!") == "hunter!");
}

TEST_CASE("secrets are masked everywhere in a result", "[core]") {
  const Secret secret("swordfish");
  HostResult result = failure("n1", {}, {Code::command_failed, "said swordfish", "not swordfish"});
  result.data = {{"stdout", "x swordfish"}, {"list", {{{"deep", "swordfish"}}, 7}}};
  mask_secrets(result);
  CHECK(result.error->message == "said ********");
  CHECK(result.error->hint == "not ********");
  CHECK(result.data.dump() == R"({"stdout":"x ********","list":[{"deep":"********"},7]})");
}

}  // namespace cef

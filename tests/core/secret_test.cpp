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

}  // namespace cef

#include "certificate.hpp"

#include "../support/keys.hpp"
#include "process.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

namespace cef::transport::certificate_tests {

TEST_CASE("the time for which a certificate is valid is read, of every kind of key", "[transport]") {
  const auto* key = GENERATE("ed25519", "ecdsa256", "rsa2048");
  DYNAMIC_SECTION(key) {
    const testing::TempDir folder;
    const auto copy = folder / "key.pub";
    std::filesystem::copy_file(testing::key_file(key).string() + ".pub", copy);
    const auto sign = [&](const std::string& validity) {
      REQUIRE(testing::run({"ssh-keygen", "-q", "-s", testing::key_file("ed25519-ca").string(), "-I", "an id", "-n",
                            "root,other", "-V", validity, copy.string()},
                           {.env = {{"TZ", "UTC"}}})
                  .exit_code == 0);
      return testing::read_file(folder / "key-cert.pub");
    };
    using std::chrono::system_clock;
    const auto day = std::chrono::hours(24);
    const auto line = sign("20200101:20200102");
    const auto validity = validity_of(line);
    REQUIRE(validity);
    CHECK(validity->until - validity->from == day);
    CHECK(lapse("x", *validity, system_clock::now()) == "x expired on 2020-01-02 00:00 UTC");
    CHECK(lapse("x", *validity, validity->from - day) == "x is not valid before 2020-01-01 00:00 UTC");
    CHECK(lapse("x", *validity, validity->from).empty());
    const auto unlimited = validity_of(sign("always:forever"));
    REQUIRE(unlimited);
    CHECK(lapse("x", *unlimited, system_clock::now()).empty());
    for (std::size_t size = 0; size < line.size() / 2; size += 4) CHECK_FALSE(validity_of(line.substr(0, size)));
  }
}

}  // namespace cef::transport::certificate_tests

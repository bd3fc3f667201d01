#include <cef/core/sha256.hpp>

#include <catch2/catch.hpp>

namespace cef {

TEST_CASE("digests are those of the standards' own examples", "[core]") {
  CHECK(sha1_of("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(sha1_of("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace cef

#include <cef/core/host_key_policy.hpp>

#include <catch2/catch.hpp>

namespace cef {

TEST_CASE("host key policies are read by our names and by ssh's", "[core]") {
  CHECK(host_key_policy_from("ask") == HostKeyPolicy::ask);
  CHECK(host_key_policy_from("accept-new") == HostKeyPolicy::accept_new);
  CHECK(host_key_policy_from("strict") == HostKeyPolicy::strict);
  CHECK(host_key_policy_from("yes") == HostKeyPolicy::strict);
  CHECK(host_key_policy_from("off") == HostKeyPolicy::off);
  CHECK(host_key_policy_from("no") == HostKeyPolicy::off);
  CHECK_FALSE(host_key_policy_from(""));
  CHECK_FALSE(host_key_policy_from("Off"));
  CHECK_FALSE(host_key_policy_from("accept_new"));
}

TEST_CASE("a policy's name reads back as the policy", "[core]") {
  const auto policy =
      GENERATE(HostKeyPolicy::ask, HostKeyPolicy::accept_new, HostKeyPolicy::strict, HostKeyPolicy::off);
  CHECK(host_key_policy_from(name_of(policy)) == policy);
}

}  // namespace cef

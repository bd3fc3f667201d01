// How errors are laid out on standard error.
#include "app.hpp"
#include "console/host_key_prompt.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace cef::cli {

TEST_CASE("errors break between words where the terminal ends, and go on under themselves", "[cli]") {
  const Error error{Code::usage, "there is no verb 'pign': did you mean 'ping'?",
                    "verbs: hosts, ping, exec, jobs, sudo, enroll, os"};
  CHECK(complaint(error, 0) ==
        "cef: there is no verb 'pign': did you mean 'ping'?\n"
        "     verbs: hosts, ping, exec, jobs, sudo, enroll, os\n");
  CHECK(complaint(error, 40) ==
        "cef: there is no verb 'pign': did you\n"
        "     mean 'ping'?\n"
        "     verbs: hosts, ping, exec, jobs,\n"
        "     sudo, enroll, os\n");
  CHECK(complaint({Code::usage, "one\ntwo", ""}, 40) == "cef: one\ncef: two\n");
}

namespace {

std::vector<transport::UnknownKey> keys_of(int hosts) {
  std::vector<transport::UnknownKey> keys;
  for (int i = 1; i <= hosts; ++i)
    keys.push_back({"n" + std::to_string(i), "192.0.2.1", 22, {"ssh-ed25519", "blob" + std::to_string(i)}, {}});
  return keys;
}

}  // namespace

TEST_CASE("a question about host keys is answered for all of them, for some, or for none", "[cli]") {
  using What = KeyAnswer::What;
  const auto keys = keys_of(4);
  const auto trusted = [&](const char* line) {
    const KeyAnswer answer = read_key_answer(line, keys);
    REQUIRE(answer.what == What::trusted);
    return answer.hosts;
  };
  using Names = std::vector<std::string>;
  CHECK(trusted("yes") == Names{"n1", "n2", "n3", "n4"});
  CHECK(trusted(" Y ") == Names{"n1", "n2", "n3", "n4"});
  CHECK(trusted("no").empty());
  CHECK(trusted("n2") == Names{"n2"});
  CHECK(trusted("n[1-2], n4") == Names{"n1", "n2", "n4"});
  CHECK(read_key_answer("show", keys).what == What::show);
  for (const char* slip : {"maybe", "", "n9", "n[1-", "n1 n9"}) {
    CAPTURE(slip);
    const KeyAnswer answer = read_key_answer(slip, keys);
    CHECK(answer.what == What::unclear);
    CHECK(answer.reason.find("Please type yes or no") != std::string::npos);
  }
  CHECK(read_key_answer("n9", keys).reason.starts_with("'n9' is none of these hosts"));
  // Of one host there is nothing to choose.
  CHECK(read_key_answer("n1", keys_of(1)).what == What::unclear);
}

TEST_CASE("of very many host keys the first ones are shown, and all when asked", "[cli]") {
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const auto keys = keys_of(300);
  const std::string some = show_keys(keys);
  CHECK(lines(some) == 1 + 2 * static_cast<long>(most_keys_shown) + 1);
  CHECK(some.ends_with("  and 280 more: n[21-300]\n"));
  CHECK(lines(show_keys(keys, keys.size())) == 601);
  CHECK(question_about(keys) ==
        "Trust all 300 and remember them? (yes/no, show for all of them, or some hosts by name) ");
  CHECK(question_about(keys_of(1)) == "Trust it and remember it? (yes/no) ");
  CHECK(question_about(keys_of(2)) == "Trust all 2 and remember them? (yes/no, or some hosts by name) ");
}

}  // namespace cef::cli

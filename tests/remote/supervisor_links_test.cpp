// The supervisor at work over SSH connections that are cut at any byte.
#include "supervised_host.hpp"

namespace cef::remote::supervisor_links_tests {

TEST_CASE("connections cut at any byte lose nothing and run nothing twice", "[supervisor]") {
  const testing::Sshd server;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  testing::CutLink cuts(server.port(), 20, seed, 10'000);  // seven cuts at the least, for so much is said
  Host host(cuts.port());
  const testing::TempDir folder;
  const std::string text = fmt::format(
      "echo run >>{0}; cat >>{0}; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo \"line $i\"; echo \"error $i\" >&2; "
      "[ $((i%50)) != 0 ] || sleep 0.1; done; exit 9",
      (folder / "count").string());
  const std::string id = new_job_id();
  Watch watch;
  watch.until = Clock::now() + 4 * testing::patience;
  const auto ran = host.run(text, "input\n", std::move(watch), id);
  INFO((ran ? "" : ran.error().message));
  REQUIRE(ran);
  std::string out, err;
  for (int i = 1; i <= 2000; ++i) {
    out += fmt::format("line {}\n", i);
    err += fmt::format("error {}\n", i);
  }
  CHECK(ran->status == 9);
  CHECK(ran->out == out);
  CHECK(ran->err == err);
  CHECK(read_file(folder / "count").value() == "run\ninput\n");
  CHECK(cuts.cut() > 5);
  std::filesystem::remove_all(folder_of(id));  // what keeps it from being run again
}

}  // namespace cef::remote::supervisor_links_tests

// Transfers over SSH connections that are cut at any byte, and on the controller itself.
#include "supervised_host.hpp"

#include <cef/remote/pull.hpp>
#include <cef/remote/push.hpp>

namespace cef::remote::push_links_tests {

namespace {

std::string noise_of(std::size_t size) {
  std::minstd_rand random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() >> 8);
  return bytes;
}

// The file there, and what came of sending it.
struct Sent {
  testing::TempDir here, there;
  std::string bytes;

  explicit Sent(std::size_t size) : bytes(noise_of(size)) { testing::write_file(here / "a", bytes); }
  Source source() const { return std::move(Source::open(here / "a").value()); }
  PushOrders orders() const {
    PushOrders orders;
    orders.dest = there.path().string() + "/";
    orders.retries = 30;
    return orders;
  }
  std::string arrived() const { return read_file(there / "a").value(); }
  bool is_tidy() const {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(there.path())) files += entry.exists() ? 1 : 0;
    return files == 1;
  }
};

}  // namespace

TEST_CASE("a file is pushed and pulled on the controller itself", "[push]") {
  const Sent sent(3'000'000);
  Host host;
  PatientLink link(host.job, host.executor(), Host::soon());
  const Source source = sent.source();
  const PushOrders orders = sent.orders();
  const auto pushed = host.wait(push(link, source, orders));
  INFO((pushed ? "" : pushed.error().message));
  REQUIRE(pushed);
  CHECK(pushed->bytes_sent == 3'000'000);
  CHECK(pushed->sha256 == sha256_of(sent.bytes));
  CHECK(pushed->changed);
  CHECK(sent.arrived() == sent.bytes);
  CHECK(sent.is_tidy());
  const auto again = host.wait(push(link, source, orders));
  REQUIRE(again);
  CHECK(again->equal);
  CHECK(again->bytes_sent == 0);
  CHECK_FALSE(again->changed);

  PullOrders back;
  back.path = (sent.there / "a").string();
  back.folder = sent.here / "n1";
  back.name = "a";
  const auto pulled = host.wait(pull(link, back));
  INFO((pulled ? "" : pulled.error().message));
  REQUIRE(pulled);
  CHECK(read_file(sent.here / "n1/a").value() == sent.bytes);
  const auto twice = host.wait(pull(link, back));
  REQUIRE(twice);
  CHECK(twice->equal);
}

TEST_CASE("a file comes whole through connections that are cut at any byte", "[push]") {
  const testing::Sshd server;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  constexpr long size = 60'000'000;
  const Sent sent(size);
  testing::CutLink cuts(server.port(), 20, seed, size / 10);
  Host host(cuts.port());
  PatientLink link(host.job, host.executor(), Clock::now() + 8 * testing::patience);
  const Source source = sent.source();
  const PushOrders orders = sent.orders();
  const auto pushed = host.wait(push(link, source, orders));
  INFO((pushed ? "" : pushed.error().message));
  REQUIRE(pushed);
  CHECK(sent.arrived() == sent.bytes);
  CHECK(sent.is_tidy());
  CHECK(cuts.cut() > 3);
  CHECK(pushed->bytes_sent <= size + size / 100);
}

TEST_CASE("a folder comes whole through connections that are cut at any byte", "[push]") {
  const testing::Sshd server;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  const testing::TempDir here, there;
  for (int i = 0; i < 100; ++i) {
    std::filesystem::create_directories(here / fmt::format("tree/{}", i % 7));
    testing::write_file(here / fmt::format("tree/{}/{}", i % 7, i), noise_of(50'000 + static_cast<std::size_t>(i)));
  }
  testing::write_file(here / "tree/big", noise_of(20'000'000));
  testing::CutLink cuts(server.port(), 8, seed, 6'000'000);
  Host host(cuts.port());
  PatientLink link(host.job, host.executor(), Clock::now() + 8 * testing::patience);
  const Tree tree = std::move(Tree::open(here / "tree").value());
  PushOrders orders;
  orders.dest = (there / "tree").string();
  orders.retries = 30;
  const auto pushed = host.wait(push(link, tree, orders, false));
  INFO((pushed ? "" : pushed.error().message));
  REQUIRE(pushed);
  CHECK(testing::run({"diff", "-r", (here / "tree").string(), (there / "tree").string()}).exit_code == 0);
  const auto again = host.wait(push(link, tree, orders, false));
  REQUIRE(again);
  CHECK(again->equal);

  PullOrders back;
  back.path = orders.dest;
  back.folder = here / "n1";
  back.name = "tree";
  back.retries = 30;
  const auto pulled = host.wait(pull_any(link, back));
  INFO((pulled ? "" : pulled.error().message));
  REQUIRE(pulled);
  CHECK(testing::run({"diff", "-r", (here / "tree").string(), (here / "n1/tree").string()}).exit_code == 0);
}

}  // namespace cef::remote::push_links_tests

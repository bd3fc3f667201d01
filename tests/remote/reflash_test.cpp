// What is said of a host whose key is not the one that is known: by a host that shows what the test says, login by
// login.
#include "temp_dir.hpp"

#include <cef/remote/reflash.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cef::remote::reflash_tests {

namespace {

namespace asio = boost::asio;

class NoSession : public transport::Session {
 public:
  asio::awaitable<Result<transport::ExecResult>> exec(transport::Command&&, transport::Deadline) override {
    co_return transport::ExecResult{};
  }
  const transport::LoginTimes& times() const override { return times_; }

 private:
  transport::LoginTimes times_;
};

// Its logins end so, one after the other; what they asked for is noted.
struct Host : transport::Executor {
  std::deque<std::optional<Code>> ends;
  std::vector<std::vector<std::string>> asked_for;

  asio::awaitable<Result<std::unique_ptr<transport::Session>>> connect(transport::Target target, transport::Deadline,
                                                                       transport::LoginTimes&) override {
    asked_for.push_back(target.host_key_types);
    const auto end = ends.front();
    ends.pop_front();
    if (end) co_return Unexpected(Error{*end, "the host key has changed", ""});
    co_return std::make_unique<NoSession>();
  }
};

struct Scene {
  testing::TempDir folder;
  Host host;
  ReflashWatch watch{host};
  transport::Target target;

  Scene() {
    target.address = "192.0.2.1";
    target.known_hosts = {(folder / "known_hosts").string()};
    testing::write_file(folder / "known_hosts",
                        "192.0.2.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
  }
  // Empty for a login that works.
  std::string log_in() {
    asio::io_context io;
    std::optional<std::string> said;
    const auto go = [&]() -> asio::awaitable<void> {
      transport::LoginTimes times;
      const auto session = co_await watch.connect(target, transport::no_deadline, times);
      said = session ? "" : session.error().message + " | " + session.error().hint;
    };
    asio::co_spawn(io, go, [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.run();
    return said.value();
  }
};

}  // namespace

TEST_CASE("a host that shows none of its keys looks re-flashed", "[remote]") {
  Scene scene;
  scene.host.ends = {Code::host_key_changed, Code::host_key_changed};
  CHECK_THAT(scene.log_in(), Catch::Contains("it looks re-flashed"));
  CHECK(scene.host.asked_for.back() == std::vector<std::string>{"ssh-ed25519"});
}

TEST_CASE("a key that changes within one run is no re-flashing, and nothing more is asked of that host", "[remote]") {
  Scene scene;
  scene.host.ends = {std::nullopt, Code::host_key_changed};
  CHECK(scene.log_in().empty());
  const std::string said = scene.log_in();
  CHECK_THAT(said, Catch::Contains("a moment ago, in this run, it had another"));
  CHECK_THAT(said, Catch::Contains("does somebody stand in between?"));
  CHECK_THAT(said, !Catch::Contains("re-flashed") && !Catch::Contains("ssh-keygen -R"));
  CHECK(scene.host.asked_for.size() == 2);
}

}  // namespace cef::remote::reflash_tests

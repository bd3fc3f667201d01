#include "dial.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include <filesystem>
#include <optional>
#include <sys/resource.h>
#include <sys/socket.h>
#include <vector>

namespace cef::transport::dial_tests {

namespace {

using asio::ip::tcp;

Addresses addresses(std::initializer_list<const char*> texts) {
  Addresses list;
  for (const char* text : texts) list.push_back(asio::ip::make_address(text));
  return list;
}

std::size_t open_sockets() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the descriptor that lists them
    if (std::filesystem::read_symlink(entry, gone).string().starts_with("socket:")) ++count;
  }
  return count;
}

// Listens on an address; a silent one has its queue full, so that it drops what else wants to connect.
class Listener {
 public:
  Listener(const tcp::endpoint& endpoint, bool silent) : acceptor_(io_) {
    acceptor_.open(endpoint.protocol());
    acceptor_.bind(endpoint);
    acceptor_.listen(silent ? 0 : 64);
    if (!silent) return;
    for (int i = 0; i < 4; ++i) {
      auto& filler = fillers_.emplace_back(io_);
      filler.open(tcp::v4());
      filler.native_non_blocking(true);
      const auto to = acceptor_.local_endpoint();
      (void)::connect(filler.native_handle(), to.data(), static_cast<socklen_t>(to.size()));  // asio's would wait
    }
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::vector<tcp::socket> fillers_;
};

struct Dialled {
  asio::io_context io;
  Stop stop;
  std::shared_ptr<Waiter> waiter = Waiter::make(io, stop);
  std::optional<Result<void>> outcome;

  Dialled(Addresses to, std::uint16_t port, Milliseconds patience) { again(std::move(to), port, patience); }
  void again(Addresses to, std::uint16_t port, Milliseconds patience) {
    waiter->set_deadline(Clock::now() + patience);
    io.restart();
    asio::co_spawn(
        io,
        [](Dialled& self, Addresses list, std::uint16_t at) -> asio::awaitable<void> {
          self.outcome = co_await dial(self.waiter, std::move(list), at);
          self.io.stop();
        }(*this, std::move(to), port),
        asio::detached);
    io.run();
  }
};

}  // namespace

TEST_CASE("an address that loses the race is given up at once", "[transport]") {
  const Listener live({asio::ip::make_address("127.0.0.1"), 0}, false);
  const Listener dead({asio::ip::make_address("127.0.0.2"), live.port()}, true);
  const auto before = open_sockets();
  Dialled dialled(addresses({"127.0.0.2", "127.0.0.1"}), live.port(), Milliseconds(20'000));
  REQUIRE(dialled.outcome);
  REQUIRE(*dialled.outcome);
  CHECK(open_sockets() == before + 1);  // the session's
}

TEST_CASE("addresses that do not answer in time are given up", "[transport]") {
  const Listener dead({asio::ip::make_address("127.0.0.2"), 0}, true);
  const auto before = open_sockets();
  Dialled dialled(addresses({"127.0.0.2", "127.0.0.2"}), dead.port(), Milliseconds(400));
  REQUIRE(dialled.outcome);
  CHECK(dialled.outcome->error().code == Code::connect_timeout);
  CHECK(open_sockets() == before);
}

TEST_CASE("addresses for which there is no socket fail at once", "[transport]") {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  Dialled before(addresses({"127.0.0.1", "127.0.0.1"}), 9, Milliseconds(20'000));  // its loop is open
  REQUIRE(before.outcome);
  const rlimit none{0, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  before.again(addresses({"127.0.0.1", "127.0.0.1"}), 9, Milliseconds(20'000));
  ::setrlimit(RLIMIT_NOFILE, &limit);
  REQUIRE(before.outcome);
  CHECK(before.outcome->error().code == Code::io_failed);
}

}  // namespace cef::transport::dial_tests

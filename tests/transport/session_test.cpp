// What a session promises, over SSH and on the controller itself alike: any input, any output, any lifetime.
#include "../support/keys.hpp"  // not the one of this layer
#include "proc.hpp"
#include "process.hpp"
#include "sshd.hpp"
#include "temp_dir.hpp"

#include <cef/transport/local.hpp>
#include <cef/transport/ssh.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <unistd.h>

namespace cef::transport::session_tests {

namespace {

const testing::Sshd& server() {
  static const testing::Sshd one;
  return one;
}

// Runs single commands on one kind of session.
class Host {
 public:
  explicit Host(bool over_ssh) : over_ssh_(over_ssh) {
    std::signal(SIGPIPE, SIG_IGN);  // as cef does
    if (!over_ssh) return;
    testing::write_file(folder_ / "known_hosts", server().known_hosts());
    target_.address = "127.0.0.1";
    target_.port = server().port();
    target_.user = testing::login_user();
    target_.key_files = {testing::key_file("ed25519").string()};
    target_.identities_only = true;
    target_.known_hosts = {(folder_ / "known_hosts").string()};
  }

  Result<ExecResult> exec(Command command, Milliseconds limit = Milliseconds(20'000)) {
    boost::asio::co_spawn(io_, go(std::move(command), limit), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io_.restart();
    while (!result_ && io_.run_one() > 0) {
    }
    auto result = std::move(result_).value();
    result_.reset();
    return result;
  }

 private:
  asio::awaitable<void> go(Command command, Milliseconds limit) {
    LoginTimes times;
    Executor& executor = over_ssh_ ? static_cast<Executor&>(ssh_) : local_;
    auto session = co_await executor.connect(target_, Clock::now() + Milliseconds(10'000), times);
    if (!session)
      result_ = Unexpected(session.error());
    else
      result_ = co_await (*session)->exec(std::move(command), Clock::now() + limit);
  }

  bool over_ssh_;
  testing::TempDir folder_;
  Target target_;
  Stop stop_;
  boost::asio::io_context io_;
  SshExecutor ssh_{io_, stop_};
  LocalExecutor local_{io_, stop_, ssh_.breaker()};
  std::optional<Result<ExecResult>> result_;
};

Command make(std::string text, Lifetime lifetime) {
  Command command;
  command.text = std::move(text);
  command.lifetime = lifetime;
  return command;
}

// A file of numbers, made as it is read.
class Numbers {
 public:
  explicit Numbers(std::size_t lines) : lines_(lines) {}
  std::optional<std::string_view> give(std::size_t most) {
    piece_.clear();
    while (at_ < lines_ && piece_.size() + 8 <= most) piece_ += fmt::format("{:07}\n", at_++);
    most_ = std::max(most_, most);
    if (piece_.empty() && at_ == lines_) return std::nullopt;
    return piece_;
  }
  std::size_t most() const { return most_; }

 private:
  std::size_t lines_, at_ = 0, most_ = 0;
  std::string piece_;
};

std::string unique_seconds() {
  static int last = 0;
  return fmt::format("{}.{}", 70'000 + ++last, ::getpid());
}

}  // namespace

TEST_CASE("any session does what is asked of it, whatever the lifetime", "[transport]") {
  const bool over_ssh = GENERATE(false, true);
  const Lifetime lifetime = GENERATE(Lifetime::tied, Lifetime::free);
  const std::string name =
      fmt::format("{}, {}", over_ssh ? "over SSH" : "here", lifetime == Lifetime::tied ? "tied" : "free");
  Host host(over_ssh);

  DYNAMIC_SECTION(name << ": a text is its input, and then ends") {
    Command command = make("cat; echo end; exit 3", lifetime);
    command.input = std::string(300'000, 'x') + '\n';
    const auto ran = host.exec(std::move(command));
    REQUIRE(ran);
    CHECK(ran->out.size() == 300'005);
    CHECK(ran->out.ends_with("x\nend\n"));
    CHECK(ran->status == 3);
  }

  DYNAMIC_SECTION(name << ": without input there is nothing to read") {
    const auto ran = host.exec(make("wc -c | tr -d ' '", lifetime));
    REQUIRE(ran);
    CHECK(ran->out == "0\n");
  }

  DYNAMIC_SECTION(name << ": a large input is made while it is sent") {
    Numbers numbers(1'000'000);  // 8 MB
    Command command = make("awk '$1 != NR - 1 { exit 4 } END { print NR }'", lifetime);
    command.streams.source = [&](std::size_t most) { return numbers.give(most); };
    const auto ran = host.exec(std::move(command));
    REQUIRE(ran);
    CHECK(ran->out == "1000000\n");
    CHECK(ran->status == 0);
    CHECK(numbers.most() <= 65536);  // never the whole
  }

  DYNAMIC_SECTION(name << ": input and output take turns") {
    int asked = 0, answered = 0;
    std::string line;
    Command command = make("while read -r n; do [ $n = stop ] && exit 0; echo $n; done", lifetime);
    command.streams.source = [&](std::size_t) -> std::optional<std::string_view> {
      if (asked > answered) return std::string_view();
      line = ++asked <= 5 ? fmt::format("{}\n", asked) : "stop\n";
      return line;
    };
    command.streams.on_output = [&](bool, std::string_view bytes) {
      answered += static_cast<int>(std::count(bytes.begin(), bytes.end(), '\n'));
    };
    const auto ran = host.exec(std::move(command));
    REQUIRE(ran);
    CHECK(ran->out == "1\n2\n3\n4\n5\n");
    CHECK(ran->status == 0);
  }

  DYNAMIC_SECTION(name << ": a command that reads none of its source ends all the same") {
    Numbers numbers(100'000);
    Command command = make("echo no; exit 6", lifetime);
    command.streams.source = [&](std::size_t most) { return numbers.give(most); };
    const auto ran = host.exec(std::move(command));
    REQUIRE(ran);
    CHECK(ran->out == "no\n");
    CHECK(ran->status == 6);
  }

  DYNAMIC_SECTION(name << ": output that is not kept has no limit") {
    std::size_t seen = 0;
    Command command = make("head -c 300000 /dev/zero; echo trouble >&2", lifetime);
    command.streams.keeps_output = false;
    command.streams.output_limit = 1000;
    command.streams.on_output = [&](bool, std::string_view bytes) { seen += bytes.size(); };
    const auto ran = host.exec(std::move(command));
    REQUIRE(ran);
    CHECK(ran->out.empty());
    CHECK(ran->err.empty());
    CHECK(seen == 300'008);
  }

  DYNAMIC_SECTION(name << ": one that is given up ends, or goes on, with a source or without") {
    const bool streamed = GENERATE(false, true);
    const std::string sleep = "sleep " + unique_seconds();
    Command command = make(sleep, lifetime);
    if (streamed) command.streams.source = [](std::size_t) { return std::string_view(); };
    const auto ran = host.exec(std::move(command), Milliseconds(300));
    REQUIRE_FALSE(ran);
    CHECK(ran.error().code == Code::command_timeout);
    const bool told = ran.error().message.find("ended") != std::string::npos;
    CHECK(told == (lifetime == Lifetime::tied));
    if (lifetime == Lifetime::tied) {
      CHECK(testing::eventually([&] { return testing::processes_with(sleep).empty(); }));
    } else {
      const auto left = testing::processes_with(sleep);
      CHECK_FALSE(left.empty());
      for (const auto& process : left) ::kill(process.pid, SIGKILL);
    }
  }
}

}  // namespace cef::transport::session_tests

// What supervision costs in messages: the time of each is a round trip of the link.
#include "supervised_host.hpp"

namespace cef::remote::supervisor_cost_tests {

namespace {

// What passes between cef and a host, besides the host's output.
struct Traffic {
  int logins = 0, channels = 0;
  std::vector<std::string> words;  // told to the host on a command's standard input
};

class Counting : public transport::Executor {
 public:
  Counting(transport::Executor& executor, Traffic& traffic) : executor_(executor), traffic_(traffic) {}

  asio::awaitable<Result<std::unique_ptr<transport::Session>>> connect(transport::Target target,
                                                                       transport::Deadline deadline,
                                                                       transport::LoginTimes& times) override {
    ++traffic_.logins;
    auto session = co_await executor_.connect(std::move(target), deadline, times);
    if (!session) co_return Unexpected(session.error());
    co_return std::make_unique<Session>(std::move(*session), traffic_);
  }

 private:
  class Session : public transport::Session {
   public:
    Session(std::unique_ptr<transport::Session> session, Traffic& traffic)
        : session_(std::move(session)), traffic_(traffic) {}
    const transport::LoginTimes& times() const override { return session_->times(); }
    bool is_open() override { return session_->is_open(); }
    asio::awaitable<Result<ExecResult>> exec(transport::Command&& command, transport::Deadline deadline) override {
      ++traffic_.channels;
      auto source = std::move(command.streams.source);
      command.streams.source = [this, source = std::move(source)](std::size_t most) {
        auto words = source(most);
        if (words && !words->empty()) traffic_.words.emplace_back(*words);
        return words;
      };
      return session_->exec(std::move(command), deadline);
    }

   private:
    std::unique_ptr<transport::Session> session_;
    Traffic& traffic_;
  };

  transport::Executor& executor_;
  Traffic& traffic_;
};

}  // namespace

TEST_CASE("a supervised command costs one message more than a plain one", "[supervisor]") {
  Host host;
  Traffic traffic;
  Counting counting(host.login(), traffic);
  host.log_in_by(counting);
  SECTION("one that is run: that all was received") {
    REQUIRE(host.run("echo out; echo err >&2; exit 3"));
    CHECK(traffic.words == std::vector<std::string>{"gone\n"});
  }
  SECTION("its input goes with the command") {
    REQUIRE(host.run("cat", "given\n"));
    CHECK(traffic.words == std::vector<std::string>{"given\n", "gone\n"});
  }
  SECTION("much output in many pieces costs no further one") {
    REQUIRE(host.run("i=0; while [ $i -lt 20 ]; do i=$((i+1)); seq 1 3000; sleep 0.05; done"));
    CHECK(traffic.words == std::vector<std::string>{"gone\n"});
  }
  SECTION("one that is left is told nothing") {
    const std::string id = new_job_id();
    REQUIRE(host.start(id, "true"));
    CHECK(traffic.words.empty());
    std::filesystem::remove_all(folder_of(id));
  }
  CHECK(traffic.logins == 1);
  CHECK(traffic.channels == 1);
}

}  // namespace cef::remote::supervisor_cost_tests

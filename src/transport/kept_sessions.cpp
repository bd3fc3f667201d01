#include <cef/transport/kept_sessions.hpp>

#include <utility>

namespace cef::transport {

// A session on loan: it goes back when its user is done.
class KeptSessions::Lent final : public Session {
 public:
  Lent(std::string host, std::unique_ptr<Session> session, std::weak_ptr<Kept> home, std::size_t most)
      : host_(std::move(host)), session_(std::move(session)), home_(std::move(home)), most_(most) {}
  ~Lent() override {
    const auto home = home_.lock();
    if (home && sound_ && home->size() < most_) home->insert_or_assign(host_, std::move(session_));
  }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

  asio::awaitable<Result<ExecResult>> exec(Command&& command, Deadline deadline) override {
    auto result = co_await session_->exec(std::move(command), deadline);
    sound_ = sound_ && result.has_value();
    co_return result;
  }
  const LoginTimes& times() const override { return session_->times(); }
  Result<HostKey> host_key() const override { return session_->host_key(); }
  bool is_open() override { return session_->is_open(); }

 private:
  std::string host_;
  std::unique_ptr<Session> session_;
  std::weak_ptr<Kept> home_;
  std::size_t most_;
  bool sound_ = true;
};

asio::awaitable<Result<std::unique_ptr<Session>>> KeptSessions::connect(Target target, Deadline deadline,
                                                                        LoginTimes& times) {
  const std::string host = target.name;
  if (auto kept = kept_->extract(host)) {
    auto session = std::move(kept.mapped());
    if (session->is_open()) {
      times.address = session->times().address;
      times.server = session->times().server;
      co_return std::make_unique<Lent>(host, std::move(session), kept_, most_);
    }
  }
  auto made = co_await below_.connect(std::move(target), deadline, times);
  if (!made) co_return Unexpected(made.error());
  co_return std::make_unique<Lent>(host, std::move(*made), kept_, most_);
}

}  // namespace cef::transport

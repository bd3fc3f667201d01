// A jump host one is logged in to, and the connections that pass through it. Any number of hosts share its one session:
// each has a channel of it, bridged by a socket pair to an inner session that knows nothing of all this.
#pragma once

#include "ssh_session.hpp"
#include "waiter.hpp"

#include <cef/core/result.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace cef::transport {

class Bastion : public std::enable_shared_from_this<Bastion> {
 public:
  /// `session` is logged in. `name` is for messages.
  Bastion(asio::io_context& io, std::string name, std::unique_ptr<SshSession> session);
  ~Bastion();
  Bastion(const Bastion&) = delete;
  Bastion& operator=(const Bastion&) = delete;

  /// Connects the waiter's socket to a host as the bastion sees it (RFC 4254, 7.2: direct-tcpip).
  /// Errors: connect_refused, connect_timeout, network_unreachable and name_unknown when the bastion says so, and
  /// jump_failed; io_failed (no descriptors left).
  asio::awaitable<Result<void>> connect(std::shared_ptr<Waiter> waiter, std::string address, std::uint16_t port);

  bool lost() const { return session_->lost(); }
  const std::string& name() const { return name_; }

 private:
  struct Tunnel;

  std::shared_ptr<Tunnel> start(Waiter& waiter, const std::string& address, std::uint16_t port);
  void service();
  void settle();
  void arm();
  void look_for_answers();
  void attend(Tunnel& tunnel);
  bool move_down(Tunnel& tunnel);
  void move_up(Tunnel& tunnel);
  void write_up(Tunnel& tunnel, std::string_view bytes);
  void resume_held();
  void wait_to_read(Tunnel& tunnel);
  void release(Tunnel& tunnel);
  void lose();
  bool congested() const { return (ssh_get_status(session_->session_.get()) & SSH_WRITE_PENDING) != 0; }

  asio::io_context& io_;
  std::string name_;
  std::unique_ptr<SshSession> session_;
  std::list<std::shared_ptr<Tunnel>> tunnels_;
  std::vector<Tunnel*> opening_;    // asked for, not answered
  std::vector<Tunnel*> attention_;  // something came for them that is still to be dealt with
  std::vector<Tunnel*> held_;       // may not send now: the window is shut, or the connection is full
  std::string last_refusal_;
  unsigned opened_ = 0;  // channels so far
  Deadline next_question_{};
  bool reading_ = false, writing_ = false, settling_ = false;
};

}  // namespace cef::transport

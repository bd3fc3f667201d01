// One client of one simulated host: libssh's server side, driven by the server's loop.
#pragma once

#include "behaviour.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <list>
#include <memory>
#include <string>

namespace cef::simulator {

class Server;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Takes the descriptor.
  Connection(Server& server, int fd, Behaviour behaviour);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  /// Begins to speak, or to be silent.
  void start();
  /// The client has sent something, has gone, or takes bytes again.
  void ready();
  /// Whether there are bytes that the client has not taken yet.
  bool has_more() const;
  /// Nothing more will come of it.
  bool over() const { return over_; }

 private:
  enum class Phase { silent, deaf, breaking_off, key_exchange, open };
  /// A command that the client has asked for.
  struct Exec {
    Connection& connection;
    ssh_channel channel = nullptr;
    ssh_channel_callbacks_struct callbacks{};
    Behaviour behaviour{};
    std::size_t sent = 0;  // bytes of behaviour.output
    bool heard = false;    // something on its standard input
    std::string line{};    // of what is said before a file is sent
    bool sending = false;
    std::size_t taken = 0;  // bytes of the file
    enum { idle, asked, waiting, answering, answered, closed } state = idle;

    void hear(std::string_view bytes);
  };

  void speak();
  void break_off();
  void drip(std::size_t said);
  void say_lines();
  void begin_key_exchange();
  void continue_key_exchange();
  void pump();
  void serve_execs();
  void consider(Exec& exec);
  void pester(std::size_t channels);
  void chatter();
  bool takes_keys() const { return behaviour_.prompts == 0 && behaviour_.login == Behaviour::by_key; }
  void begin_answer(ssh_channel channel);
  void answer(Exec& exec);
  bool send(Exec& exec, std::size_t& bytes, bool is_stderr);
  bool send_output(Exec& exec);
  void say(std::string_view text);
  /// From now on what comes is thrown away, until the client goes.
  void go_deaf() { phase_ = Phase::deaf; }
  void discard();
  /// Tells the client that nothing more will come.
  void close();
  void reset();

  static int on_key(ssh_session session, const char* user, ssh_key_struct* key, char state, void* self);
  static int on_message(ssh_session session, ssh_message message, void* self);
  static ssh_channel on_channel(ssh_session session, void* self);

  Server& server_;
  int fd_;
  const Behaviour behaviour_;
  Phase phase_ = Phase::silent;
  bool over_ = false, logged_in_ = false;
  std::size_t heard_ = 0;          // bytes, while breaking off
  std::size_t issue_bytes_;        // still to be shown
  unsigned asked_ = 0;             // questions
  ssh_session session_ = nullptr;  // owns the descriptor once it is there
  ssh_event event_ = nullptr;
  ssh_server_callbacks_struct callbacks_{};
  ssh_callbacks_struct deaf_{};  // of one that leaves questions open
  std::list<Exec> execs_;
};

}  // namespace cef::simulator

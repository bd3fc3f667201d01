// Commands on the controller: the same guard as on a host, started directly. The guard notices when cef itself is
// killed, because its standard input is a pipe that only cef holds.
#include "guard.hpp"
#include "input_feed.hpp"
#include "output_limit.hpp"
#include "processes.hpp"
#include "sudo.hpp"
#include "waiter.hpp"

#include <cef/core/process.hpp>
#include <cef/transport/local.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <optional>
#include <pwd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace cef::transport {

namespace {

// How often a child is looked at where the kernel cannot tell when it ends.
constexpr Milliseconds between_looks{10};

// Shared with its handlers, which may come after the session has given up.
struct Child : std::enable_shared_from_this<Child> {
  Child(asio::io_context& io, std::shared_ptr<Waiter> waiter_, Command&& command_)
      : in(io), out(io), err(io), exit(io), next_look(io), waiter(std::move(waiter_)), command(std::move(command_)) {}

  asio::posix::stream_descriptor in, out, err, exit;
  asio::steady_timer next_look;  // in place of `exit` where there is no pidfd
  std::shared_ptr<Waiter> waiter;
  Command command;
  InputFeed feed{command};
  OutputLimit limit{command.streams};
  std::optional<SudoDialogue> sudo;  // when the command goes through it
  ExecResult result;
  std::array<char, 65536> out_buffer, err_buffer;
  pid_t pid = -1;
  bool exited = false;
  int open_streams = 0;
  bool writing = false;   // input, or what sudo is told
  bool given_up = false;  // what it says is of no more interest
  bool left = false;      // the command's caller is gone: nothing of its may be touched

  bool tied() const { return command.lifetime == Lifetime::tied; }
  bool waits_for_sudo() const { return sudo && !sudo->started(); }
  void send_input();
  asio::awaitable<Result<void>> answer_sudo(Deadline deadline);
  Result<void> start();
  void read(asio::posix::stream_descriptor& stream, std::array<char, 65536>& buffer, bool is_stderr);
  void collect(std::string_view bytes, bool is_stderr);
  void wait_for_exit();
  void look_for_exit();
  bool reap(int flags);
  void let_go();
  bool done() const { return exited && open_streams == 0; }
};

Unexpected<Error> system_error(const char* what, const std::string& reason) {
  return Unexpected(Error{Code::io_failed, fmt::format("{} on this machine: {}", what, reason), ""});
}

Result<void> Child::start() {
  Pipe input, output, errors;
  for (const Pipe* pipe : {&input, &output, &errors})
    if (pipe->error) return system_error("cannot make a pipe", std::strerror(pipe->error));
  Spawn shell{.in = input.read_end.get(), .out = output.write_end.get(), .err = errors.write_end.get()};
  shell.group = Spawn::Group::session;
  if (sudo)
    shell.command = {"/bin/sh", "-c", remote_line(command, Milliseconds(0), sudo->mark())};
  else
    shell.command = {"/bin/sh",           "-c", tied() ? guard_script : free_script, "cef", command.text,
                     input_size(command), "0"};
  const auto started = spawn(shell);
  if (!started) return system_error("cannot start a shell", started.error().message);
  pid = *started;
  in.assign(input.write_end.release());
  out.assign(output.read_end.release());
  err.assign(errors.read_end.release());
  open_streams = 2;
  read(out, out_buffer, false);
  read(err, err_buffer, true);
  send_input();
  wait_for_exit();
  return {};
}

void Child::send_input() {
  if (writing || waits_for_sudo() || !in.is_open()) return;
  boost::system::error_code ignored;
  if (feed.at_end()) in.close(ignored);
  if (!feed.ready()) return;
  const std::string_view next = feed.next(chunk_bytes);
  if (next.empty()) {
    if (feed.at_end()) in.close(ignored);
    return;
  }
  writing = true;
  asio::async_write(in, asio::buffer(next),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                      self->writing = false;
                      // One that reads no more may still have something to say.
                      if (error) return;
                      self->feed.sent(size);
                      self->send_input();
                      if (self->command.streams.tick) self->waiter->notify();
                    });
}

// Tells sudo the password once it asks for it. The wait may be for another host that proves it.
asio::awaitable<Result<void>> Child::answer_sudo(Deadline deadline) {
  const auto answer = co_await sudo->answer(deadline);
  if (!answer) co_return Unexpected(answer.error());
  if (const Deadline look = std::min(deadline, sudo->due()); look != waiter->deadline()) waiter->set_deadline(look);
  const auto line = std::make_shared<const std::string>(*answer);
  if (line->empty()) co_return Result<void>{};
  writing = true;
  asio::async_write(in, asio::buffer(*line), [self = shared_from_this(), line](auto, auto) {
    self->writing = false;
    self->waiter->notify();
  });
  co_return Result<void>{};
}

void Child::read(asio::posix::stream_descriptor& stream, std::array<char, 65536>& buffer, bool is_stderr) {
  stream.async_read_some(asio::buffer(buffer), [self = shared_from_this(), &stream, &buffer, is_stderr](
                                                   boost::system::error_code error, std::size_t size) {
    if (self->left) return;
    if (error)
      --self->open_streams;
    else
      self->collect({buffer.data(), size}, is_stderr), self->read(stream, buffer, is_stderr);
    self->waiter->notify();
  });
}

void Child::collect(std::string_view bytes, bool is_stderr) {
  if (given_up) return;
  if (is_stderr && sudo) bytes = sudo->heard(bytes);
  feed.heard();
  const Streams& streams = command.streams;
  bytes = limit.take(bytes);
  if (streams.keeps_output) (is_stderr ? result.err : result.out) += bytes;
  if (streams.on_output && !bytes.empty()) streams.on_output(is_stderr, bytes);
}

// Without a pidfd (Linux before 5.3, or a filter of system calls that does not know it) the child is asked again and
// again: SIGCHLD would be the whole process's, and a thread one for each command.
void Child::wait_for_exit() {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  boost::system::error_code failed;
  if (fd >= 0) exit.assign(fd, failed);
  if (fd >= 0 && failed) ::close(fd);
  if (!exit.is_open()) return look_for_exit();
  exit.async_wait(asio::posix::descriptor_base::wait_read,
                  [self = shared_from_this()](boost::system::error_code error) {
                    if (!error && self->reap(0)) self->waiter->notify();
                  });
}

void Child::look_for_exit() {
  if (reap(WNOHANG)) return waiter->notify();
  next_look.expires_after(between_looks);
  next_look.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->look_for_exit();
  });
}

// Whether the child has ended, and what came of it.
bool Child::reap(int flags) {
  int status = 0;
  if (exited || ::waitpid(pid, &status, flags) != pid) return false;
  exited = true;
  if (WIFEXITED(status))
    result.status = WEXITSTATUS(status);
  else if (const char* name = ::sigabbrev_np(WTERMSIG(status)))
    result.signal = name;
  return true;
}

// The caller goes, and what its streams are read into with it: nothing may be read any more.
void Child::let_go() {
  left = true;
  boost::system::error_code ignored;
  next_look.cancel();
  for (auto* stream : {&in, &out, &err, &exit}) stream->close(ignored);
}

// Those that are done meanwhile.
void bury(std::vector<pid_t>& left) {
  std::erase_if(left, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

std::string user_here() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry ? entry->pw_name : "";
}

class LocalSession final : public Session {
 public:
  LocalSession(asio::io_context& io, Stop& stop, Breaker& breaker, std::shared_ptr<std::vector<pid_t>> left,
               std::string host, LoginTimes times)
      : io_(io),
        stop_(stop),
        breaker_(breaker),
        left_(std::move(left)),
        host_(std::move(host)),
        times_(std::move(times)) {}
  const LoginTimes& times() const override { return times_; }

  asio::awaitable<Result<ExecResult>> exec(Command&& command, Deadline deadline) override {
    if (command.is_subsystem)
      co_return Unexpected(Error{Code::command_not_found, "there are no subsystems on this machine itself", ""});
    auto waiter = Waiter::make(io_, stop_);
    waiter->set_deadline(deadline);
    auto child = std::make_shared<Child>(io_, waiter, std::move(command));
    const std::string user = user_here();
    if (child->command.become == user) child->command.become.reset();  // nobody needs sudo to become who they are
    if (child->command.become) {
      child->sudo.emplace(child->command, breaker_, host_, user);
      if (const auto begun = co_await child->sudo->begin(deadline); !begun) co_return Unexpected(begun.error());
    }
    const Held held(child, left_);
    if (auto started = child->start(); !started) co_return Unexpected(started.error());
    bool finishing = false;
    std::optional<Error> refused;  // by sudo, or by another host that refused the password, or by the streams
    const auto& tick = child->command.streams.tick;
    Deadline tick_due = no_deadline;
    const auto go_on = [&] {
      return waiter->state() == Wake::ready || (waiter->state() == Wake::expired && (child->waits_for_sudo() || tick) &&
                                                !finishing && Clock::now() < deadline);
    };
    while (!child->done() && !child->limit.passed() && !refused && go_on()) {
      if (child->exited && !finishing) waiter->set_deadline(std::min(deadline, Clock::now() + rest_of_output));
      finishing = child->exited;
      if (child->sudo && !finishing)
        if (const auto told = co_await child->answer_sudo(deadline); !told) refused = told.error();
      if (tick_due != no_deadline && Clock::now() >= tick_due) child->feed.heard();
      if (!finishing) child->send_input();
      if (tick && !finishing && !refused && !child->waits_for_sudo()) {
        if (const auto next = tick())
          tick_due = *next;
        else
          refused = next.error();
        const Deadline look = std::min({deadline, child->sudo ? child->sudo->due() : no_deadline, tick_due});
        if (look != waiter->deadline()) waiter->set_deadline(look);
      }
      if (!refused) co_await waiter->notified();
    }
    const Wake why = waiter->state();
    bool ended = child->exited;
    child->given_up = !ended || child->limit.passed();
    if (child->given_up && child->tied()) ended = co_await end(*child, *waiter);
    boost::system::error_code ignored;
    if (why != Wake::ready && !child->tied() && !child->exited && !child->writing && !child->waits_for_sudo())
      child->in.write_some(asio::buffer(child->command.parting), ignored);
    if (refused) co_return Unexpected(std::move(*refused));
    const char* const fate = !child->tied() ? ""
                             : ended        ? " and was ended"
                                            : "; not all that it started has ended: look for it before another try";
    if (child->limit.passed()) co_return Unexpected(child->limit.error(fate));
    if (why == Wake::stopped) co_return Unexpected(stop_.error());
    if (why == Wake::expired && !finishing)
      co_return Unexpected(Error{Code::command_timeout, fmt::format("the command was not done in time{}", fate), ""});
    if (child->waits_for_sudo()) co_return Unexpected(child->sudo->failure(child->result.status, child->result.out));
    child->result.sudo_asked = child->sudo && child->sudo->asked();
    co_return std::move(child->result);
  }

 private:
  // Whichever way a command's coroutine ends: nothing is read into it afterwards, and no child stays unburied.
  class Held {
   public:
    Held(std::shared_ptr<Child> child, std::shared_ptr<std::vector<pid_t>> left)
        : child_(std::move(child)), left_(std::move(left)) {}
    ~Held() {
      child_->let_go();
      if (child_->pid > 0 && !child_->exited) left_->push_back(child_->pid);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    const std::shared_ptr<Child> child_;
    std::shared_ptr<std::vector<pid_t>> left_;
  };

  // The end of its input is the guard's sign to end the command and all that it started; the guard itself is among
  // those that are waited for. Whether nothing of it is left.
  static asio::awaitable<bool> end(Child& child, Waiter& waiter) {
    auto running = family_of(child.pid);
    boost::system::error_code ignored;
    child.in.close(ignored);
    const bool stopped = waiter.state() == Wake::stopped;
    waiter.forgive_stop();
    const Deadline until = Clock::now() + (stopped ? grace_after_stop : grace_after_timeout);
    waiter.set_deadline(until);
    bool gone = false;
    while (!gone && waiter.state() == Wake::ready) {
      running = still_running(running);
      gone = child.exited && running.empty();
      if (!gone) co_await waiter.pause_until(std::min(until, Clock::now() + between_looks));
    }
    co_return gone;
  }

  asio::io_context& io_;
  Stop& stop_;
  Breaker& breaker_;
  std::shared_ptr<std::vector<pid_t>> left_;
  std::string host_;
  LoginTimes times_;
};

}  // namespace

asio::awaitable<Result<std::unique_ptr<Session>>> LocalExecutor::connect(Target target, Deadline, LoginTimes& times) {
  if (stop_.requested()) co_return Unexpected(stop_.error());
  times.address = "local";
  bury(*left_);
  co_return std::make_unique<LocalSession>(io_, stop_, breaker_, left_, target.name, times);
}

LocalExecutor::~LocalExecutor() { bury(*left_); }

}  // namespace cef::transport

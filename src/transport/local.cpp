// Commands on the controller: the same guard as on a host, started directly. The guard notices when cef itself is
// killed, because its standard input is a pipe that only cef holds.
#include "guard.hpp"
#include "input_feed.hpp"
#include "sudo.hpp"
#include "waiter.hpp"

#include <cef/core/process.hpp>
#include <cef/transport/local.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
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

constexpr Milliseconds grace{500};

// Shared with its handlers, which may come after the session has given up.
struct Child : std::enable_shared_from_this<Child> {
  Child(asio::io_context& io, std::shared_ptr<Waiter> waiter_, Command&& command_)
      : in(io), out(io), err(io), exit(io), waiter(std::move(waiter_)), command(std::move(command_)) {}

  asio::posix::stream_descriptor in, out, err, exit;
  std::shared_ptr<Waiter> waiter;
  Command command;
  InputFeed feed{command};
  std::optional<SudoDialogue> sudo;  // when the command goes through it
  ExecResult result;
  std::array<char, 65536> out_buffer, err_buffer;
  pid_t pid = -1;
  bool exited = false, over_limit = false;
  int open_streams = 0;
  bool writing = false;  // input, or what sudo is told
  bool let_go = false;   // the command's caller is gone

  bool tied() const { return command.lifetime == Lifetime::tied; }
  bool waits_for_sudo() const { return sudo && !sudo->started(); }
  void send_input();
  asio::awaitable<Result<void>> answer_sudo(Deadline deadline);
  Result<void> start();
  void read(asio::posix::stream_descriptor& stream, std::array<char, 65536>& buffer, bool is_stderr);
  void collect(std::string_view bytes, bool is_stderr);
  Result<void> wait_for_exit();
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
  return wait_for_exit();
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
    if (self->let_go) return;
    if (error)
      --self->open_streams;
    else
      self->collect({buffer.data(), size}, is_stderr), self->read(stream, buffer, is_stderr);
    self->waiter->notify();
  });
}

void Child::collect(std::string_view bytes, bool is_stderr) {
  if (is_stderr && sudo) bytes = sudo->heard(bytes);
  feed.heard();
  const Streams& streams = command.streams;
  if (streams.keeps_output) {
    const std::size_t room = streams.output_limit - result.out.size() - result.err.size();
    over_limit = over_limit || bytes.size() > room;
    bytes = bytes.substr(0, room);
    (is_stderr ? result.err : result.out) += bytes;
  }
  if (streams.on_output && !bytes.empty()) streams.on_output(is_stderr, bytes);
}

Result<void> Child::wait_for_exit() {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return system_error("cannot watch a process", std::strerror(errno));
  exit.assign(fd);
  exit.async_wait(asio::posix::descriptor_base::wait_read,
                  [self = shared_from_this()](boost::system::error_code error) {
                    int status = 0;
                    if (error || ::waitpid(self->pid, &status, 0) != self->pid) return;
                    self->exited = true;
                    if (WIFEXITED(status))
                      self->result.status = WEXITSTATUS(status);
                    else if (const char* name = ::sigabbrev_np(WTERMSIG(status)))
                      self->result.signal = name;
                    self->waiter->notify();
                  });
  return {};
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
  LocalSession(asio::io_context& io, Stop& stop, Breaker& breaker, std::vector<pid_t>& left, std::string host,
               LoginTimes times)
      : io_(io), stop_(stop), breaker_(breaker), left_(left), host_(std::move(host)), times_(std::move(times)) {}
  const LoginTimes& times() const override { return times_; }

  asio::awaitable<Result<ExecResult>> exec(Command&& command, Deadline deadline) override {
    auto waiter = Waiter::make(io_, stop_);
    waiter->set_deadline(deadline);
    auto child = std::make_shared<Child>(io_, waiter, std::move(command));
    const std::string user = user_here();
    if (child->command.become == user) child->command.become.reset();  // nobody needs sudo to become who they are
    if (child->command.become) {
      child->sudo.emplace(child->command, breaker_, host_, user);
      if (const auto begun = co_await child->sudo->begin(deadline); !begun) co_return Unexpected(begun.error());
    }
    if (auto started = child->start(); !started) co_return Unexpected(started.error());
    bool finishing = false;
    std::optional<Error> refused;  // by sudo, or by another host that refused the password
    const auto go_on = [&] {
      return waiter->state() == Wake::ready ||
             (waiter->state() == Wake::expired && child->waits_for_sudo() && !finishing && Clock::now() < deadline);
    };
    while (!child->done() && !child->over_limit && !refused && go_on()) {
      if (child->exited && !finishing) waiter->set_deadline(std::min(deadline, Clock::now() + rest_of_output));
      finishing = child->exited;
      if (child->sudo && !finishing)
        if (const auto told = co_await child->answer_sudo(deadline); !told) refused = told.error();
      if (!finishing) child->send_input();
      if (!refused) co_await waiter->notified();
    }
    const Wake why = waiter->state();
    boost::system::error_code ignored;
    if (why != Wake::ready && !child->tied() && !child->exited && !child->writing && !child->waits_for_sudo())
      child->in.write_some(asio::buffer(child->command.parting), ignored);
    child->in.close(ignored);  // the guard's sign to end everything
    if (!child->exited && !child->tied()) {
      left_.push_back(child->pid);
    } else if (!child->exited) {
      waiter->forgive_stop();
      waiter->set_deadline(Clock::now() + grace);
      while (!child->exited && waiter->state() == Wake::ready) co_await waiter->notified();
    }
    child->let_go = true;
    child->out.close(ignored);
    child->err.close(ignored);
    child->exit.close(ignored);
    if (refused) co_return Unexpected(std::move(*refused));
    const char* const fate = child->tied() ? " and was ended" : "";
    if (child->over_limit)
      co_return Unexpected(
          Error{Code::output_limit,
                fmt::format("the command wrote more than {} bytes{}", child->command.streams.output_limit, fate), ""});
    if (why == Wake::stopped) co_return Unexpected(stop_.error());
    if (why == Wake::expired && !finishing)
      co_return Unexpected(Error{Code::command_timeout, fmt::format("the command was not done in time{}", fate), ""});
    if (child->waits_for_sudo()) co_return Unexpected(child->sudo->failure(child->result.status, child->result.out));
    child->result.sudo_asked = child->sudo && child->sudo->asked();
    co_return std::move(child->result);
  }

 private:
  asio::io_context& io_;
  Stop& stop_;
  Breaker& breaker_;
  std::vector<pid_t>& left_;
  std::string host_;
  LoginTimes times_;
};

}  // namespace

asio::awaitable<Result<std::unique_ptr<Session>>> LocalExecutor::connect(Target target, Deadline, LoginTimes& times) {
  if (stop_.requested()) co_return Unexpected(stop_.error());
  times.address = "local";
  bury(left_);
  co_return std::make_unique<LocalSession>(io_, stop_, breaker_, left_, target.name, times);
}

LocalExecutor::~LocalExecutor() { bury(left_); }

}  // namespace cef::transport

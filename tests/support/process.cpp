#include "process.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace cef::testing {

namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    read_end = ends[0];
    write_end = ends[1];
  }
  int read_end;
  int write_end;
};

void shut(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

void read_some(int& fd, std::string& text) {
  char buffer[65536];
  const auto got = read(fd, buffer, sizeof buffer);
  if (got > 0) {
    text.append(buffer, static_cast<std::size_t>(got));
  } else if (got == 0) {
    shut(fd);
  }
}

}  // namespace

Process::Process(const std::vector<std::string>& argv, RunOptions options) : options_(std::move(options)) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe out;
  Pipe err;
  std::array<int, 3> fds{-1, out.write_end, err.write_end};
  if (!options_.closed_input) {
    const Pipe in;
    fds[0] = in.read_end;
    input_ = in.write_end;
    fcntl(input_, F_SETFL, O_NONBLOCK);
  }
  output_ = out.read_end;
  error_ = err.read_end;
  ChildOptions child_options;
  child_options.env = options_.env;
  child_options.cwd = options_.cwd;
  child_ = std::make_unique<Child>(argv, fds, child_options);
  shut(fds[0]);
  shut(fds[1]);
  shut(fds[2]);
  if (options_.input.empty()) shut(input_);
}

Process::~Process() {
  child_.reset();
  shut(input_);
  shut(output_);
  shut(error_);
}

void Process::pump_once(Milliseconds limit) {
  pollfd fds[4] = {{input_, POLLOUT, 0}, {output_, POLLIN, 0}, {error_, POLLIN, 0}, {child_->pidfd(), POLLIN, 0}};
  if (::poll(fds, 4, static_cast<int>(limit.count())) <= 0) return;
  if (fds[0].revents != 0) {
    const auto wrote = write(input_, options_.input.data() + sent_, options_.input.size() - sent_);
    if (wrote > 0) sent_ += static_cast<std::size_t>(wrote);
    if (wrote <= 0 || sent_ == options_.input.size()) shut(input_);
  }
  if (fds[1].revents != 0) read_some(output_, out_);
  if (fds[2].revents != 0) read_some(error_, err_);
}

bool Process::pump_until(const std::function<bool()>& done, Milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!done()) {
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now());
    if (left.count() <= 0) return false;
    if (child_->poll() && output_ < 0 && error_ < 0) return done();
    // After the end, a grandchild may still hold the pipes: do not wait for it for long.
    pump_once(child_->poll() ? std::min(left, Milliseconds(50)) : left);
    if (child_->poll() && (output_ >= 0 || error_ >= 0)) {
      pollfd rest[2] = {{output_, POLLIN, 0}, {error_, POLLIN, 0}};
      if (::poll(rest, 2, 200) <= 0) {
        shut(output_);
        shut(error_);
      }
    }
  }
  return true;
}

bool Process::wait_for_output(const std::string& text, Milliseconds limit) {
  return pump_until([&] { return out_.find(text) != std::string::npos; }, limit);
}

RunResult Process::wait() {
  pump_until([] { return false; }, options_.timeout);
  RunResult result;
  result.timed_out = !child_->poll();
  if (result.timed_out) {
    child_->kill_group();
    pump_until([] { return false; }, Milliseconds(1000));
  }
  if (const auto ending = child_->poll()) static_cast<Ending&>(result) = *ending;
  result.out = out_;
  result.err = err_;
  return result;
}

RunResult run(const std::vector<std::string>& argv, RunOptions options) {
  return Process(argv, std::move(options)).wait();
}

bool eventually(const std::function<bool()>& holds, Milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!holds()) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(Milliseconds(5));
  }
  return true;
}

}  // namespace cef::testing

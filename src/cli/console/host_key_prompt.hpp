// Asks about unknown host keys, all that there are at once, while the loop goes on.
#pragma once

#include <cef/transport/ssh.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace cef::cli {

namespace asio = boost::asio;

/// Whether somebody can be asked: a controlling terminal is there, and standard error shows on it.
bool can_ask();

/// Every fingerprint, as lines; and the question to them, the beginning of a line.
std::string show_keys(const std::vector<transport::UnknownKey>& keys);
std::string question_about(const std::vector<transport::UnknownKey>& keys);

/// Reads lines from the controlling terminal until one is an answer.
class AnswerReader {
 public:
  /// `answer` is called once: false also at the end of the input. `unclear`: for a line that is neither yes nor no.
  AnswerReader(asio::io_context& io, std::function<void(bool)> answer, std::function<void()> unclear);

 private:
  void read();
  void take_lines();
  void end(bool yes);

  asio::posix::stream_descriptor terminal_;
  std::function<void(bool)> answer_;
  std::function<void()> unclear_;
  std::array<char, 256> bytes_{};
  std::string typed_;
};

}  // namespace cef::cli

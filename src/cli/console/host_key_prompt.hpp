// Asks about unknown host keys, all that there are at once, while the loop goes on.
#pragma once

#include <cef/transport/ssh.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::cli {

namespace asio = boost::asio;

/// Whether somebody can be asked: a controlling terminal is there, and standard error shows on it.
bool can_ask();

/// Fingerprints, as lines: of more than `most` those of the first ones. And the question to them, the beginning of a
/// line.
inline constexpr std::size_t most_keys_shown = 20;
std::string show_keys(const std::vector<transport::UnknownKey>& keys, std::size_t most = most_keys_shown);
std::string question_about(const std::vector<transport::UnknownKey>& keys);

struct KeyAnswer {
  enum class What { trusted, show, unclear } what = What::unclear;
  std::vector<std::string> hosts{};  // whose keys are trusted; empty for no
  std::string reason{};              // what to ask instead
};
/// `yes`, `no`, `show`, or the names or sets of some of these hosts.
KeyAnswer read_key_answer(std::string_view line, const std::vector<transport::UnknownKey>& keys);

/// Reads lines from the controlling terminal until one is an answer.
class AnswerReader {
 public:
  /// `take` gets each line, `no` at the end of the input, and returns whether that was an answer: then there is no
  /// reader any more.
  AnswerReader(asio::io_context& io, std::function<bool(std::string_view)> take);

 private:
  void read();
  void take_lines();

  asio::posix::stream_descriptor terminal_;
  std::function<bool(std::string_view)> take_;
  std::array<char, 256> bytes_{};
  std::string typed_;
};

}  // namespace cef::cli

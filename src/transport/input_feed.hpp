// What a command is sent as its standard input, wherever it comes from and whatever it is sent through: bytes in pieces
// as there is room for them.
#pragma once

#include <cef/transport/session.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace cef::transport {

/// Of input handed over at once: libssh would queue all there is.
inline constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;

class InputFeed {
 public:
  /// `command` must outlive this.
  explicit InputFeed(const Command& command);

  /// What to send next, at most `most` bytes of the command's own; it stays until the next call. Empty: nothing now.
  /// A source is always asked for a whole chunk: one that gives lines has none for the last bytes of a window.
  std::string_view next(std::size_t most);
  /// So much of that was sent.
  void sent(std::size_t bytes);
  /// Something came from the host: a source that had nothing may have something now.
  void heard() { waits_ = false; }
  /// Whether next() may have something.
  bool ready() const { return !waits_ && !(ended_ && given_.empty() && frame_.empty()); }
  /// Whether all is sent and the end of the session's input is the end of the command's, too. For a tied command it
  /// never is: it would be the guard's sign.
  bool at_end() const { return free_ && ended_ && given_.empty(); }

 private:
  const Command& command_;
  const bool free_, framed_;
  std::string frame_;       // what goes before given_
  std::string_view given_;  // and was not sent yet
  bool ended_ = false, waits_ = false;
};

}  // namespace cef::transport

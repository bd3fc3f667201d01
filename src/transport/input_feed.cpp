#include "input_feed.hpp"

namespace cef::transport {

InputFeed::InputFeed(const Command& command)
    : command_(command),
      free_(command.lifetime == Lifetime::free),
      framed_(!free_ && command.streams.source != nullptr),
      given_(command.streams.source ? std::string_view() : std::string_view(command.input)),
      ended_(!command.streams.source) {}

std::string_view InputFeed::next(std::size_t most) {
  if (frame_.empty() && given_.empty() && !ended_ && !waits_) {
    const auto more = command_.streams.source(chunk_bytes);
    ended_ = !more;
    given_ = more.value_or(std::string_view());
    waits_ = !ended_ && given_.empty();
    // As the guard reads it: see guard_script.
    if (framed_ && !waits_) frame_ = std::to_string(given_.size()) + '\n';
  }
  return frame_.empty() ? given_.substr(0, most) : std::string_view(frame_);
}

void InputFeed::sent(std::size_t bytes) {
  if (frame_.empty())
    given_.remove_prefix(bytes);
  else
    frame_.erase(0, bytes);
}

}  // namespace cef::transport

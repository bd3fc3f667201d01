// What transfers have in common between one connection and the next.
#pragma once

#include <cef/transport/session.hpp>

#include <string>
#include <string_view>

namespace cef::remote {

/// Ends sooner when what waits for it is cancelled.
transport::asio::awaitable<void> pause(Milliseconds time);

/// A fraction of a second after the first connection that brought nothing, some seconds after many; none at 0.
transport::asio::awaitable<void> pause_between_connections(int fruitless);

/// Why there is no session any more, of a host that was logged in to before.
Error not_there_again(const Error& why);

inline constexpr std::string_view ended_there = "somebody ended it there, or another one to the same target";
inline constexpr std::string_view cut_off = "what is fetched may have become shorter, or somebody ended it there";
/// Why a transfer's script ended before it should. `begun`: it ran; `noise`: what was heard before it did. `perhaps`:
/// what may have ended it.
Error ended_early(bool begun, const std::string& noise, const transport::ExecResult& ran, std::string_view perhaps);

}  // namespace cef::remote

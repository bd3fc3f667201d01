#include "simulator.hpp"

#include <csignal>
#include <stdexcept>

namespace cef::testing {

namespace {

std::vector<std::string> command_line(const std::vector<std::string>& rules, std::vector<std::string> words) {
  words.insert(words.end(), {CEF_SIMULATOR, "--print-known-hosts"});
  for (const std::string& rule : rules) words.insert(words.end(), {"--at", rule});
  return words;
}

}  // namespace

Simulator::Simulator(const std::vector<std::string>& rules, const std::vector<std::string>& before)
    : process_(command_line(rules, before)) {
  // `port N`, and a line of known_hosts.
  const auto is_ready = [this] {
    const auto end = process_.out().find('\n');
    return end != std::string::npos && process_.out().find('\n', end + 1) != std::string::npos;
  };
  if (!process_.pump_until(is_ready) || !is_ready())
    throw std::runtime_error("the simulator does not start: " + process_.err());
  const auto end = process_.out().find('\n');
  port_ = static_cast<std::uint16_t>(std::stoul(process_.out().substr(5, end - 5)));
  known_hosts_ = process_.out().substr(end + 1);
}

Simulator::~Simulator() {
  process_.signal(SIGTERM);
  process_.wait();
}

}  // namespace cef::testing

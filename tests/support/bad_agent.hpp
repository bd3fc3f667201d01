// An ssh-agent that accepts connections and then fails: by saying nothing at all, or once it is to sign.
#pragma once

#include "temp_dir.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace cef::testing {

class BadAgent {
 public:
  /// With `keys_of`, the socket of a real agent, it lists that one's keys; without, it says nothing.
  explicit BadAgent(std::string keys_of = "");
  ~BadAgent();
  BadAgent(const BadAgent&) = delete;
  BadAgent& operator=(const BadAgent&) = delete;

  std::string socket() const { return (folder_ / "agent").string(); }

 private:
  void serve();
  void answer(int fd);

  TempDir folder_;
  std::string keys_of_;
  int listener_ = -1;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace cef::testing

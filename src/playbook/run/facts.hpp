// Gathers a host's facts when one of them is used, once.
#pragma once

#include "vars/state.hpp"

#include <cef/playbook/run.hpp>

#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>

namespace cef::playbook {

class Facts {
 public:
  Facts(State& state, Performer& performer) : state_(state), performer_(performer) {}

  /// Throws Failure when the host cannot tell them.
  asio::awaitable<void> gather(HostState& host);
  /// What a module found out: `ansible_facts` of its result.
  static void take(HostState& host, const Value& facts);

 private:
  State& state_;
  Performer& performer_;
  std::map<HostState*, std::shared_ptr<asio::steady_timer>> under_way_;
};

}  // namespace cef::playbook

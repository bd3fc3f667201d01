// Unknown host keys: hosts that showed one wait, holding nothing, until all of them can be asked about together; the
// others go on meanwhile.
#pragma once

#include <cef/engine/observer.hpp>
#include <cef/runner/job.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/steady_timer.hpp>

#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cef::engine {

class Questions {
 public:
  /// The keys that were met and are not known.
  struct Keys {
    std::function<std::vector<transport::UnknownKey>()> take;
    std::function<Result<void>(const transport::UnknownKey&)> accept;
  };

  Questions(asio::io_context& io, transport::Stop& stop, Keys keys, Observer& observer,
            const std::vector<runner::Job>& jobs);
  /// Whether any of the hosts may have a key to ask about.
  bool any() const { return to_start_ > 0; }
  /// What logs in, and tells when that was done.
  std::unique_ptr<transport::Executor> around(transport::Executor& executor);

  void started(const runner::Job& job);
  /// The host has logged in, or failed for good.
  void settled(const std::string& host);
  /// Whether the host is to be tried again: waits for the answer when it has shown an unknown key, its own or that of a
  /// jump host.
  asio::awaitable<bool> again(const runner::Job& job, const HostResult& result);

 private:
  struct Waiting {
    const std::set<std::string>& names;  // whose keys it waits for
    const std::string& host;
    asio::steady_timer& timer;
    bool answered = false, trusted = false;
  };

  bool is_open(const std::set<std::string>& names) const;
  void consider();
  void put();
  void answer(const std::vector<std::string>& trusted);
  void wake();

  asio::io_context& io_;
  transport::Stop& stop_;
  Keys keys_;
  Observer& observer_;
  Milliseconds patience_{0};  // for hosts that have not shown a key yet: the longest connect timeout
  std::size_t to_start_ = 0;
  std::set<std::string> connecting_;
  std::vector<transport::UnknownKey> met_, asked_;  // still to be asked about, and those that are
  transport::Deadline first_met_ = transport::no_deadline;
  std::list<Waiting*> waiting_;
  std::map<std::string, std::size_t> places_;  // of hosts and jump hosts, in inventory order
  bool declined_ = false;
  asio::steady_timer timer_;
  transport::Stop::Registration registration_;
};

}  // namespace cef::engine

// Once per site: of the hosts of one site one gets a file over the controller's link, and those that have it hand it on
// to their neighbours, over SSH and on their own network.
#pragma once

#include <cef/remote/push.hpp>

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cef::remote {

/// Who has which file, who gets it from whom, and who waits: of one run, for all its sites. Knows no network.
class Relay {
 public:
  /// A host that has the file.
  struct Source {
    std::string host;
    transport::Target target;           // how the controller logs in there
    std::string path;                   // of the file there, absolute
    std::optional<std::string> become;  // who may read it, if not only the one who logs in
    bool serves = false;                // a neighbour, right now: one at a time, so that those that have it double
    int failures = 0;
  };

  /// What a host that has not got the file is to do now.
  enum class Turn { wait, direct, neighbour };

  /// The hosts of a site that are to have one file.
  class Group {
   public:
    /// `source` is set for a neighbour, and stays as long as the relay. Each turn but `wait` is given back.
    Turn take(Source*& source);
    /// The file came over the controller's link, or did not.
    void give_back_direct() { --direct_; }
    /// Whoever cannot be reached twice is not asked again.
    void give_back(Source& source, bool has_served);
    void add(Source source) { sources_.push_back(std::move(source)); }

   private:
    std::list<Source> sources_;
    std::size_t direct_ = 0;
  };

  /// `file`: what tells it from others of the run.
  Group& group(const std::string& site, const std::string& file) { return groups_[{site, file}]; }

  /// A host of the site that has not got its file yet, or not given up: while there is one, those that have it keep it.
  class Coming {
   public:
    Coming(Relay& relay, const std::string& site) : count_(&relay.coming_[site]) { ++*count_; }
    ~Coming() { leave(); }
    Coming(const Coming&) = delete;
    Coming& operator=(const Coming&) = delete;
    void leave() {
      if (count_) --*count_;
      count_ = nullptr;
    }

   private:
    std::size_t* count_;
  };
  bool is_awaited(const std::string& site) const {
    const auto found = coming_.find(site);
    return found != coming_.end() && found->second > 0;
  }

  /// A neighbour that could not hand its file on.
  struct Refusal {
    std::string host, neighbour, why;
  };
  void refused(Refusal refusal) { refusals_.push_back(std::move(refusal)); }
  const std::vector<Refusal>& refusals() const { return refusals_; }

 private:
  std::map<std::pair<std::string, std::string>, Group> groups_;
  std::map<std::string, std::size_t> coming_;
  std::vector<Refusal> refusals_;
};

/// As push(), but at most one host of a site at a time gets the file from here; the others wait for a neighbour that
/// has it. What a neighbour could not give, or gave otherwise, comes from here. `file` tells the file from others of
/// the run. A host without a site, and one that is to be sent what it has (`force`), gets it from here.
runner::asio::awaitable<Result<PushResult>> push(runner::Link& link, const Source& source, const PushOrders& orders,
                                                 Relay& relay, std::string file);

}  // namespace cef::remote

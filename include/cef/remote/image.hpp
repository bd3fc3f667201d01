// Once per architecture: an image is built on one host of each kind, and handed to its sisters.
#pragma once

#include <cef/remote/relay.hpp>
#include <cef/remote/supervisor.hpp>
#include <cef/tasks/task.hpp>

#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cef::remote {

/// The image of one build, of one run. What a host lacks of it comes here from the one that built it, packed, and goes
/// on from here; in a site, from neighbour to neighbour.
class ImageShare {
 public:
  /// `push`: how it is sent, and how often lost connections are tried; its `dest` and `become` are set here. `hosts`:
  /// of the run, in the order in which they are preferred for building.
  ImageShare(std::string tag, PushOrders push, OnInterrupt on_interrupt);
  /// What was kept here is removed.
  ~ImageShare();
  ImageShare(const ImageShare&) = delete;
  ImageShare& operator=(const ImageShare&) = delete;

  /// The hosts of the run, in the order in which they are preferred for building: the same one builds again and again,
  /// which has the layers of before.
  void prefer(std::vector<std::string> hosts);

  using Build = std::function<runner::asio::awaitable<tasks::Verdict>()>;
  /// By `build`, which has an `image_id` in its record, if no host of this kind has built it before; else what that one
  /// has built. The record of what came from another host has `built_on`. The host whose build is broken off leaves it
  /// to the next one; where a step of the build failed, no other tries. Errors: those of the build, of commands, of
  /// pull() and push().
  runner::asio::awaitable<tasks::Verdict> obtain(runner::Link& link, const Build& build);

 private:
  // What a host that has the image was asked for, without its lowest `skip` layers.
  struct Archive {
    bool is_fetched_now = false;
    std::optional<Source> source;
  };
  struct Turn {
    std::size_t place = 0;
    bool is_here = false;
  };
  struct Kind {
    std::string builder;  // empty: nobody builds
    std::optional<runner::Job> job;
    std::string image;
    Value layers;
    std::optional<Error> failed;
    std::map<std::int64_t, Archive> archives;
  };

  runner::asio::awaitable<tasks::Verdict> copy(runner::Link& link, Value params) const;
  runner::asio::awaitable<Result<void>> wait_for_turn(runner::Link& link);
  runner::asio::awaitable<tasks::Verdict> build_here(runner::Link& link, Kind& kind, const Build& build);
  runner::asio::awaitable<tasks::Verdict> take_over(runner::Link& link, Kind& kind);
  runner::asio::awaitable<Result<const Source*>> archive(runner::Link& link, Kind& kind, std::int64_t skip);
  runner::asio::awaitable<Result<Source>> fetch(runner::Link& link, const Kind& kind, std::int64_t skip);

  const std::string tag_;
  const PushOrders push_;
  const OnInterrupt on_interrupt_;
  Relay relay_;
  std::map<std::string, Turn, std::less<>> order_;  // of the hosts that have not had their turn
  std::map<std::string, Kind> kinds_;
  std::filesystem::path folder_;  // made when it is needed
};

}  // namespace cef::remote

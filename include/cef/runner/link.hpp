// A host that is worked on: what a verb's work is given of it. The work needs not care for how often one logs in, nor
// for how many hosts are worked on at once.
#pragma once

#include <cef/runner/job.hpp>
#include <cef/transport/session.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace cef::runner {

/// How a verb's work on a host ended. `error` decides between failed and unreachable when set; `diff` becomes a field
/// of the result's data.
struct Outcome {
  Status status = Status::ok;
  Value data;
  std::optional<Error> error;
  std::vector<Check> checks{};
  Value diff;  // what is other than before, or would be; null: nothing
};

class Link {
 public:
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  const Job& job() const { return job_; }
  /// Of the host's whole work.
  transport::Deadline deadline() const { return deadline_; }

  /// The session of the host, which stays until the next call here or of wait(): the one that the work was given, as
  /// long as its connection stands. Once that is gone another login is tried, again and again with pauses between, for
  /// `patience` and until the deadline; other hosts are worked on meanwhile. A host that has another key now, or denies
  /// a password, is not asked twice, and one that denies keys only a few times. Errors: those of the last login, and of
  /// wait().
  virtual asio::awaitable<Result<transport::Session*>> session_within(Milliseconds patience) = 0;
  /// As above, for as long as a login may take.
  asio::awaitable<Result<transport::Session*>> session() { return session_within(job_.connect_timeout); }

  /// A second login over SSH beside the session: to the same host in another way, or to its neighbour. It may take as
  /// long as any login, and is tried as often. Errors: those of a login.
  virtual asio::awaitable<Result<std::unique_ptr<transport::Session>>> another(transport::Target target) = 0;

  /// Waits for `until`, and lets other hosts be worked on meanwhile: without this, more hosts than may be worked on at
  /// once, or logged in to at once, could not wait for each other. The session may be closed meanwhile: what is done
  /// after it needs the link's. `until` must heed the deadline and the run's stop by itself.
  /// Errors: command_timeout when the deadline passed before the host could be worked on again, and the run's reason
  /// when it is stopped.
  virtual asio::awaitable<Result<void>> wait(asio::awaitable<void> until) = 0;

  /// Tells whoever watches the run how far the work is: `configure 3/7 libc6`.
  virtual void note(std::string_view /*text*/) {}

 protected:
  Link(const Job& job, transport::Deadline deadline) : job_(job), deadline_(deadline) {}

 private:
  const Job& job_;
  const transport::Deadline deadline_;
};

/// A verb: what to do on a host that one has logged in to, until its deadline. `session` stays until the link is asked
/// for one, or to wait.
using Work = std::function<asio::awaitable<Outcome>(Link& link, transport::Session& session)>;

}  // namespace cef::runner

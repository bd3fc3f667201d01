// Who is told what happens in a run or a watch: the command line's console is one, a test is another.
#pragma once

#include <cef/core/error.hpp>
#include <cef/core/report.hpp>
#include <cef/transport/ssh.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::engine {

namespace asio = boost::asio;

/// Told everything on the loop's thread, and never to keep it waiting. What it throws ends the run as a bug.
class Observer {
 public:
  virtual ~Observer() = default;
  /// It begins. Until end() the observer may wait for things on `io`; `wake`, from any thread, has its reader() looked
  /// at again.
  virtual void begin(asio::io_context& /*io*/, std::function<void()> /*wake*/) {}
  virtual void end() {}

  virtual void started(std::size_t /*running*/) {}
  /// Output as a host sends it, while its work goes on.
  virtual void said(const std::string& /*host*/, bool /*is_stderr*/, std::string_view /*bytes*/) {}
  /// How far the work on a host is: `configure 3/7 libc6`.
  virtual void noted(const std::string& /*host*/, std::string_view /*text*/) {}
  virtual void done(const HostResult& /*result*/, std::size_t /*running*/) {}
  virtual void finish(const Report& /*report*/) {}
  /// Whether finish() looks at the records again; if not, their long texts are cut to what the journal keeps.
  virtual bool needs_records() const { return true; }

  /// Which of these host keys, in inventory order, are to be trusted: `answer` is called once, on the loop, with the
  /// names of their hosts, unless the question is withdrawn.
  using Answer = std::function<void(const std::vector<std::string>& trusted)>;
  virtual void ask(const std::vector<transport::UnknownKey>& /*keys*/, Answer answer) { answer({}); }
  virtual void withdraw() {}
  /// So many hosts wait for an answer.
  virtual void waiting(std::size_t /*hosts*/) {}

  virtual void warn(std::string_view /*message*/) {}
  virtual void complain(const Error& /*error*/) {}
  /// A signal has come. `again`: the process ends as soon as this returns.
  virtual void interrupted(bool /*again*/) {}

  /// How whoever reads what the observer writes gets on. Who has gone, or failed, ends the run.
  enum class Reader { has_all, behind, failed, gone };
  virtual Reader reader() const { return Reader::has_all; }
  /// The reader has everything that was written so far.
  virtual void caught_up() {}
  /// After all else: what is still to be written. Errors: io_failed, also for what could not be written before.
  virtual Result<void> close() { return {}; }
};

}  // namespace cef::engine

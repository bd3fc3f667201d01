#include "job_feed.hpp"
#include "supervisor_script.hpp"
#include "words.hpp"

#include <cef/core/text.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Clock;
using transport::Command;
using transport::Deadline;
using transport::ExecResult;

namespace {

constexpr Milliseconds longest_wait = std::chrono::hours(24 * 365);
constexpr Milliseconds time_to_end{5'000};  // for a host to end a job whose time was up
constexpr std::size_t most_words = std::size_t{4} << 10, most_answer = std::size_t{64} << 20;

bool is_stopped(Code code) { return code == Code::interrupted || code == Code::deadline || code == Code::circuit_open; }

Error refusal(std::string_view why) {
  const std::string_view kind = why.substr(0, why.find(' '));
  const std::string_view path = why.substr(std::min(why.size(), kind.size() + 1));
  if (kind == "full")
    return {Code::disk_full, fmt::format("there is no room for the command's files in {} on the host", path), ""};
  if (kind == "unmade") {
    const std::string_view folder = path.substr(0, path.find(' '));
    const std::string_view reason = path.substr(std::min(path.size(), folder.size() + 1));
    const Code code = code_of(reason).value_or(Code::command_failed);
    if (code == Code::disk_full) return refusal(fmt::format("full {}", folder));
    return {code, fmt::format("the command's files cannot be made in {} on the host: {}", folder, shown(reason)),
            hint_for(code, std::nullopt, reason)};
  }
  if (kind == "foreign")
    return {Code::command_failed, fmt::format("{} on the host is not a folder of the user who logs in", path),
            "look who made it, and remove it"};
  return {Code::unsupported_platform, fmt::format("the host has no {}, which work that outlives its link needs", why),
          ""};
}

Error lost(std::string_view id, std::string_view why) {
  const auto error = [&](std::string_view what, std::string_view hint) {
    return Error{Code::job_lost, fmt::format("{} (job {})", what, id), std::string(hint)};
  };
  if (why == "rebooted") return error("the host was rebooted before the command was done", "");
  if (why == "killed")
    return error("the command's supervisor on the host was ended from outside",
                 "what it ran may go on there without it: look at the host's processes and its log");
  if (why == "never") return error("the command was never started: the host did not get that far", "try again");
  return error("the host knows of no such job, or what was left of it is gone",
               "cef jobs lists what there is; another user's are seen with that user's login, root's with -b");
}

}  // namespace

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::running:
      return "running";
    case JobState::done:
      return "done";
    case JobState::killed:
      return "killed";
    case JobState::lost:
      break;
  }
  return "lost";
}

std::string new_job_id() {
  std::random_device random;
  return fmt::format("{:08x}{:04x}", random(), random() & 0xffff);
}

std::string job_id_on(std::string_view shared, std::string_view host) {
  if (shared.size() != 8) return std::string(shared);
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : host) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return fmt::format("{}-{:08x}", shared, hash);
}

bool is_job_id(std::string_view text) {
  return text.size() >= 8 && text.size() <= 32 &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos && text.front() != '-';
}

// One job that is followed, over as many connections as it takes.
class Supervisor::Follower {
 public:
  enum class Purpose { collect, start, look, wait };

  Follower(Supervisor& its, std::string id, Watch watch, Purpose purpose, std::optional<Assignment> assignment)
      : its_(its),
        id_(std::move(id)),
        watch_(std::move(watch)),
        purpose_(purpose),
        assignment_(std::move(assignment)),
        feed_(id_, watch_.output_limit, watch_.on_output) {}

  asio::awaitable<Result<ExecResult>> follow() {
    for (int fruitless = 0;;) {
      const auto left = watch_.until == transport::no_deadline
                            ? longest_wait
                            : std::chrono::ceil<Milliseconds>(watch_.until - Clock::now());
      const auto session = co_await its_.link_.session_within(std::clamp(left, Milliseconds(0), longest_wait));
      if (!session) co_return co_await give_up(session.error(), nullptr);
      const auto heard_before = feed_.heard();
      auto ran = co_await connect(**session);
      if (feed_.end() != JobFeed::End::none) {
        if (!ran && told_end_) co_await tidy();
        co_return result();
      }
      if (started_for_good()) co_return ExecResult{};
      if (ran || feed_.nonsense()) co_return Unexpected(not_understood(ran ? *ran : ExecResult{}));
      if (ran.error().code != Code::connection_lost) co_return co_await give_up(std::move(ran.error()), *session);
      fruitless = feed_.heard() > heard_before ? 0 : fruitless + 1;
      co_await pause(fruitless);
    }
  }

  bool ends_with_login() const { return feed_.ends_with_login(); }

 private:
  bool started_for_good() const { return purpose_ == Purpose::start && feed_.begun(); }
  bool begins() const { return assignment_ && !feed_.begun(); }
  bool may_run() const { return begun_once_ || !assignment_; }

  asio::awaitable<Result<ExecResult>> connect(transport::Session& session) {
    feed_.connect();
    words_.clear();
    told_end_ = false;
    input_sent_ = !begins();
    Command command;
    command.text = begins() ? begin_line(id_, *assignment_, purpose_ == Purpose::collect)
                            : attach_line(id_, feed_.place(), purpose_ != Purpose::look);
    if (begins()) begun_once_ = ++beginnings_ > 0;
    command.become = its_.account_.become;
    if (command.become) command.become_password = its_.account_.password;
    command.lifetime = transport::Lifetime::free;
    if (purpose_ == Purpose::collect && watch_.on_interrupt == OnInterrupt::kill) command.parting = "kill\n";
    command.streams.keeps_output = false;
    command.streams.on_output = [this](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) return feed_.hear(bytes);
      words_ += bytes.substr(0, most_words - std::min(most_words, words_.size()));
    };
    command.streams.source = [this](std::size_t) { return next_words(); };
    auto ran = co_await session.exec(std::move(command), watch_.until);
    co_return ran;
  }

  // Its standard input, and then what the host is told.
  std::optional<std::string_view> next_words() {
    if (!std::exchange(input_sent_, true)) {
      if (!assignment_->input.empty()) return std::string_view(assignment_->input);
    }
    if (told_end_ || started_for_good() || feed_.nonsense()) return std::nullopt;
    if (feed_.end() != JobFeed::End::none) {
      told_end_ = true;
      if (purpose_ != Purpose::collect) return std::nullopt;
      // One that was begun twice may come a second time, when it is least expected.
      return beginnings_ > 1 ? std::string_view("keep\n") : std::string_view("gone\n");
    }
    if (feed_.over_limit() && purpose_ == Purpose::collect && !std::exchange(told_kill_, true))
      return std::string_view("kill\n");
    return std::string_view();
  }

  // The connection broke off when all was there but the host's own folder was not gone.
  asio::awaitable<void> tidy() {
    const auto session = co_await its_.link_.session();
    if (!session) co_return;
    JobFeed again(id_, 0, nullptr);
    Command command;
    command.text = attach_line(id_, feed_.place(), false);
    command.become = its_.account_.become;
    if (command.become) command.become_password = its_.account_.password;
    command.lifetime = transport::Lifetime::free;
    command.streams.keeps_output = false;
    command.streams.on_output = [&again](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) again.hear(bytes);
    };
    bool told = false;
    command.streams.source = [&](std::size_t) -> std::optional<std::string_view> {
      if (told || again.nonsense()) return std::nullopt;
      if (again.end() == JobFeed::End::none) return std::string_view();
      told = true;
      return beginnings_ > 1 ? std::string_view("keep\n") : std::string_view("gone\n");
    };
    (void)co_await (*session)->exec(std::move(command), std::min(watch_.until, Clock::now() + time_to_end));
  }

  static asio::awaitable<void> pause(int fruitless) {
    if (fruitless == 0) co_return;
    static thread_local std::minstd_rand random{std::random_device{}()};
    const int most = std::min(1000, 100 << std::min(fruitless, 4));
    const Milliseconds time(std::uniform_int_distribution<int>(most / 2, most)(random));
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
  }

  Error not_understood(const ExecResult& ran) const {
    const std::string_view said =
        feed_.nonsense() ? std::string_view(*feed_.nonsense()) : first_line(trim(std::string_view(words_)));
    return {Code::unexpected_output,
            fmt::format("the host's shell did not do what starts a supervisor there (exit status {}){}{}", ran.status,
                        said.empty() ? "" : ": ", escape_controls(said.substr(0, 200))),
            may_run() && feed_.begun() ? come_back() : ""};
  }

  std::string come_back() const { return fmt::format("cef jobs attach {} host={}", id_, its_.link_.job().host); }
  const char* fate() const {
    return feed_.ends_with_login() ? "; the host may end it with the login (KillUserProcesses in its logind.conf)" : "";
  }

  // `session`: null when there is none.
  asio::awaitable<Result<ExecResult>> give_up(Error error, transport::Session* session) {
    if (!may_run() || purpose_ == Purpose::look || purpose_ == Purpose::wait) co_return Unexpected(std::move(error));
    // Whose time is up only waits for it, and did not start it.
    const bool only_waits = error.code == Code::command_timeout && !assignment_;
    if (is_stopped(error.code) || only_waits) {
      if (watch_.on_interrupt == OnInterrupt::kill && session) {
        error.message += "; the command was told to end";
        error.hint = fmt::format("cef jobs show {} host={}", id_, its_.link_.job().host);
        co_return Unexpected(std::move(error));
      }
      const char* const sure = feed_.begun() ? "goes on" : "may go on";
      co_return Unexpected(
          Error{Code::detached, fmt::format("it {} on the host as job {}{}", sure, id_, fate()), come_back()});
    }
    if (error.code == Code::command_timeout && session) {
      const auto ended = co_await its_.kill(id_, Clock::now() + time_to_end);
      error.message += ended ? " and was ended on the host"
                             : fmt::format("; the host did not confirm that it was ended (job {})", id_);
      if (!ended) error.hint = come_back();
      co_return Unexpected(std::move(error));
    }
    if (!session)
      error = Error{Code::connection_lost,
                    fmt::format("the host was not there again in time: {}; the command may go on there as job {}{}",
                                error.message, id_, fate()),
                    come_back()};
    else if (error.hint.empty() && feed_.begun())
      error.hint = come_back();
    co_return Unexpected(std::move(error));
  }

  Result<ExecResult> result() {
    if (feed_.end() == JobFeed::End::refused) return Unexpected(refusal(feed_.why()));
    if (feed_.over_limit())
      return Unexpected(Error{Code::output_limit,
                              fmt::format("the command wrote more than {} bytes and was ended on the host",
                                          assignment_ ? assignment_->output_limit : watch_.output_limit),
                              ""});
    if (feed_.end() == JobFeed::End::lost && !feed_.killed()) return Unexpected(lost(id_, feed_.why()));
    if (feed_.incomplete())
      return Unexpected(
          Error{Code::disk_full,
                fmt::format("the disk for the command's output was full on the host: some of it is missing (exit "
                            "status {})",
                            feed_.rc()),
                "make room in /var/tmp there"});
    ExecResult result;
    if (feed_.killed())
      result.signal = "TERM";
    else
      result.status = feed_.rc();
    result.out = std::move(feed_.out);
    result.err = std::move(feed_.err);
    return result;
  }

  Supervisor& its_;
  const std::string id_;
  const Watch watch_;
  const Purpose purpose_;
  const std::optional<Assignment> assignment_;
  JobFeed feed_;
  std::string words_;   // on standard error
  int beginnings_ = 0;  // so often it was told to begin
  bool begun_once_ = false, input_sent_ = false, told_end_ = false, told_kill_ = false;
};

asio::awaitable<Result<ExecResult>> Supervisor::run(std::string id, Assignment assignment, Watch watch) {
  watch.output_limit = assignment.output_limit;
  Follower follower(*this, std::move(id), std::move(watch), Follower::Purpose::collect, std::move(assignment));
  co_return co_await follower.follow();
}

asio::awaitable<Result<bool>> Supervisor::start(std::string id, Assignment assignment, Deadline until) {
  Watch watch;
  watch.until = until;
  Follower follower(*this, std::move(id), std::move(watch), Follower::Purpose::start, std::move(assignment));
  const auto started = co_await follower.follow();
  if (!started) co_return Unexpected(started.error());
  co_return follower.ends_with_login();
}

asio::awaitable<Result<ExecResult>> Supervisor::attach(std::string id, Watch watch) {
  Follower follower(*this, std::move(id), std::move(watch), Follower::Purpose::collect, std::nullopt);
  co_return co_await follower.follow();
}

asio::awaitable<Result<ExecResult>> Supervisor::read(std::string id, bool waits, Watch watch) {
  const auto purpose = waits ? Follower::Purpose::wait : Follower::Purpose::look;
  Follower follower(*this, std::move(id), std::move(watch), purpose, std::nullopt);
  co_return co_await follower.follow();
}

asio::awaitable<Result<std::string>> Supervisor::ask(std::string line, Deadline until) {
  const auto session = co_await link_.session();
  if (!session) co_return Unexpected(session.error());
  Command command;
  command.text = std::move(line);
  command.become = account_.become;
  if (command.become) command.become_password = account_.password;
  command.lifetime = transport::Lifetime::free;
  command.streams.output_limit = most_answer;
  auto ran = co_await (*session)->exec(std::move(command), until);
  if (!ran) co_return Unexpected(ran.error());
  co_return std::move(ran->out);
}

asio::awaitable<Result<bool>> Supervisor::kill(std::string id, Deadline until) {
  const auto said = co_await ask(kill_line(id), until);
  if (!said) co_return Unexpected(said.error());
  const auto answer = read_answer(*said, id);
  if (!answer) co_return Unexpected(answer.error());
  if (*answer == "l gone") co_return Unexpected(lost(id, "gone"));
  co_return *answer == "k";
}

asio::awaitable<Result<std::vector<JobEntry>>> Supervisor::list(std::string id, Deadline until) {
  const auto said = co_await ask(list_line(id), until);
  if (!said) co_return Unexpected(said.error());
  co_return read_entries(*said, id);
}

asio::awaitable<Result<std::vector<JobEntry>>> Supervisor::clean(Deadline until) {
  const auto said = co_await ask(clean_line(), until);
  if (!said) co_return Unexpected(said.error());
  co_return read_entries(*said, "");
}

}  // namespace cef::remote

#include "kept_shell.hpp"

#include "guard.hpp"

#include <cef/core/shell.hpp>

#include <fmt/format.h>

#include <charconv>
#include <random>
#include <utility>

namespace cef::transport {

namespace {

// More input than this is sent over a channel of its own.
constexpr std::size_t most_input = std::size_t{64} << 10;

std::string random_name() {
  std::random_device random;
  return fmt::format("=cef-kept-{:08x}{:08x}", random(), random());
}

}  // namespace

KeptShell::KeptShell(SshSession& session, const Command& like) : session_(session), name_(random_name()) {
  command_.become = like.become;
  command_.become_password = like.become_password;
  command_.lifetime = Lifetime::free;  // it has a guard of its own
  command_.streams.keeps_output = false;
  command_.streams.on_output = [this](bool is_stderr, std::string_view bytes) { hear(is_stderr ? err_ : out_, bytes); };
  command_.streams.source = [this](std::size_t) -> std::optional<std::string_view> {
    sending_ = std::exchange(unsent_, {});
    return sending_;
  };
}

// What comes when nothing is awaited is nobody's.
void KeptShell::hear(Words& words, std::string_view bytes) const {
  if (words.whole) return;
  words.text += bytes;
  const std::string mark = '\n' + mark_;
  const auto at = words.text.find(mark, words.looked);
  if (at == std::string::npos) {
    words.looked = words.text.size() - std::min(words.text.size(), mark.size());
    return;
  }
  words.looked = at;
  const auto end = words.text.find('\n', at + mark.size());
  if (end == std::string::npos) return;
  words.rest = words.text.substr(at + mark.size(), end - at - mark.size());
  words.text.resize(at);
  words.whole = true;
}

std::string KeptShell::begin_mark() const { return name_ + "-begin"; }

// What a login shell's files say comes before the first script's own words.
void KeptShell::drop_greetings() {
  if (count_ > 1) return;
  const std::string mark = '\n' + begin_mark() + '\n';
  for (Words* const words : {&out_, &err_}) {
    const auto at = words->text.find(mark);
    if (at != std::string::npos) words->text.erase(0, at + mark.size());
  }
}

bool KeptShell::too_much() const { return out_.text.size() + err_.text.size() > command_.streams.output_limit; }

std::string KeptShell::frame(const std::string& script, const std::string& input) const {
  std::string line = "(eval " + shell_quote(script) + ')';
  // A text of whole lines needs no process that writes it.
  if (input.empty())
    line += " </dev/null";
  else if (input.ends_with('\n'))
    line += fmt::format(" <<'{0}'\n{1}{0}", mark_, input);
  else
    line = fmt::format("printf %s {} | {}", shell_quote(input), line);
  if (count_ == 1) line = fmt::format("printf '\\n%s\\n' '{0}'; printf '\\n%s\\n' '{0}' >&2\n{1}", begin_mark(), line);
  return fmt::format("{0}\nprintf '\\n%s %s\\n' '{1}' $?; printf '\\n%s\\n' '{1}' >&2\n", line, mark_);
}

// The first script goes with the request, since a server takes no input before that; but not what it is to read, which
// other processes could see there.
asio::awaitable<Result<void>> KeptShell::start(std::string frame, bool at_once, Deadline deadline) {
  command_.text =
      fmt::format("exec /bin/sh -c {} cef {}", shell_quote(keeper_script), shell_quote(at_once ? frame : ""));
  if (!at_once) unsent_ = std::move(frame);
  std::string mark;
  if (command_.become) {
    sudo_.emplace(command_, session_.breaker_, session_.target_.name, session_.target_.user);
    if (auto begun = co_await sudo_->begin(deadline); !begun) co_return begun;
    mark = sudo_->mark();
  }
  session_.waiter_->set_deadline(deadline);
  session_.heart_.restart();
  channel_.emplace(session_, command_, sudo_ ? &*sudo_ : nullptr);
  std::string line = remote_line(command_, Milliseconds(0), mark);
  auto opened = co_await channel_->open(std::move(line));
  refused_ = !opened && opened.error().code == Code::connection_lost && !session_.lost();
  co_return opened;
}

asio::awaitable<Result<ExecResult>> KeptShell::run(KeptScript script, std::string input, Deadline deadline) {
  mark_ = fmt::format("{}-{}-", name_, ++count_);
  out_ = err_ = Words{.text = {}, .rest = {}, .looked = 0, .whole = false};
  std::string next = frame(script.text, input);
  if (channel_) {
    session_.waiter_->set_deadline(deadline);
    session_.heart_.restart();
    unsent_ = std::move(next);
    channel_->note_input();
  } else {
    const auto started = co_await start(std::move(next), input.empty() && !script.is_private, deadline);
    if (!started) {
      over_ = true;
      co_return Unexpected(started.error());
    }
  }
  const std::function<bool()> rests = [this] { return (out_.whole && err_.whole) || too_much(); };
  auto attended = co_await channel_->attend(rests);
  if (attended && too_much())
    attended = Unexpected(Error{
        Code::output_limit, fmt::format("the command wrote more than {} bytes", command_.streams.output_limit), ""});
  drop_greetings();
  if (!attended || !out_.whole || !err_.whole) {
    auto failed = co_await failure(std::move(attended));
    co_return failed;
  }
  ExecResult result;
  const char* const digits = out_.rest.data() + 1;
  std::from_chars(digits, out_.rest.data() + out_.rest.size(), result.status);
  result.out = std::move(out_.text);
  result.err = std::move(err_.text);
  result.sudo_asked = sudo_ && sudo_->asked();
  co_return result;
}

asio::awaitable<Result<ExecResult>> KeptShell::failure(Result<void> attended) {
  over_ = true;
  if (attended) {
    auto ended = channel_->result();
    // Where no shell may be had, the first script is told what there is in its place.
    if (ended && count_ > 1)
      co_return Unexpected(
          Error{Code::connection_lost, "the shell that runs a play's scripts on the host ended under one of them", ""});
    if (ended) {
      ended->out = std::move(out_.text);
      ended->err = std::move(err_.text);
    }
    co_return ended;
  }
  co_await channel_->give_up();
  Error error = attended.error();
  if (error.code == Code::command_timeout || error.code == Code::output_limit)
    error.message += channel_->ended() ? " and was ended on the host"
                                       : "; the host did not confirm that it was ended: look there before another try";
  co_return Unexpected(std::move(error));
}

asio::awaitable<void> KeptShell::give_up() {
  over_ = true;
  if (channel_) co_await channel_->give_up();
}

asio::awaitable<Result<ExecResult>> SshSession::exec_kept(Command command, KeptScript script, Deadline deadline) {
  const Streams& streams = command.streams;
  const bool fits = command.lifetime == Lifetime::tied && deadline == no_deadline && !streams.source &&
                    !streams.on_output && command.input.size() <= most_input &&
                    command.input.find('\0') == std::string::npos && script.text.find('\0') == std::string::npos;
  if (!keeps_shells_ || !fits) co_return co_await exec(std::move(command), deadline);
  if (command.become == target_.user) command.become.reset();
  send_what_waits();
  std::unique_ptr<KeptShell>& shell = shells_[command.become.value_or("")];
  if (shell && !shell->over() && !shell->is_for(command)) co_await shell->give_up();
  if (shell && shell->over()) shell.reset();
  if (!shell) shell = std::make_unique<KeptShell>(*this, command);
  auto ran = co_await shell->run(std::move(script), command.input, deadline);
  if (!shell->refused()) co_return ran;
  co_await make_room();
  co_return co_await exec(std::move(command), deadline);
}

// For a server that has no room for another channel.
asio::awaitable<void> SshSession::make_room() {
  was_full_ = true;
  keeps_shells_ = false;
  co_await end_shells(std::nullopt);
}

asio::awaitable<void> SshSession::end_shells(std::optional<std::string> but_of) {
  for (auto at = shells_.begin(); at != shells_.end();) {
    if (but_of == at->first) {
      ++at;
      continue;
    }
    if (at->second && !at->second->over()) co_await at->second->give_up();
    at = shells_.erase(at);
  }
  send_what_waits();
}

asio::awaitable<void> end_kept_shells(Session& session, std::optional<std::string> but_of) {
  if (auto* ssh = dynamic_cast<SshSession*>(&session)) co_await ssh->end_shells(std::move(but_of));
}

void keep_shells(Session& session) {
  if (auto* ssh = dynamic_cast<SshSession*>(&session)) ssh->keep_shells();
}

asio::awaitable<Result<ExecResult>> exec_kept(Session& session, Command command, KeptScript script, Deadline deadline) {
  if (auto* ssh = dynamic_cast<SshSession*>(&session))
    co_return co_await ssh->exec_kept(std::move(command), std::move(script), deadline);
  co_return co_await session.exec(std::move(command), deadline);
}

}  // namespace cef::transport

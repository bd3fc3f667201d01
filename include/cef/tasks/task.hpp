// Something that is done on a host: what it takes to do it and what came of it, without doing it. A task asks for a
// step, is told what came of that, asks for the next one, and ends in a verdict. It never waits and knows no SSH:
// `remote` performs it, and a test may as well.
#pragma once

#include <cef/core/column.hpp>
#include <cef/core/duration.hpp>
#include <cef/core/metric.hpp>
#include <cef/core/param.hpp>
#include <cef/core/report.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cef::tasks {

/// POSIX sh, with its $1, $2, ... and its standard input.
struct Script {
  std::string text;
  std::vector<std::string> arguments;
  std::string input;
  std::string input_file{};  // of the controller: its bytes in place of `input`, when it is not empty
  /// What it starts writes nothing more when it is done: one shell may run many such, one after the other.
  bool leaves_nothing = false;
  /// Changes users or groups, maybe with their passwords: nobody is to read it, and no shell of another user's is to be
  /// in its way.
  bool of_accounts = false;
};
/// A file of the controller, or bytes, to a file of the host, which is there as a whole or not at all.
struct Upload {
  std::string file, bytes;  // `bytes` when `file` is empty
  std::string path;         // on the host
  unsigned mode = 0644;
};
/// A file of the host, into StepResult::out.
struct Download {
  std::string path;
  std::size_t most = std::size_t{1} << 20;  // bytes; more is an error
};
/// Until the host is there again; StepResult::out is then the new boot's id and how many seconds it did not answer.
struct Reboot {
  bool local_too = false;  // the controller as well, of whose reboot nothing more is heard
};
/// How far the host's clock is from the controller's: StepResult::out is the offset, positive when it is ahead, and the
/// bound of its error, in seconds.
struct MeasureClock {
  std::size_t exchanges = 8;
};

struct Step {
  std::variant<Script, Upload, Download, Reboot, MeasureClock> what;
  std::optional<std::string> become{};  // as this user, by sudo
  Milliseconds time{0};                 // zero: as long as the host's whole work may take
  bool only_looks = false;              // changes nothing: done again, a few times, when its link breaks off under it
  bool outlives_link = false;           // goes on when nobody waits for it any more
  /// Of one that outlives its link: what it is called on the host. One of that name which goes on there is followed
  /// in place of another one. One word; empty: it is always begun.
  std::string rejoins{};
  bool streams = false;  // what a script says is for whoever watches as well, as it comes
  /// Of each line of a script's output as it comes: what to tell whoever watches; empty: nothing.
  std::function<std::string(std::string_view line)> progress{};
};

struct StepResult {
  int status = -1;     // exit status; -1 when a signal ended it
  std::string signal;  // its name without SIG, or empty
  std::string out, err;
  std::optional<Error> error;  // why it could not be done at all; then all else is empty
};

/// How a task ended.
struct Verdict {
  Status status = Status::ok;
  Value data;                  // the task's record
  Value diff;                  // what is other than before, or would be; null: nothing
  std::optional<Error> error;  // then the status does not count
};

/// A task under way, written as a coroutine that yields steps: `const StepResult ran = co_yield std::move(step);` It
/// ends with `co_return verdict;`. What the task throws comes out of the calls here.
class Course {
 public:
  struct promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  struct promise_type {
    std::optional<Step> asked;
    StepResult heard;
    std::optional<Verdict> verdict;
    std::exception_ptr bug;

    struct Answer {
      promise_type& promise;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) const noexcept {}
      StepResult await_resume() const { return std::move(promise.heard); }
    };
    Course get_return_object() { return Course(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    Answer yield_value(Step&& step) {
      asked = std::move(step);
      return Answer{*this};
    }
    void return_value(Verdict&& end) { verdict = std::move(end); }
    void unhandled_exception() { bug = std::current_exception(); }
  };

  ~Course() {
    if (handle_) handle_.destroy();
  }
  Course(Course&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Course& operator=(Course&&) = delete;

  /// The first step; nothing when the task needs none.
  std::optional<Step> begin() { return go_on(); }
  /// What came of the last step; returns the next one, nothing at the end.
  std::optional<Step> tell(StepResult result) {
    handle_.promise().heard = std::move(result);
    return go_on();
  }
  /// Once there are no more steps.
  Verdict verdict() { return std::move(handle_.promise().verdict).value(); }

 private:
  explicit Course(Handle handle) : handle_(handle) {}
  std::optional<Step> go_on() {
    handle_.resume();
    if (handle_.promise().bug) std::rethrow_exception(handle_.promise().bug);
    return std::exchange(handle_.promise().asked, std::nullopt);
  }

  Handle handle_;
};

/// What a task is told: its params by their names, the facts it needs by theirs, and whether it is only to say what it
/// would do.
struct Arguments {
  Value params = Value::object();
  Value facts = Value::object();
  std::optional<std::string> become{};  // the user for what this one may not do; none: nobody else
  bool check = false;
  bool diff = false;                    // tell how texts change, where that costs more to say
  Value environment = Value::object();  // of its scripts, texts by their names
};

struct Task {
  std::string_view name, summary;
  std::span<const Param> params{};
  std::span<const std::string_view> facts{};  // names of probes
  Columns (*columns)();                       // of its record
  Metrics (*metrics)() = nullptr;             // of its record; null: none
  Course (*course)(Arguments arguments);

  // Of playbook modules:
  std::string_view aliases{};  // other names, between commas
  std::string_view
      exclusive{};  // params of which one at most is given: `content,src`; several such lists between spaces
  std::string_view needs_one{};  // params of which one at least is given, in the same way
  bool free_form = false;        // takes a text in place of params, as `_raw_params`
  bool needs_root = false;       // nearly all that it does takes root
};

/// In alphabetical order.
std::span<const Task* const> all();
/// Null: there is none of that name.
const Task* find(std::string_view name);

}  // namespace cef::tasks

#include "secrets.hpp"

#include "terminal.hpp"

#include <cef/core/descriptor.hpp>
#include <cef/core/file.hpp>
#include <cef/core/process.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace cef::cli {

namespace {

constexpr std::size_t longest = 4096;  // bytes of a secret; more is a file that was named by mistake
constexpr std::size_t most_of_file = std::size_t{64} * 1024;  // with lines that are not read

Unexpected<Error> cancelled() { return Unexpected(Error{Code::interrupted, "no password was given", ""}); }

volatile std::sig_atomic_t caught = 0;

// While somebody types: no echo, and the signals that end cef end the question first, so that the terminal is never
// left without echo.
class Silence {
 public:
  explicit Silence(int terminal) : terminal_(terminal) {
    struct sigaction action {};
    action.sa_handler = [](int number) { caught = number; };
    caught = 0;
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &action, &former_[i]);
    // Let in only while read_line waits: one that came just before it would otherwise not end the wait.
    sigset_t ours;
    ::sigemptyset(&ours);
    for (const int number : signals) ::sigaddset(&ours, number);
    ::sigprocmask(SIG_BLOCK, &ours, &mask_);
    ::tcgetattr(terminal_, &modes_);
    termios silent = modes_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    silent.c_cc[VSUSP] = _POSIX_VDISABLE;
    ::tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  ~Silence() {
    ::tcsetattr(terminal_, TCSADRAIN, &modes_);
    ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &former_[i], nullptr);
    // Ctrl-C is the answer to the question; the others are for the whole program.
    if (caught != 0 && caught != SIGINT) ::raise(caught);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  /// The signals that are blocked when nobody is asked.
  const sigset_t& mask() const { return mask_; }

 private:
  static constexpr std::array<int, 4> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  int terminal_;
  termios modes_{};
  sigset_t mask_{};
  std::array<struct sigaction, signals.size()> former_{};
};

// Up to the end of the line, which is left out. False at the end of the input or a signal before it.
bool read_line(int fd, std::string& line, const sigset_t& mask) {
  while (line.size() < longest) {
    char byte = 0;
    pollfd wanted{fd, POLLIN, 0};
    if (::ppoll(&wanted, 1, nullptr, &mask) < 0 && caught == 0) continue;
    if (caught != 0) return false;
    const ssize_t got = ::read(fd, &byte, 1);
    if (got < 0 && errno == EINTR && caught == 0) continue;
    if (got <= 0) return got == 0 && !line.empty();
    if (byte == '\n') return true;
    line += byte;
  }
  return true;
}

Result<Secret> ask_on(int terminal, const std::string& prompt) {
  std::string line;
  bool answered = false;
  {
    const Silence silence(terminal);
    const std::string shown = escape_controls(prompt);
    (void)!::write(terminal, shown.data(), shown.size());
    answered = read_line(terminal, line, silence.mask());
    (void)!::write(terminal, "\n", 1);
  }
  if (!answered) return cancelled();
  return Secret(std::move(line));
}

// As ssh does it: the prompt is the only argument, the answer the first line of the standard output.
Result<Secret> ask_program(const std::string& program, const std::string& prompt) {
  const ProgramCall call{.command = {program, prompt}, .limit_bytes = longest, .interactive = true};
  auto said = run_program(call);
  if (!said.started) return Unexpected(Error{Code::usage, fmt::format("SSH_ASKPASS={} {}", program, said.failure), ""});
  if (!said.failure.empty() || said.out.empty()) return cancelled();
  std::string& line = said.out;
  line.resize(std::min(line.find('\n'), line.size()));
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return Secret(std::move(line));
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// None where nobody could be asked on it.
Descriptor open_terminal() {
  Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  return terminal.get() >= 0 && is_in_foreground(terminal.get()) ? std::move(terminal) : Descriptor();
}

// The program to ask instead of the terminal, or none. ssh(1) tells of SSH_ASKPASS_REQUIRE: `never`, `prefer`, `force`;
// without it the program is asked where there is no terminal but a display.
std::string askpass(bool has_terminal) {
  std::string program = variable("SSH_ASKPASS");
  const std::string require = variable("SSH_ASKPASS_REQUIRE");
  if (require == "never") return {};
  if (require == "force" || require == "prefer") return program;
  const bool display = !variable("DISPLAY").empty() || !variable("WAYLAND_DISPLAY").empty();
  return !has_terminal && display ? program : std::string();
}

}  // namespace

Result<std::optional<Secret>> secret_from_file(const Options& options, std::string_view name, const Warn& warn) {
  const auto path = options.text(name);
  if (!path) return std::optional<Secret>();
  const std::string& option = options.find(name)->name;
  if (*path == "-")
    return Unexpected(Error{Code::usage, fmt::format("{}: a password is not read from standard input", option),
                            "name a file that only you can read"});
  const auto file = expand_user(*path);
  const auto text = read_file(file, most_of_file);
  if (!text) return Unexpected(Error{Code::usage, fmt::format("{}: {}", option, text.error().message), ""});
  const std::string line = text->substr(0, text->find_first_of("\r\n"));
  if (line.empty() || line.size() > longest)
    return Unexpected(Error{Code::usage,
                            fmt::format("{}: the first line of {} is {}", option, file.string(),
                                        line.empty() ? "empty" : "too long for a password"),
                            "the file holds the password as its only line"});
  if (line.find('\0') != std::string::npos)
    return Unexpected(
        Error{Code::usage,
              fmt::format("{}: the first line of {} has a NUL byte in it: no password has one", option, file.string()),
              "write the file as plain text, in UTF-8"});
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    warn(fmt::format("{}: others can read {}: chmod 600 {}", option, file.string(), file.string()));
  return std::optional<Secret>(line);
}

bool can_ask_secret() {
  const Descriptor terminal = open_terminal();
  return terminal.get() >= 0 || !askpass(false).empty();
}

Result<Secret> ask_secret(const std::string& prompt, const std::string& otherwise) {
  const Descriptor terminal = open_terminal();
  const std::string program = askpass(terminal.get() >= 0);
  if (!program.empty()) return ask_program(program, prompt);
  if (terminal.get() >= 0) return ask_on(terminal.get(), prompt);
  std::string what = prompt;
  while (!what.empty() && (what.back() == ' ' || what.back() == ':')) what.pop_back();
  return Unexpected(Error{Code::usage, fmt::format("there is no terminal to ask for: {}", what), otherwise});
}

Result<std::optional<Secret>> secret_from(const Options& options, std::string_view flag, std::string_view file,
                                          const std::string& prompt, const Warn& warn) {
  const auto* from_file = options.find(file);
  if (options.flag(flag)) {
    const auto* asked = options.find(flag);
    if (from_file && from_file->source == Options::Source::command_line && asked->source == from_file->source)
      return Unexpected(Error{Code::usage, fmt::format("{} and {}: give one of the two", asked->name, from_file->name),
                              "the first asks, the other one reads"});
    // What is written on the command line counts before what the environment says.
    if (!from_file || from_file->source >= asked->source) {
      auto secret = ask_secret(prompt, fmt::format("give the password with --{}", file));
      if (!secret) return Unexpected(secret.error());
      return std::optional<Secret>(std::move(*secret));
    }
  }
  return secret_from_file(options, file, warn);
}

}  // namespace cef::cli

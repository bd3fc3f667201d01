#include "lock.hpp"

#include <cef/core/file.hpp>
#include <cef/core/moment.hpp>
#include <cef/core/state_folder.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sstream>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

namespace cef::cli {

namespace {

constexpr std::size_t longest_name = 64;

bool is_safe(std::string_view name) {
  constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= longest_name && name.front() != '.' && name.front() != '-' &&
         name.find_first_not_of(safe) == std::string_view::npos;
}

// What the holder wrote: its pid, verb and start. Nothing when it has not come to that yet: what stands there may then
// be of a run that has long ended.
std::string holder(int fd) {
  for (int tries = 0; tries < 20; ++tries) {
    char text[256] = "";
    (void)!::pread(fd, text, sizeof text - 1, 0);
    std::istringstream words(text);
    pid_t pid = 0;
    std::string verb, since;
    if (words >> pid >> verb >> since && pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM))
      return fmt::format(": pid {}, cef {}, since {}", pid, verb, since);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return "";
}

}  // namespace

Result<std::optional<std::string>> lock_name(const Options& options) {
  auto name = options.text("lock");
  if (name && !is_safe(*name))
    return Unexpected(
        Error{Code::usage, fmt::format("{}: '{}' cannot be the name of a lock", options.find("lock")->name, *name),
              fmt::format("at most {} letters, digits, `.`, `_` and `-`, none of `.` and `-` first", longest_name)});
  return name;
}

Result<std::unique_ptr<Descriptor>> take_lock(const Options& options, std::string_view verb) {
  const auto named = lock_name(options);
  if (!named) return Unexpected(named.error());
  const auto& name = *named;
  if (!name) return std::unique_ptr<Descriptor>();
  const std::string& option = options.find("lock")->name;
  // In the state folder and not in $XDG_RUNTIME_DIR, which a login has and a cron job of the same user has not: the two
  // would not see each other's lock.
  const auto folder = state_folder() / "locks";
  const auto path = folder / *name;
  const char* const hint = "CEF_STATE_DIR names another folder";
  if (const auto made = make_private_folder(folder); !made)
    return Unexpected(Error{Code::io_failed, fmt::format("{}: {}", option, made.error().message), hint});
  auto file = std::make_unique<Descriptor>(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  const auto refuse = [&](int reason) {
    return Unexpected(
        Error{Code::io_failed, fmt::format("{}: {}: {}", option, path.string(), std::strerror(reason)), hint});
  };
  if (file->get() < 0) return refuse(errno);
  if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return refuse(errno);
    return Unexpected(
        Error{Code::lock_held, fmt::format("another run holds the lock '{}'{}", *name, holder(file->get())), ""});
  }
  const std::string text = fmt::format("{} {} {}\n", ::getpid(), verb, utc_time(std::chrono::system_clock::now()));
  if (::ftruncate(file->get(), 0) != 0 || ::pwrite(file->get(), text.data(), text.size(), 0) < 0) return refuse(errno);
  return file;
}

}  // namespace cef::cli

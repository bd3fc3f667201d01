#include <cef/core/descriptor.hpp>
#include <cef/core/mapped_file.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <utility>

namespace cef {

namespace {

// Reading what is no longer there, or what the disk cannot give, sends SIGBUS: that is the only way to be told, and it
// is told to the whole process. The page is then taken from nowhere, and the mapping is marked. A handler has nothing
// but what the whole process has, so this table is the process's; entries are claimed and freed without a lock.
struct Region {
  std::atomic<std::uintptr_t> begin = 0, end = 0;
  std::atomic<bool> used = false, faulted = false;
};
std::array<Region, 1024> regions;
struct sigaction former_action;
std::uintptr_t page_size = 4096;

void on_bus_error(int number, siginfo_t* info, void* context) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (Region& region : regions) {
    if (!region.used || address < region.begin || address >= region.end) continue;
    const int reason = errno;
    void* const page = reinterpret_cast<void*>(address & ~(page_size - 1));
    if (::mmap(page, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) break;
    region.faulted = true;
    errno = reason;
    return;
  }
  if (former_action.sa_flags & SA_SIGINFO) return former_action.sa_sigaction(number, info, context);
  ::sigaction(SIGBUS, &former_action, nullptr);  // the instruction is tried again, and what comes then is its own
}

void listen_for_bus_errors() {
  static std::once_flag once;
  std::call_once(once, [] {
    page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigaction(SIGBUS, &action, &former_action);
  });
}

// The index in the table, or nothing when it is full.
std::optional<std::size_t> claim(const void* address, std::size_t size) {
  listen_for_bus_errors();
  for (std::size_t i = 0; i < regions.size(); ++i) {
    Region& region = regions[i];
    bool free = false;
    if (!region.used.compare_exchange_strong(free, true)) continue;
    region.faulted = false;
    region.end = reinterpret_cast<std::uintptr_t>(address) + (size + page_size - 1) / page_size * page_size;
    region.begin = reinterpret_cast<std::uintptr_t>(address);
    return i;
  }
  return std::nullopt;
}

void release(std::size_t index) {
  regions[index].begin = regions[index].end = 0;
  regions[index].used = false;
}

Unexpected<Error> cannot_read(const std::filesystem::path& path, const char* reason) {
  return Unexpected(Error{Code::io_failed, fmt::format("cannot read {}: {}", path.string(), reason), ""});
}

bool same(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

}  // namespace

struct MappedFile::State {
  State() = default;
  ~State() {
    if (region) release(*region);
    if (address) ::munmap(address, static_cast<std::size_t>(known.st_size));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Descriptor fd;
  struct stat known {};
  void* address = nullptr;
  std::optional<std::size_t> region;
};

MappedFile::MappedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
MappedFile::MappedFile(MappedFile&& other) noexcept = default;
MappedFile::~MappedFile() = default;

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  // Without O_NONBLOCK a pipe would be waited for.
  state->fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (state->fd.get() < 0 || ::fstat(state->fd.get(), &state->known) != 0)
    return cannot_read(path, std::strerror(errno));
  if (S_ISDIR(state->known.st_mode)) return cannot_read(path, "it is a folder");
  if (!S_ISREG(state->known.st_mode)) return cannot_read(path, "it is no file");
  if (state->known.st_size > 0) {
    const auto size = static_cast<std::size_t>(state->known.st_size);
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, state->fd.get(), 0);
    if (address == MAP_FAILED) return cannot_read(path, std::strerror(errno));
    state->address = address;
    state->region = claim(address, size);
    if (!state->region) return cannot_read(path, "too many files are read at once");
  }
  return MappedFile(std::move(state));
}

std::string_view MappedFile::bytes() const {
  if (!state_->address) return {};
  return {static_cast<const char*>(state_->address), static_cast<std::size_t>(state_->known.st_size)};
}

unsigned MappedFile::mode() const { return state_->known.st_mode & 0777; }
std::int64_t MappedFile::modified() const { return state_->known.st_mtim.tv_sec; }

bool MappedFile::has_changed() const {
  const struct stat& known = state_->known;
  struct stat now {};
  return (state_->region && regions[*state_->region].faulted) || ::fstat(state_->fd.get(), &now) != 0 ||
         now.st_size != known.st_size || !same(now.st_mtim, known.st_mtim);
}

}  // namespace cef

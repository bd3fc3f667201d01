#include <cef/runner/runner.hpp>

#include <algorithm>
#include <cstdint>
#include <sys/resource.h>

namespace cef::runner {

std::size_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur) : SIZE_MAX;
}

std::size_t raise_descriptor_limit() {
  constexpr rlim_t kept_back = 64;  // standard streams, epoll, inventory scripts, known_hosts
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t usable = std::min<rlim_t>(limit.rlim_cur, 1'000'000);
  return usable > kept_back ? static_cast<std::size_t>(usable - kept_back) : 1;
}

}  // namespace cef::runner

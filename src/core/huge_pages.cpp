#include <cef/core/huge_pages.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace cef {

void use_huge_pages([[maybe_unused]] std::size_t bytes) {
#ifdef M_TOP_PAD
  constexpr std::size_t page = std::size_t{2} << 20;
  const std::size_t reserve = (bytes + page - 1) / page * page;
  // Set by hand, the limits no longer follow what is freed.
  mallopt(M_MMAP_THRESHOLD, 2 * page);
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(reserve + reserve / 2));
  mallopt(M_TOP_PAD, static_cast<int>(reserve));
  const auto before = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  const std::uintptr_t begin = (before + page - 1) / page * page;
  // Up to the first huge page, in which all else is then; never freed.
  [[maybe_unused]] static void* const filler = std::malloc(std::max<std::size_t>(begin - before, page / 8));
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0)) / page * page;
  if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  mallopt(M_TOP_PAD, static_cast<int>(page / 16));
#endif
}

}  // namespace cef

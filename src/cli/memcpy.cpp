// How bytes are copied in this program, by libraries too: libssh copies each byte that is sent or received some five
// times. From some kilobytes on the C library leaves it to one instruction (rep movsb), and processors of AMD take
// fifteen times as long for that where the target lies a few bytes further in its page than what is copied. In pieces
// that are smaller the library uses vectors. Source: glibc's bug 30994, mended in 2.39.
#include <cstddef>

#if defined(__x86_64__) && defined(__GLIBC__)

extern "C" void* memmove(void* to, const void* from, std::size_t size) noexcept;

namespace {

constexpr std::size_t piece = 31 * 64;  // cache lines, and below the least limit that the library has
constexpr std::size_t least_large = std::size_t{1} << 20;  // the library lets it pass the caches by

[[gnu::noinline]] void* copy_pieces(char* to, const char* from, std::size_t size) {
  std::size_t at = 0;
  for (; size - at > piece; at += piece) memmove(to + at, from + at, piece);
  memmove(to + at, from + at, size - at);
  return to;
}

}  // namespace

extern "C" void* memcpy(void* to, const void* from, std::size_t size) noexcept {
  if (size <= piece || size >= least_large) return memmove(to, from, size);
  return copy_pieces(static_cast<char*>(to), static_cast<const char*>(from), size);
}

#endif

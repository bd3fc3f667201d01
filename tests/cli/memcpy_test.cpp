#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <string>

TEST_CASE("bytes are copied whole, whatever their number and place", "[memcpy]") {
  void* (*const volatile copy)(void*, const void*, std::size_t) =
      std::memcpy;  // called, whatever the compiler can do itself
  constexpr std::size_t most = std::size_t{1} << 20, around = 64;
  std::string from(most + around, '\0');
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<char>('a' + i * i % 23);
  std::string to(from.size() + 2 * around, '.');
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{1983}, std::size_t{1984}, std::size_t{1985}, std::size_t{3967},
        std::size_t{3968}, std::size_t{3969}, std::size_t{32'768}, std::size_t{65'537}, most - 1, most})
    for (const std::size_t shift : {0, 1, 13, 63}) {
      CAPTURE(size, shift);
      std::fill(to.begin(), to.end(), '.');
      REQUIRE(copy(to.data() + around, from.data() + shift, size) == to.data() + around);
      CHECK(to.compare(around, size, from, shift, size) == 0);
      CHECK(to.substr(0, around) == std::string(around, '.'));
      CHECK(to.find_first_not_of('.', around + size) == std::string::npos);
    }
}

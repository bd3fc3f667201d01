// random and shuffle. With a seed they give what Python's generator gives, so that a host keeps its minute of the hour
// when a playbook moves here.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"
#include "value/operators.hpp"

#include <openssl/evp.h>

#include <array>

namespace cef::expr {

namespace random_filters_parts {
namespace {

/// Source: M. Matsumoto and T. Nishimura, mt19937ar.c; Python's random.py for how texts seed it.
class Generator {
 public:
  explicit Generator(std::string_view seed_bytes) {
    // The bytes are a large number, the first one its highest.
    std::vector<std::uint32_t> key;
    for (std::size_t end = seed_bytes.size(); end > 0;) {
      std::uint32_t word = 0;
      for (unsigned shift = 0; shift < 32 && end > 0; shift += 8)
        word |= static_cast<std::uint32_t>(static_cast<unsigned char>(seed_bytes[--end])) << shift;
      key.push_back(word);
    }
    while (key.size() > 1 && key.back() == 0) key.pop_back();
    if (key.empty()) key.push_back(0);
    seed(key);
  }

  std::uint64_t below(std::uint64_t count) {
    unsigned bits = 0;
    while (bits < 64 && count >> bits != 0) ++bits;
    std::uint64_t number = take(bits);
    while (number >= count) number = take(bits);
    return number;
  }

 private:
  static constexpr std::size_t size = 624;

  void seed(const std::vector<std::uint32_t>& key) {
    state_[0] = 19650218;
    for (std::size_t i = 1; i < size; ++i)
      state_[i] = 1812433253U * (state_[i - 1] ^ state_[i - 1] >> 30U) + static_cast<std::uint32_t>(i);
    std::size_t i = 1, j = 0;
    const auto wrap = [&] {
      if (++i >= size) state_[0] = state_[size - 1], i = 1;
    };
    for (std::size_t k = std::max(size, key.size()); k > 0; --k) {
      state_[i] =
          (state_[i] ^ (state_[i - 1] ^ state_[i - 1] >> 30U) * 1664525U) + key[j] + static_cast<std::uint32_t>(j);
      wrap();
      if (++j >= key.size()) j = 0;
    }
    for (std::size_t k = size - 1; k > 0; --k) {
      state_[i] = (state_[i] ^ (state_[i - 1] ^ state_[i - 1] >> 30U) * 1566083941U) - static_cast<std::uint32_t>(i);
      wrap();
    }
    state_[0] = 0x80000000U;
  }

  std::uint32_t word() {
    if (at_ >= size) {
      for (std::size_t i = 0; i < size; ++i) {
        const std::uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % size] & 0x7fffffffU);
        state_[i] = state_[(i + 397) % size] ^ y >> 1U ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0);
      }
      at_ = 0;
    }
    std::uint32_t y = state_[at_++];
    y ^= y >> 11U;
    y ^= y << 7U & 0x9d2c5680U;
    y ^= y << 15U & 0xefc60000U;
    return y ^ y >> 18U;
  }

  std::uint64_t take(unsigned bits) {
    if (bits == 0) return 0;
    if (bits <= 32) return word() >> (32 - bits);
    const std::uint64_t low = word();
    return low | static_cast<std::uint64_t>(word() >> (64 - bits)) << 32U;
  }

  std::array<std::uint32_t, size> state_{};
  std::size_t at_ = size;
};

std::string bytes_of(std::uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(number >> static_cast<unsigned>(shift) & 0xffU);
  return bytes;
}

Generator generator(Call& call, std::size_t i) {
  if (call.empty(i)) return Generator(bytes_of(call.evaluation.world().random()));
  if (call[i].whole()) {
    const std::int64_t number = call[i].whole_number();
    return Generator(
        bytes_of(number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number)));
  }
  const std::string text = call.text(i);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha512(), nullptr);
  return Generator(text + std::string(reinterpret_cast<const char*>(digest.data()), size));
}

// end start step seed
Any random(Call& call) {
  Generator from = generator(call, 3);
  if (!call[0].whole()) {
    if (!call.empty(1) || !call.empty(2)) fail("start and step can only be used with integer values");
    const Items items = call.items(0);
    if (items.empty()) fail("random: the list is empty");
    return items[from.below(items.size())];
  }
  const std::int64_t end = call.whole(0), start = call.empty(1) ? 0 : call.whole(1);
  const std::int64_t step = call.empty(2) || call.whole(2) == 0 ? 1 : call.whole(2);
  std::int64_t width = 0, count = 0;
  if (__builtin_sub_overflow(end, start, &width)) fail("random: the range is too large");
  if (step == INT64_MIN || __builtin_add_overflow(width, step > 0 ? step - 1 : step + 1, &count))
    fail("random: the range is too large");
  count = step == 1 ? width : count / step;
  if (count <= 0) fail("random: the range from {} to {} is empty", start, end);
  return start + step * static_cast<std::int64_t>(from.below(static_cast<std::uint64_t>(count)));
}

Any shuffle(Call& call) {
  Items items = call.items(0);
  call.budget.bytes(items.size() * sizeof(Any));
  const bool seeded = !call.empty(1) && truth(call[1]);
  Generator from = seeded ? generator(call, 1) : Generator(bytes_of(call.evaluation.world().random()));
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[from.below(i)]);
  return items;
}

constexpr Function table[] = {
    {"random", random, "end start? step? seed?"},
    {"shuffle", shuffle, "mylist seed?"},
};

}  // namespace
}  // namespace random_filters_parts

const Functions random_filters = random_filters_parts::table;

}  // namespace cef::expr

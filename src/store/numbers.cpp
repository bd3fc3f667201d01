#include "numbers.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

namespace cef::store {

namespace {

// A number is a varint whose two lowest bits say what it counts. With `other`, the rest says what follows.
enum Kind : std::uint64_t { ones = 0, kibi = 1, tenths = 2, other = 3 };
enum Other : std::uint64_t { thousandths = 0, single = 1, whole = 2, missing = 3 };

constexpr double largest = 1LL << 50;

double scale(Kind kind) { return kind == kibi ? 1.0 / 1024 : kind == tenths ? 10 : kind == other ? 1000 : 1; }

// How many of a kind a number is, if it is so many exactly.
std::optional<std::int64_t> count(double number, Kind kind) {
  const double scaled = std::round(number * scale(kind));
  if (!(std::abs(scaled) < largest) || scaled / scale(kind) != number) return std::nullopt;
  return static_cast<std::int64_t>(scaled);
}

// Both sides compute this from the same number, so it need not be exact.
std::int64_t base_count(double base, Kind kind) {
  const double scaled = std::round(base * scale(kind));
  return std::abs(scaled) < largest ? static_cast<std::int64_t>(scaled) : 0;
}

// Small numbers of either sign as small ones without.
std::uint64_t zigzag(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
}
std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
}

void put_bytes(std::string& bytes, std::uint64_t bits, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(bits >> (8 * i) & 0xff);
}

}  // namespace

void put_varint(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  bytes += static_cast<char>(number);
}

void put_number(std::string& bytes, double number, double base) {
  if (std::isnan(number)) return put_varint(bytes, missing << 2 | other);
  if (std::signbit(number) && number == 0) number = 0;
  for (const Kind kind : {kibi, ones, tenths, other}) {
    if (kind == kibi && number == 0) continue;
    const auto counted = count(number, kind);
    if (!counted) continue;
    const std::uint64_t difference = zigzag(*counted - base_count(base, kind));
    if (kind != other) return put_varint(bytes, difference << 2 | kind);
    put_varint(bytes, thousandths << 2 | other);
    return put_varint(bytes, difference);
  }
  // Out of a float's range the conversion is not defined.
  const bool fits = std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max());
  if (const float rounded = fits ? static_cast<float>(number) : 0; fits && static_cast<double>(rounded) == number) {
    put_varint(bytes, single << 2 | other);
    return put_bytes(bytes, std::bit_cast<std::uint32_t>(rounded), sizeof rounded);
  }
  put_varint(bytes, whole << 2 | other);
  put_bytes(bytes, std::bit_cast<std::uint64_t>(number), sizeof number);
}

std::uint64_t NumberReader::varint() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; !rest_.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  good_ = false;
  return 0;
}

std::string_view NumberReader::bytes(std::size_t count) {
  if (count > rest_.size()) {
    good_ = false;
    return {};
  }
  const auto taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

double NumberReader::number(double base) {
  const std::uint64_t head = varint();
  const auto kind = static_cast<Kind>(head & 3);
  const auto counted = [&](std::uint64_t difference) {
    // Wraps around, for damaged bytes.
    const auto sum =
        static_cast<std::uint64_t>(unzigzag(difference)) + static_cast<std::uint64_t>(base_count(base, kind));
    return static_cast<double>(static_cast<std::int64_t>(sum)) / scale(kind);
  };
  const auto bits = [&](std::size_t size) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const char byte : bytes(size)) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte)) << shift;
      shift += 8;
    }
    return value;
  };
  if (kind != other) return counted(head >> 2);
  switch (head >> 2) {
    case thousandths:
      return counted(varint());
    case single:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits(sizeof(float)))));
    case whole:
      return std::bit_cast<double>(bits(sizeof(double)));
    case missing:
      return std::numeric_limits<double>::quiet_NaN();
    default:
      good_ = false;
      return 0;
  }
}

}  // namespace cef::store

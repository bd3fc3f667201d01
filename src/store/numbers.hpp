// Numbers in few bytes. Measured values are mostly whole, or multiples of 1024, or have one decimal, and differ little
// from a value that the reader knows already: only the difference is written. Every number is read as it was written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cef::store {

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
void put_varint(std::string& bytes, std::uint64_t number);
/// `base`: a finite number that the reader has too; 0 where there is none. NaN is a value that is missing.
void put_number(std::string& bytes, double number, double base);

/// Reads from the front of bytes that may be damaged: past their end everything is 0 and `good` false.
class NumberReader {
 public:
  explicit NumberReader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t varint();
  double number(double base);
  std::string_view bytes(std::size_t count);
  bool at_end() const { return rest_.empty(); }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace cef::store

// SHA-256, by which files are told apart.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cef {

/// Of bytes that come in pieces. A copy goes on by itself from where this one is.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256& other);
  Sha256(Sha256&& other) noexcept;
  Sha256& operator=(const Sha256&) = delete;
  Sha256& operator=(Sha256&& other) noexcept;
  ~Sha256();

  void add(std::string_view bytes);
  /// Of all that was added so far: 64 small hex digits. More may be added afterwards.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_of(std::string_view bytes);
/// 40 small hex digits, for names that others have chosen so.
std::string sha1_of(std::string_view bytes);
/// Whether the text is what Sha256::hex() may return.
bool is_sha256(std::string_view text);

}  // namespace cef

#include "bcrypt_pbkdf.hpp"

#include "words_of_pi.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <functional>

namespace cef::transport {

namespace {

using Sha512 = std::array<unsigned char, SHA512_DIGEST_LENGTH>;
constexpr std::size_t block = 32;  // bytes of one bcrypt
using Block = std::array<unsigned char, block>;

Sha512 sha512(std::string_view bytes) {
  Sha512 digest;
  SHA512(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

// Words of a digest, again from its start after its end.
class Words {
 public:
  explicit Words(const Sha512& bytes) : bytes_(bytes) {}
  std::uint32_t next() {
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i) word = word << 8 | bytes_[at_++ % bytes_.size()];
    return word;
  }

 private:
  const Sha512& bytes_;
  std::size_t at_ = 0;
};

class Blowfish {
 public:
  ~Blowfish() { OPENSSL_cleanse(state_.data(), sizeof state_); }

  void encrypt(std::uint32_t& left, std::uint32_t& right) const {
    for (std::size_t round = 0; round < 16; round += 2) {
      left ^= state_[round];
      right ^= mixed(left);
      right ^= state_[round + 1];
      left ^= mixed(right);
    }
    left ^= state_[16];
    right ^= state_[17];
    std::swap(left, right);
  }
  // The costly key schedule that makes it bcrypt; without a salt it is Blowfish's own.
  void expand(const Sha512& key, const Sha512* salt) {
    Words keys(key);
    for (std::size_t i = 0; i < 18; ++i) state_[i] ^= keys.next();
    static constexpr Sha512 zeros{};
    Words salts(salt ? *salt : zeros);
    std::uint32_t left = 0, right = 0;
    for (std::size_t i = 0; i < state_.size(); i += 2) {
      left ^= salts.next();
      right ^= salts.next();
      encrypt(left, right);
      state_[i] = left;
      state_[i + 1] = right;
    }
  }

 private:
  std::uint32_t mixed(std::uint32_t x) const {
    const std::uint32_t* table = state_.data() + 18;
    return ((table[x >> 24] + table[256 + (x >> 16 & 255)]) ^ table[512 + (x >> 8 & 255)]) + table[768 + (x & 255)];
  }

  std::array<std::uint32_t, words_of_pi.size()> state_ = words_of_pi;
};

Block bcrypt(const Sha512& passphrase, const Sha512& salt) {
  Blowfish cipher;
  cipher.expand(passphrase, &salt);
  for (int i = 0; i < 64; ++i) {
    cipher.expand(salt, nullptr);
    cipher.expand(passphrase, nullptr);
  }
  constexpr std::string_view text = "OxychromaticBlowfishSwatDynamite";
  static_assert(text.size() == block);
  std::array<std::uint32_t, block / 4> words{};
  for (std::size_t i = 0; i < block; ++i) words[i / 4] = words[i / 4] << 8 | static_cast<unsigned char>(text[i]);
  for (int i = 0; i < 64; ++i)
    for (std::size_t pair = 0; pair < words.size(); pair += 2) cipher.encrypt(words[pair], words[pair + 1]);
  Block out;
  for (std::size_t i = 0; i < block; ++i) out[i] = static_cast<unsigned char>(words[i / 4] >> (8 * (i % 4)));
  return out;
}

std::string_view as_text(const Block& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

std::string bcrypt_pbkdf(std::string_view passphrase, std::string_view salt, std::uint32_t rounds, std::size_t size) {
  if (passphrase.empty() || salt.empty() || rounds == 0 || size > block * block) return {};
  const Sha512 secret = sha512(passphrase);
  std::string key(size, '\0');
  // Each block gives every stride-th byte, so that no byte can be had for less than all of them.
  const std::size_t stride = (size + block - 1) / block;
  const std::size_t share = stride == 0 ? 0 : (size + stride - 1) / stride;
  for (std::size_t count = 1; count <= stride; ++count) {
    std::string counted(salt);
    for (int shift = 24; shift >= 0; shift -= 8) counted += static_cast<char>(count >> shift & 255);
    Block last = bcrypt(secret, sha512(counted)), sum = last;
    for (std::uint32_t round = 1; round < rounds; ++round) {
      last = bcrypt(secret, sha512(as_text(last)));
      std::transform(sum.begin(), sum.end(), last.begin(), sum.begin(), std::bit_xor<unsigned char>());
    }
    for (std::size_t i = 0; i < share && i * stride + count - 1 < size; ++i)
      key[i * stride + count - 1] = static_cast<char>(sum[i]);
  }
  return key;
}

}  // namespace cef::transport

// OpenSSL 3.0 computes Ed25519 in portable 32-bit arithmetic: a check of a host's signature takes 100 us and our own
// signature 40, of the 500 that a whole login costs. libsodium takes 47 and 16. libssh asks OpenSSL, so the functions
// below stand in for the two of OpenSSL's that it calls; all but Ed25519 goes on to them.
#include "ed25519.hpp"

#include "openssl_original.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <sodium.h>

namespace cef::transport {

namespace {

constexpr std::size_t half = 32;  // a seed or a public key; RFC 8032, 5.1.5
static_assert(crypto_sign_PUBLICKEYBYTES == half && crypto_sign_SECRETKEYBYTES == 2 * half);

std::atomic<bool> sodium = false;

// The key of a call that libsodium can answer, else null.
EVP_PKEY* ed25519_key(EVP_MD_CTX* context) {
  if (!sodium) return nullptr;
  EVP_PKEY_CTX* of_key = EVP_MD_CTX_get_pkey_ctx(context);
  EVP_PKEY* key = of_key ? EVP_PKEY_CTX_get0_pkey(of_key) : nullptr;
  return key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? key : nullptr;
}

bool public_half(const EVP_PKEY* key, unsigned char* raw) {
  std::size_t size = half;
  return EVP_PKEY_get_raw_public_key(key, raw, &size) == 1 && size == half;
}

// A seed and the public key, as libsodium wants them.
class SigningKey {
 public:
  explicit SigningKey(const EVP_PKEY* key) {
    std::size_t size = half;
    whole_ = EVP_PKEY_get_raw_private_key(key, bytes_.data(), &size) == 1 && size == half &&
             public_half(key, bytes_.data() + half);
  }
  ~SigningKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  explicit operator bool() const { return whole_; }
  const unsigned char* data() const { return bytes_.data(); }

 private:
  std::array<unsigned char, 2 * half> bytes_{};
  bool whole_ = false;
};

}  // namespace

void use_libsodium() {
  if (sodium_init() >= 0) sodium = true;
}

}  // namespace cef::transport

using namespace cef::transport;

extern "C" int EVP_DigestSign(EVP_MD_CTX* context, unsigned char* signature, size_t* size, const unsigned char* text,
                              size_t text_size) {
  static const auto sign = openssl_original<decltype(EVP_DigestSign)>("EVP_DigestSign");
  // Without a place for the signature only its size is asked for.
  if (const EVP_PKEY* key = signature && *size >= crypto_sign_BYTES ? ed25519_key(context) : nullptr) {
    if (const SigningKey whole(key); whole) {
      *size = crypto_sign_BYTES;
      return crypto_sign_detached(signature, nullptr, text, text_size, whole.data()) == 0 ? 1 : 0;
    }
  }
  return sign(context, signature, size, text, text_size);
}

extern "C" int EVP_DigestVerify(EVP_MD_CTX* context, const unsigned char* signature, size_t size,
                                const unsigned char* text, size_t text_size) {
  static const auto verify = openssl_original<decltype(EVP_DigestVerify)>("EVP_DigestVerify");
  if (const EVP_PKEY* key = size == crypto_sign_BYTES ? ed25519_key(context) : nullptr) {
    std::array<unsigned char, half> raw;
    if (public_half(key, raw.data()))
      return crypto_sign_verify_detached(signature, text, text_size, raw.data()) == 0 ? 1 : 0;
  }
  return verify(context, signature, size, text, text_size);
}

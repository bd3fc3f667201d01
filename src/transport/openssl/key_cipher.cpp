#include "key_cipher.hpp"

#include "bcrypt_pbkdf.hpp"
#include "handles.hpp"
#include "key_container.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <sodium.h>

namespace cef::transport {

namespace {

constexpr KeyCipher ciphers[] = {
    {"aes256-ctr", "AES-256-CTR", 32, 16, 16, 0},
    {"aes192-ctr", "AES-192-CTR", 24, 16, 16, 0},
    {"aes128-ctr", "AES-128-CTR", 16, 16, 16, 0},
    {"aes256-cbc", "AES-256-CBC", 32, 16, 16, 0},
    {"rijndael-cbc@lysator.liu.se", "AES-256-CBC", 32, 16, 16, 0},
    {"aes192-cbc", "AES-192-CBC", 24, 16, 16, 0},
    {"aes128-cbc", "AES-128-CBC", 16, 16, 16, 0},
    {"3des-cbc", "DES-EDE3-CBC", 24, 8, 8, 0},
    {"aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, 16, 16},
    {"aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, 16, 16},
    {"chacha20-poly1305@openssh.com", nullptr, 64, 0, 8, 16},
};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// The first of its two keys encrypts; its first block is Poly1305's key. Source: OpenSSH's PROTOCOL.chacha20poly1305.
std::optional<std::string> chacha20_poly1305(std::string_view key, const KeyContainer& container) {
  constexpr std::array<unsigned char, crypto_stream_chacha20_NONCEBYTES> packet{};  // number 0
  std::array<unsigned char, crypto_onetimeauth_poly1305_KEYBYTES> once;
  crypto_stream_chacha20(once.data(), once.size(), packet.data(), bytes_of(key));
  const std::string_view secrets = container.secrets;
  if (crypto_onetimeauth_poly1305_verify(bytes_of(container.tag), bytes_of(secrets), secrets.size(), once.data()) != 0)
    return std::nullopt;
  std::string plain(secrets.size(), '\0');
  crypto_stream_chacha20_xor_ic(bytes_of(plain), bytes_of(secrets), secrets.size(), packet.data(), 1, bytes_of(key));
  return plain;
}

using Context = std::unique_ptr<EVP_CIPHER_CTX, Release<EVP_CIPHER_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER, Release<EVP_CIPHER_free>>;

std::optional<std::string> by_openssl(const KeyCipher& with, std::string_view key, const KeyContainer& container) {
  const Context context(EVP_CIPHER_CTX_new());
  const Cipher cipher(EVP_CIPHER_fetch(nullptr, with.openssl, nullptr));
  if (!cipher ||
      EVP_DecryptInit_ex2(context.get(), cipher.get(), bytes_of(key), bytes_of(key.substr(with.key)), nullptr) != 1)
    return std::nullopt;
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  std::string tag = container.tag;
  if (with.tag > 0 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) != 1)
    return std::nullopt;
  std::string plain(container.secrets.size() + with.block, '\0');
  int size = 0, rest = 0;
  if (EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(std::string_view(container.secrets)),
                        static_cast<int>(container.secrets.size())) != 1 ||
      EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &rest) != 1)
    return std::nullopt;
  plain.resize(static_cast<std::size_t>(size + rest));
  return plain;
}

}  // namespace

std::optional<KeyCipher> key_cipher(std::string_view name) {
  for (const KeyCipher& cipher : ciphers)
    if (cipher.name == name) return cipher;
  return std::nullopt;
}

std::optional<std::string> decrypt_key(const KeyContainer& container, std::string_view passphrase) {
  const auto cipher = key_cipher(container.cipher);
  if (!cipher) return std::nullopt;
  std::string key = bcrypt_pbkdf(passphrase, container.salt, container.rounds, cipher->key + cipher->iv);
  if (key.empty()) return std::nullopt;
  auto plain = cipher->openssl ? by_openssl(*cipher, key, container) : chacha20_poly1305(key, container);
  OPENSSL_cleanse(key.data(), key.size());
  return plain;
}

}  // namespace cef::transport

#include "load/vault.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <memory>
#include <optional>

namespace cef::playbook {

namespace {

// Source: Ansible's VaultAES256: PBKDF2 with SHA-256 makes 32 bytes for the cipher, 32 for the HMAC and 16 for the
// counter's start.
constexpr int rounds = 10'000;
constexpr std::size_t key_length = 32, counter_length = 16;

std::optional<std::string> from_hex(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ') continue;
    const int value = digit(c);
    if (value < 0) return std::nullopt;
    if (high < 0) {
      high = value;
      continue;
    }
    bytes += static_cast<char>(high * 16 + value);
    high = -1;
  }
  return high < 0 ? std::optional(bytes) : std::nullopt;
}

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct Sealed {
  std::string salt, mac, text;
};

std::optional<Sealed> open_envelope(std::string_view body) {
  const auto inner = from_hex(body);
  if (!inner) return std::nullopt;
  const auto first = inner->find('\n'), second = inner->find('\n', first + 1);
  if (first == std::string::npos || second == std::string::npos) return std::nullopt;
  const auto salt = from_hex(std::string_view(*inner).substr(0, first));
  const auto mac = from_hex(std::string_view(*inner).substr(first + 1, second - first - 1));
  const auto text = from_hex(std::string_view(*inner).substr(second + 1));
  if (!salt || !mac || !text) return std::nullopt;
  return Sealed{*salt, *mac, *text};
}

// Nothing: it is another password's.
std::optional<std::string> unseal(const Sealed& sealed, std::string_view password) {
  std::array<unsigned char, 2 * key_length + counter_length> keys{};
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(sealed.salt),
                        static_cast<int>(sealed.salt.size()), rounds, EVP_sha256(), static_cast<int>(keys.size()),
                        keys.data()) != 1)
    return std::nullopt;
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned mac_length = 0;
  HMAC(EVP_sha256(), keys.data() + key_length, static_cast<int>(key_length), raw(sealed.text), sealed.text.size(),
       mac.data(), &mac_length);
  if (mac_length != sealed.mac.size() || CRYPTO_memcmp(mac.data(), sealed.mac.data(), mac_length) != 0)
    return std::nullopt;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(EVP_CIPHER_CTX_new(),
                                                                               EVP_CIPHER_CTX_free);
  std::string plain(sealed.text.size(), '\0');
  int length = 0;
  if (EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_ctr(), nullptr, keys.data(), keys.data() + 2 * key_length) != 1 ||
      EVP_DecryptUpdate(cipher.get(), reinterpret_cast<unsigned char*>(plain.data()), &length, raw(sealed.text),
                        static_cast<int>(sealed.text.size())) != 1)
    return std::nullopt;
  OPENSSL_cleanse(keys.data(), keys.size());
  // PKCS 7: as many bytes as the last one says.
  const auto padding = plain.empty() ? 0U : static_cast<unsigned char>(plain.back());
  if (padding == 0 || padding > plain.size()) return std::nullopt;
  plain.resize(plain.size() - padding);
  return plain;
}

}  // namespace

Result<std::string, std::string> Vault::decrypt(std::string_view text) const {
  const std::string_view header = trim(first_line(text));
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= header.size();) {
    const std::size_t end = std::min(header.find(';', begin), header.size());
    parts.push_back(header.substr(begin, end - begin));
    begin = end + 1;
  }
  if (parts.size() < 3 || parts[0] != "$ANSIBLE_VAULT" || (parts[1] != "1.1" && parts[1] != "1.2") ||
      parts[2] != "AES256")
    return Unexpected(fmt::format("it is a vault of a kind that is not known here: {}", header));
  const std::string_view id = parts.size() > 3 ? parts[3] : std::string_view();
  const auto begin = text.find('\n');
  const auto sealed = open_envelope(begin == std::string_view::npos ? std::string_view() : text.substr(begin + 1));
  if (!sealed) return Unexpected(std::string("the vault is damaged"));
  if (passwords_.empty())
    return Unexpected(std::string("it is encrypted with ansible-vault; give its password with --vault-password-file"));
  for (const bool own : {true, false})
    for (const VaultPassword& each : passwords_) {
      if ((!id.empty() && each.id == id) != own) continue;
      if (auto plain = unseal(*sealed, each.password.reveal())) return std::move(*plain);
    }
  return Unexpected(fmt::format("no vault password that was given opens it{}{}", id.empty() ? "" : "; its id is ", id));
}

Result<void, std::string> Vault::decrypt_in(Value& value) const {
  if (value.is_object() && value.size() == 1)
    if (const auto sealed = value.find("__ansible_vault"); sealed != value.end() && sealed->is_string()) {
      auto plain = decrypt(sealed->get_ref<const std::string&>());
      if (!plain) return Unexpected(plain.error());
      value = std::move(*plain);
      return {};
    }
  if (value.is_structured())
    for (auto& each : value)
      if (auto done = decrypt_in(each); !done) return done;
  return {};
}

}  // namespace cef::playbook

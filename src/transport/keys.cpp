#include "keys.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

namespace cef::transport {

namespace {

Unexpected<Error> unreadable(const std::string& path, std::string_view why, std::string hint = "") {
  return Unexpected(Error{Code::key_unreadable, fmt::format("key file {}: {}", path, why), std::move(hint)});
}

bool encrypted(std::string_view text) {
  if (text.find("ENCRYPTED") != std::string_view::npos) return true;
  // Base64 of "openssh-key-v1", a zero byte, and the cipher's name, which is "none" for a plain key.
  const auto body = text.find("b3BlbnNzaC1rZXktdjEA");
  return body != std::string_view::npos && !text.substr(body).starts_with("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU");
}

using Number = std::unique_ptr<BIGNUM, Release<BN_clear_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

Number number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  return Number(value);
}

// An OpenSSH-format file holds p, q and 1/q mod p of an RSA key but not d mod p-1 and d mod q-1, and libssh 0.10 does
// not compute them: signing then takes four times as long. This is the same key with them, in PEM.
std::string with_crt_values(const EVP_PKEY* key) {
  const Number n = number(key, OSSL_PKEY_PARAM_RSA_N), e = number(key, OSSL_PKEY_PARAM_RSA_E),
               d = number(key, OSSL_PKEY_PARAM_RSA_D), p = number(key, OSSL_PKEY_PARAM_RSA_FACTOR1),
               q = number(key, OSSL_PKEY_PARAM_RSA_FACTOR2);
  if (!n || !e || !d || !p || !q) return {};
  const std::unique_ptr<BN_CTX, Release<BN_CTX_free>> scratch(BN_CTX_new());
  const Number less_one(BN_new()), dp(BN_secure_new()), dq(BN_secure_new()), inverse(BN_secure_new());
  if (!BN_sub(less_one.get(), p.get(), BN_value_one()) || !BN_mod(dp.get(), d.get(), less_one.get(), scratch.get()) ||
      !BN_sub(less_one.get(), q.get(), BN_value_one()) || !BN_mod(dq.get(), d.get(), less_one.get(), scratch.get()) ||
      !BN_mod_inverse(inverse.get(), q.get(), p.get(), scratch.get()))
    return {};
  const std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  const std::pair<const char*, const BIGNUM*> values[] = {
      {OSSL_PKEY_PARAM_RSA_N, n.get()},          {OSSL_PKEY_PARAM_RSA_E, e.get()},
      {OSSL_PKEY_PARAM_RSA_D, d.get()},          {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},    {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse.get()}};
  for (const auto& [name, value] : values)
    if (!OSSL_PARAM_BLD_push_BN(build.get(), name, value)) return {};
  const std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>> params(OSSL_PARAM_BLD_to_param(build.get()));
  const std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()) <= 0)
    return {};
  const Pkey owner(made);
  const std::unique_ptr<BIO, Release<BIO_free_all>> memory(BIO_new(BIO_s_secmem()));
  if (!PEM_write_bio_PrivateKey_traditional(memory.get(), made, nullptr, nullptr, 0, nullptr, nullptr)) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

KeyHandle sped_up(KeyHandle key) {
  if (ssh_key_type(key.get()) != SSH_KEYTYPE_RSA) return key;
  char* exported = nullptr;
  if (ssh_pki_export_privkey_base64(key.get(), nullptr, nullptr, nullptr, &exported) != SSH_OK) return key;
  const std::unique_ptr<char, Release<ssh_string_free_char>> pem(exported);
  const std::unique_ptr<BIO, Release<BIO_free_all>> memory(BIO_new_mem_buf(pem.get(), -1));
  const Pkey plain(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
  if (!plain) return key;
  const std::string full = with_crt_values(plain.get());
  ssh_key better = nullptr;
  if (full.empty() || ssh_pki_import_privkey_base64(full.c_str(), nullptr, nullptr, nullptr, &better) != SSH_OK)
    return key;
  return KeyHandle(better);
}

Result<KeyHandle> read_key(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return unreadable(path, text.error().message.substr(text.error().message.rfind(": ") + 2));
  if (text->find("PRIVATE KEY") == std::string::npos) {
    if (text->starts_with("ssh-") || text->starts_with("ecdsa-") || text->starts_with("sk-"))
      return unreadable(path, "it is a public key", "name the private key: the same path without .pub");
    return unreadable(path, "it holds no private key in OpenSSH or PEM format");
  }
  if (encrypted(*text)) return unreadable(path, "it is protected by a passphrase, which this version cannot ask for");
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_base64(text->c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK)
    return unreadable(path, "it is damaged, or of a kind that libssh cannot read");
  return sped_up(KeyHandle(key));
}

}  // namespace

Result<ssh_key> KeyRing::load(const std::string& path) {
  auto place = keys_.find(path);
  if (place == keys_.end()) place = keys_.emplace(path, read_key(path)).first;
  if (!place->second) return Unexpected(place->second.error());
  return place->second->get();
}

std::vector<std::string> default_key_files() {
  std::vector<std::string> found;
  for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa"}) {
    const auto path = expand_user("~/.ssh") / name;
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) found.push_back(path.string());
  }
  return found;
}

}  // namespace cef::transport

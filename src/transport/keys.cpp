#include "keys.hpp"

#include "certificate.hpp"

#include <cef/core/file.hpp>
#include <cef/transport/ssh.hpp>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

namespace cef::transport {

namespace {

Error unreadable(const std::string& path, std::string_view why, std::string hint = "") {
  return {Code::key_unreadable, fmt::format("key file {}: {}", path, why), std::move(hint)};
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

std::string public_half(ssh_key key) {
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK) return {};
  const std::unique_ptr<char, Release<ssh_string_free_char>> owner(text);
  return text;
}

// An encrypted file in OpenSSH format shows its public key; one in PEM does not, but there may be a .pub beside it.
std::string public_half(const std::string& path) {
  ssh_key key = nullptr;
  if (ssh_pki_import_pubkey_file(path.c_str(), &key) != SSH_OK &&
      ssh_pki_import_pubkey_file((path + ".pub").c_str(), &key) != SSH_OK)
    return {};
  return public_half(KeyHandle(key).get());
}

void add_certificate(KeyFile& file) {
  const std::string path = file.path + "-cert.pub";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return;
  CertifiedKey certified = certify(file, path);
  if (!certified.key && certified.remark.empty()) certified.remark = fmt::format("{} certifies another key", path);
  file.certified = std::move(certified.key);
  file.remark = std::move(certified.remark);
}

// False: libssh cannot read it, or the passphrase is wrong.
bool import(KeyFile& file, const std::string& text, const char* passphrase) {
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_base64(text.c_str(), passphrase, nullptr, nullptr, &key) != SSH_OK) return false;
  file.key = sped_up(KeyHandle(key));
  if (file.base64.empty()) file.base64 = public_half(file.key.get());
  add_certificate(file);
  return true;
}

}  // namespace

CertifiedKey certify(const KeyFile& file, const std::string& path) {
  CertifiedKey certified;
  ssh_key read = nullptr;
  const int said = ssh_pki_import_cert_file(path.c_str(), &read);
  const KeyHandle certificate(read);
  const auto text = read_file(path);
  KeyHandle key(ssh_key_dup(file.key.get()));
  if (said != SSH_OK || !text)
    certified.remark = fmt::format("{} is no certificate that libssh can read", path);
  else if (!certifies(*text, file.base64))
    return certified;
  else if (ssh_pki_copy_cert_to_privkey(certificate.get(), key.get()) != SSH_OK)
    certified.remark = fmt::format("{} cannot be used by libssh", path);
  else
    certified.key = std::move(key);
  // Offered all the same: the clock here may be wrong.
  if (const auto validity = certified.key ? validity_of(*text) : std::nullopt)
    certified.remark = lapse(path, *validity, std::chrono::system_clock::now());
  return certified;
}

KeyFile read_key_file(const std::string& path) {
  KeyFile file;
  file.path = path;
  auto text = read_file(path);
  if (!text) {
    file.failure = unreadable(path, text.error().message.substr(text.error().message.rfind(": ") + 2));
  } else if (text->find("PRIVATE KEY") == std::string::npos) {
    file.failure = text->starts_with("ssh-") || text->starts_with("ecdsa-") || text->starts_with("sk-")
                       ? unreadable(path, "it is a public key", "name the private key: the same path without .pub")
                       : unreadable(path, "it holds no private key in OpenSSH or PEM format");
  } else if (encrypted(*text)) {
    file.locked = std::move(*text);
    file.base64 = public_half(path);
    file.failure = unreadable(path, "it is protected by a passphrase, and there is nobody to ask for it",
                              "add it to ssh-agent with ssh-add, or give --key-passphrase-file");
  } else if (!import(file, *text, nullptr)) {
    file.failure = unreadable(path, "it is damaged, or of a kind that libssh cannot read");
  }
  return file;
}

bool unlock(KeyFile& file, const std::string& passphrase) {
  if (!import(file, file.locked, passphrase.c_str())) {
    file.failure = unreadable(file.path, "the passphrase does not fit, or the file is damaged",
                              "try it with ssh-keygen -y -f " + file.path);
    return false;
  }
  file.locked.clear();
  file.failure.reset();
  return true;
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

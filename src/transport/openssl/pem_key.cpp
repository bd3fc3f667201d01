#include "pem_key.hpp"

#include "handles.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>

namespace cef::transport {

namespace {

using Number = std::unique_ptr<BIGNUM, Release<BN_clear_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using MemoryBio = std::unique_ptr<BIO, Release<BIO_free_all>>;

// Without one OpenSSL must not ask on the terminal.
int tell_passphrase(char* to, int room, int, void* passphrase) {
  const auto* text = static_cast<const std::string*>(passphrase);
  if (!text || text->size() > static_cast<std::size_t>(room)) return -1;
  std::copy(text->begin(), text->end(), to);
  return static_cast<int>(text->size());
}

Pkey read(std::string_view pem, const std::string* passphrase) {
  const MemoryBio memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Pkey(PEM_read_bio_PrivateKey(memory.get(), nullptr, tell_passphrase, const_cast<std::string*>(passphrase)));
}

std::string to_pem(const EVP_PKEY* key) {
  const MemoryBio memory(BIO_new(BIO_s_secmem()));
  if (!PEM_write_bio_PrivateKey_traditional(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr)) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string ed25519(const EVP_PKEY* key) {
  std::string seed(32, '\0'), public_half(32, '\0');
  std::size_t seed_size = seed.size(), public_size = public_half.size();
  if (EVP_PKEY_get_raw_private_key(key, reinterpret_cast<unsigned char*>(seed.data()), &seed_size) != 1 ||
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(public_half.data()), &public_size) != 1)
    return {};
  return ed25519_container(seed, public_half);
}

bool ssh_knows_curve(const EVP_PKEY* key) {
  char name[64] = "";
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return false;
  constexpr std::array<std::string_view, 6> known{"prime256v1", "P-256", "secp384r1", "P-384", "secp521r1", "P-521"};
  return std::find(known.begin(), known.end(), std::string_view(name)) != known.end();
}

Number number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  return Number(value);
}

}  // namespace

Result<std::string, KeyProblem> open_pem_key(std::string_view text, const std::string* passphrase) {
  const bool locked = text.find("ENCRYPTED") != std::string_view::npos;
  if (locked && !passphrase) return Unexpected(KeyProblem{KeyProblem::Kind::locked, "", ""});
  const Pkey key = read(text, passphrase);
  if (!key && locked) return wrong();
  if (!key)
    return unusable("it is damaged, or of a kind that OpenSSL cannot read", "try it with ssh-keygen -y -f FILE");
  std::string file;
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA:
      if (auto problem = unusable_rsa(static_cast<std::size_t>(EVP_PKEY_get_bits(key.get()))))
        return Unexpected(std::move(*problem));
      file = to_pem(key.get());
      break;
    case EVP_PKEY_EC:
      if (!ssh_knows_curve(key.get())) return unusable("it is an ECDSA key on a curve that ssh does not know");
      file = to_pem(key.get());
      break;
    case EVP_PKEY_ED25519:
      file = ed25519(key.get());
      break;
    case EVP_PKEY_DSA:
      return Unexpected(*unusable_type("ssh-dss"));
    default:
      return unusable("it is of a kind that ssh does not know");
  }
  if (file.empty()) return unusable("it is damaged");
  return file;
}

std::string with_crt_values(const std::string& pem) {
  const Pkey key = read(pem, nullptr);
  if (!key) return {};
  const Number n = number(key.get(), OSSL_PKEY_PARAM_RSA_N), e = number(key.get(), OSSL_PKEY_PARAM_RSA_E),
               d = number(key.get(), OSSL_PKEY_PARAM_RSA_D), p = number(key.get(), OSSL_PKEY_PARAM_RSA_FACTOR1),
               q = number(key.get(), OSSL_PKEY_PARAM_RSA_FACTOR2);
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
  return to_pem(Pkey(made).get());
}

}  // namespace cef::transport

#include <cef/core/sha256.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <new>
#include <utility>

namespace cef {

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()) {
    if (!context) throw std::bad_alloc();
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EVP_MD_CTX* context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr); }
Sha256::Sha256(const Sha256& other) : state_(std::make_unique<State>()) {
  EVP_MD_CTX_copy_ex(state_->context, other.state_->context);
}
Sha256::Sha256(Sha256&& other) noexcept = default;
Sha256& Sha256::operator=(Sha256&& other) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

namespace {
using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;
std::string hex_of(const Digest& digest, unsigned size) {
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}
}  // namespace

std::string Sha256::hex() const {
  Digest digest;
  unsigned size = 0;
  const State copy;
  EVP_MD_CTX_copy_ex(copy.context, state_->context);
  EVP_DigestFinal_ex(copy.context, digest.data(), &size);
  return hex_of(digest, size);
}

std::string sha1_of(std::string_view bytes) {
  Digest digest;
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return hex_of(digest, size);
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace cef

// libssh 0.10 keeps ed25519 and X25519 private keys as raw bytes and imports them into OpenSSL each time it uses one,
// and for each import OpenSSL computes the public half: once for the user's key at every login, and once for the key
// exchange's own key, which it has only just made. That is a sixth of the cost of a login. The functions below stand in
// for the two of OpenSSL's that libssh calls, and give back the key that is there. With a libssh that does not import
// keys again they are never called.
#include "key_reuse.hpp"

#include "handles.hpp"
#include "openssl_original.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

namespace cef::transport {

namespace {

using RawKey = std::array<unsigned char, 32>;  // bytes of either kind; RFC 8032, 5.1.5 and RFC 7748, 5
using Pkey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

// The latest few keys of one kind.
class Memory {
 public:
  explicit Memory(std::size_t size) : slots_(size) {}
  ~Memory() {
    for (Slot& slot : slots_) clear(slot);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void keep(const unsigned char* raw, EVP_PKEY* key) {
    Slot& slot = slots_[next_++ % slots_.size()];
    clear(slot);
    EVP_PKEY_up_ref(key);
    slot.key.reset(key);
    std::copy_n(raw, slot.raw.size(), slot.raw.begin());
  }
  /// One more reference to the key of these bytes, or null; a key that is used only once is forgotten.
  EVP_PKEY* find(const unsigned char* raw, bool once) {
    for (Slot& slot : slots_) {
      if (!slot.key || CRYPTO_memcmp(slot.raw.data(), raw, slot.raw.size()) != 0) continue;
      EVP_PKEY* key = slot.key.get();
      EVP_PKEY_up_ref(key);
      if (once) clear(slot);
      return key;
    }
    return nullptr;
  }

 private:
  struct Slot {
    RawKey raw{};
    Pkey key;
  };

  static void clear(Slot& slot) {
    slot.key.reset();
    OPENSSL_cleanse(slot.raw.data(), slot.raw.size());
  }

  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

struct Keys {
  Memory users{16};       // as many kinds of hosts as may each have a key of their own
  Memory exchanges{256};  // more than are under way at once by default
};

std::atomic<bool> reuse = false;

Keys& keys() {
  thread_local Keys of_this_thread;
  return of_this_thread;
}

}  // namespace

void reuse_private_keys() { reuse = true; }

}  // namespace cef::transport

using namespace cef::transport;

extern "C" EVP_PKEY* EVP_PKEY_new_raw_private_key(int type, ENGINE* engine, const unsigned char* raw, size_t size) {
  static const auto import = openssl_original<decltype(EVP_PKEY_new_raw_private_key)>("EVP_PKEY_new_raw_private_key");
  const bool is_user = type == EVP_PKEY_ED25519;
  if (!reuse || engine || size != RawKey().size() || (!is_user && type != EVP_PKEY_X25519))
    return import(type, engine, raw, size);
  if (EVP_PKEY* known = is_user ? keys().users.find(raw, false) : keys().exchanges.find(raw, true)) return known;
  EVP_PKEY* key = import(type, engine, raw, size);
  if (key && is_user) keys().users.keep(raw, key);
  return key;
}

extern "C" int EVP_PKEY_get_raw_private_key(const EVP_PKEY* key, unsigned char* raw, size_t* size) {
  static const auto get = openssl_original<decltype(EVP_PKEY_get_raw_private_key)>("EVP_PKEY_get_raw_private_key");
  const int done = get(key, raw, size);
  // The bytes of a key exchange's key are read right after it was made, to be imported again later.
  if (reuse && done == 1 && raw && *size == RawKey().size() && EVP_PKEY_get_base_id(key) == EVP_PKEY_X25519)
    keys().exchanges.keep(raw, const_cast<EVP_PKEY*>(key));
  return done;
}

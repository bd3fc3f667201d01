// The run's key files, each read once and decrypted once however many hosts use it.
#pragma once

#include "keys.hpp"
#include "waiter.hpp"
#include "workers.hpp"

#include <cef/core/result.hpp>
#include <cef/core/secret.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cef::transport {

class KeyRing {
 public:
  KeyRing(asio::io_context& io, Stop& stop) : stop_(stop), workers_(io, threads) {}

  /// Reads the file at the first call. It lives as long as the ring.
  const KeyFile& open(const std::string& path) { return entry(path).file; }

  /// Of a file whose key is there; null when the certificate is not of that key. `remark`: see with_certificate().
  ssh_key certified(const KeyFile& file, const std::string& certificate, std::string& remark);

  /// For every locked file: what --key-passphrase-file says.
  void set_passphrase(Secret passphrase) { passphrase_ = std::move(passphrase); }
  bool has_passphrase() const { return passphrase_.has_value(); }

  /// Decrypts a locked file with the passphrase that was set, on a thread; every host that wants it waits for that one
  /// time. At the end the file has its key or another failure. Errors: auth_timeout, and the run's reason.
  asio::awaitable<Result<void>> unlock(const std::string& path, std::shared_ptr<Waiter> waiter);
  /// The same with a passphrase that somebody typed, at once. False when it does not fit. Not while hosts log in.
  bool unlock_now(const std::string& path, const Secret& passphrase);

 private:
  static constexpr std::size_t threads = 2;
  struct Entry {
    KeyFile file;
    enum class State { idle, unlocking, done } state = State::idle;
    std::vector<std::weak_ptr<Waiter>> waiting;
  };
  Entry& entry(const std::string& path);

  Stop& stop_;
  std::optional<Secret> passphrase_;
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> entries_;
  struct Certified {
    KeyHandle key;
    std::string remark;
  };
  std::map<std::pair<std::string, std::string>, Certified> certified_;  // by the paths of key and certificate
  Workers workers_;  // last: it goes first, and waits for what uses an entry
};

}  // namespace cef::transport

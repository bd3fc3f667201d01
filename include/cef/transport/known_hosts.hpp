// The known_hosts files, read once per run: what ssh would say about a host's key, in constant time even for hashed
// files. Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
#pragma once

#include <cef/core/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cef::transport {

/// A public key: its type name (`ssh-ed25519`) and its blob in base64, as both stand in known_hosts.
struct HostKey {
  std::string type, blob;
  bool operator==(const HostKey&) const = default;
};

/// OpenSSH's fingerprint of a key: `SHA256:` and 43 characters of base64. Empty when the blob is not base64.
std::string fingerprint(const HostKey& key);

enum class KnownHost {
  known,
  unknown,
  other_type,  // the host is known, but only by keys of other types
  changed,     // known with another key of this type
  revoked,     // the key is listed as @revoked
  authority,   // not known itself, but a @cert-authority line matches: libssh cannot check host certificates
};

/// The keys of a file of ssh's RevokedHostKeys: public keys, one in a line. Errors: host_key_unknown, for a file that
/// cannot be read or is a revocation list of ssh-keygen -k: then no key is to be trusted.
Result<std::vector<HostKey>> read_revoked_keys(const std::string& file);

class KnownHosts {
 public:
  /// Files that do not exist are empty; lines that do not parse are left out, as ssh does.
  /// Errors: io_failed for a file that is there but cannot be read.
  static Result<KnownHosts> load(const std::vector<std::string>& files);

  struct Answer {
    KnownHost verdict = KnownHost::unknown;
    std::string where;               // `file:line` that decided, or empty
    std::vector<std::string> types;  // key types the host is known by
  };
  /// `address` as in the inventory; another port than 22 looks for `[address]:port` first.
  Answer check(std::string_view address, std::uint16_t port, const HostKey& key) const;

  /// Key types the host is known by without hashing anything: plain names only.
  std::vector<std::string> known_types(std::string_view address, std::uint16_t port) const;

  /// Remembers a key for this run; save() writes what was added.
  void add(std::string_view address, std::uint16_t port, const HostKey& key);
  /// Appends the added keys to the first file, which takes no lock that somebody else could hold: none of the lines is
  /// lost that ssh or another run adds meanwhile. Makes its folder (0700) and the file (0600) when missing.
  /// Errors: io_failed.
  Result<void> save();

  KnownHosts();
  ~KnownHosts();
  KnownHosts(KnownHosts&&) noexcept;
  KnownHosts& operator=(KnownHosts&&) noexcept;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace cef::transport

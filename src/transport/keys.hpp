// Private key files: what can be read of them without a passphrase, and with one.
#pragma once

#include "handles.hpp"

#include <cef/core/error.hpp>
#include <cef/core/secret.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cef::transport {

/// A private key file in OpenSSH or PEM format. Sessions only read its keys, so any number may use them at once.
struct KeyFile {
  std::string path;
  KeyHandle key;                 // null while the file is locked, and when it cannot be read
  KeyHandle certified;           // the same key with the certificate of `path`-cert.pub, where there is one
  std::string remark;            // what is wrong with the certificate, if anything
  std::string base64;            // the public key, also of a key that only an agent has; empty when nothing tells
  std::string locked;            // the text of an encrypted file that waits for its passphrase
  std::optional<Error> failure;  // key_unreadable: why there is no key
};

/// `key`, which must not be null, with the certificate of a file of its own; null when that certifies another key.
/// `remark` is set to what is wrong with it, if anything.
KeyHandle with_certificate(const KeyFile& file, const std::string& path, std::string& remark);

/// Never fails: what is wrong is in the result.
KeyFile read_key_file(const std::string& path);

/// Decrypts a locked file, which takes a tenth of a second and more. False when the passphrase does not fit.
bool unlock(KeyFile& file, const std::string& passphrase);

}  // namespace cef::transport

// Private keys in PEM (PKCS#1, SEC1, PKCS#8), read by OpenSSL and handed on in a form that libssh can sign with.
#pragma once

#include "key_container.hpp"

namespace cef::transport {

/// The text of an unencrypted key file. `passphrase`: null when there is none.
Result<std::string, KeyProblem> open_pem_key(std::string_view text, const std::string* passphrase);

/// An RSA key in PEM with what the Chinese remainder theorem needs; empty when it is none. Files in OpenSSH's format
/// hold p, q and 1/q mod p but not d mod p-1 and d mod q-1, and libssh 0.10 does not compute them: signing then takes
/// four times as long.
std::string with_crt_values(const std::string& pem);

}  // namespace cef::transport

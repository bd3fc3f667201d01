// Ed25519 signatures at half of OpenSSL's cost.
#pragma once

namespace cef::transport {

/// From now on libsodium makes and checks the Ed25519 signatures that are asked of OpenSSL's one-shot calls, in every
/// thread. Any thread may call it, any number of times; it changes what a login costs and nothing else.
void use_libsodium();

}  // namespace cef::transport

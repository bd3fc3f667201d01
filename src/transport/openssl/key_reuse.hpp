// Spares a login from computing public keys that are known already.
#pragma once

namespace cef::transport {

/// From now on private keys that this thread has made or imported through OpenSSL's raw interface are handed out again
/// instead of being imported anew. Any thread may call it, any number of times; it changes what a login costs and
/// nothing else.
void reuse_private_keys();

}  // namespace cef::transport

// For functions that stand in for OpenSSL's: the dynamic linker takes the program's before the library's.
#pragma once

#include <dlfcn.h>

namespace cef::transport {

/// The library's own function of this name.
template <class Function>
Function* openssl_original(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace cef::transport

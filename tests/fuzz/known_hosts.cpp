#include "input_file.hpp"

#include <cef/transport/known_hosts.hpp>

using namespace cef::transport;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto hosts = KnownHosts::load({input_file(data, size)});
  require(hosts.has_value());
  const HostKey key{"ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIJt6Hx9jDKRFCOhdZ2aFKmPqBkQjYMYHqxVzvmy0QAhk"};
  const HostKey own{"ssh-ed25519", text_of(data, size)};
  (void)fingerprint(own);
  for (const char* address : {"web1", "192.0.2.1", "2001:db8::1"})
    for (const std::uint16_t port : {22, 2222}) {
      const auto answer = hosts->check(address, port, key);
      require((answer.verdict == KnownHost::unknown) == answer.where.empty());
      (void)hosts->known_types(address, port);
    }
  // A key that was added is known, unless the file revokes it.
  hosts->add("web1", 22, key);
  const auto verdict = hosts->check("web1", 22, key).verdict;
  require(verdict == KnownHost::known || verdict == KnownHost::revoked);
  return 0;
}

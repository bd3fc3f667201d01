#include "input_file.hpp"

#include <cef/inventory/ssh_config.hpp>

#include <strings.h>

using namespace cef::inventory;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  // Include names files of this machine.
  for (std::size_t i = 0; i + 7 <= size; ++i)
    if (::strncasecmp(text.c_str() + i, "include", 7) == 0) return 0;
  const auto config = SshConfig::load(input_file(data, size));
  if (!config) {
    for (const cef::Diagnostic& error : config.error()) require(!show(error).empty());
    return 0;
  }
  for (const char* host : {"web1", "web1.example.net", "192.0.2.1", ""}) {
    const SshSettings says = config->of(host);
    for (const std::string& file : says.key_files)
      (void)expand_tokens(file, {.host = host, .original = host, .port = 22, .remote_user = "a", .local_user = "b"});
  }
  (void)expand_tokens(text, {.host = "h", .original = "o", .port = 22, .remote_user = "a", .local_user = "b"});
  return 0;
}

#include "keys.hpp"

#include "process.hpp"
#include "temp_dir.hpp"

#include <fcntl.h>
#include <sstream>
#include <stdexcept>
#include <sys/file.h>
#include <unistd.h>
#include <vector>

namespace cef::testing {

namespace fs = std::filesystem;

namespace {

// Test programs run side by side and share the folder.
class Lock {
 public:
  explicit Lock(const fs::path& path) : fd_(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    if (fd_ < 0 || flock(fd_, LOCK_EX) != 0) throw std::runtime_error("cannot lock " + path.string());
  }
  ~Lock() { close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::vector<std::string> type_and_size(std::string_view name) {
  if (name.starts_with("ed25519")) return {"-t", "ed25519"};
  if (name.starts_with("dsa")) return {"-t", "dsa"};
  if (name.starts_with("ecdsa")) return {"-t", "ecdsa", "-b", std::string(name.substr(5, 3))};
  if (name.starts_with("rsa")) return {"-t", "rsa", "-b", std::string(name.substr(3, 4))};
  throw std::runtime_error("no such kind of key: " + std::string(name));
}

// ssh-keygen writes no ed25519 keys in PKCS#8: OpenSSL does, and reads the public half back.
void generate_ed25519_pkcs8(const fs::path& file) {
  const auto made = run({"openssl", "genpkey", "-algorithm", "ed25519", "-out", file.string()});
  const auto shown = run({"openssl", "pkey", "-in", file.string(), "-pubout", "-outform", "DER"});
  if (made.exit_code != 0 || shown.exit_code != 0) throw std::runtime_error("openssl: " + made.err + shown.err);
  constexpr std::size_t raw = 32;
  const std::string blob = std::string("\0\0\0\x0bssh-ed25519\0\0\0 ", 19) + shown.out.substr(shown.out.size() - raw);
  const auto base64 = run({"openssl", "base64", "-A"}, {.input = blob});
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  write_file(file.string() + ".pub", "ssh-ed25519 " + base64.out + " test\n");
}

void generate(std::string_view name, const fs::path& file) {
  if (name.starts_with("ed25519-pkcs8")) return generate_ed25519_pkcs8(file);

  std::vector<std::string> command{"ssh-keygen", "-q",   "-f", file.string(),
                                   "-C",         "test", "-N", std::string(has(name, "-locked") ? key_passphrase : "")};
  for (auto& word : type_and_size(name)) command.push_back(std::move(word));
  if (has(name, "-pem")) command.insert(command.end(), {"-m", "PEM"});
  if (has(name, "-pkcs8")) command.insert(command.end(), {"-m", "PKCS8"});
  constexpr std::string_view locked = "-locked-";
  if (const auto at = name.find(locked); at != std::string_view::npos)
    command.insert(command.end(), {"-Z", std::string(name.substr(at + locked.size()))});
  const auto result = run(command);
  if (result.exit_code != 0) throw std::runtime_error("ssh-keygen: " + result.err);
}

}  // namespace

fs::path key_file(std::string_view name) {
  const fs::path folder = fs::path(CEF_TEST_STATE) / "keys";
  fs::create_directories(folder);
  const auto file = folder / name;
  const Lock lock(folder / ".lock");
  if (!fs::exists(file)) {
    const auto fresh = folder / (".new-" + std::string(name));  // a run cut short leaves no half-written key
    fs::remove(fresh);
    generate(name, fresh);
    fs::rename(fresh.string() + ".pub", file.string() + ".pub");
    fs::rename(fresh, file);
  }
  return file;
}

std::string public_key(std::string_view name) {
  std::istringstream line(read_file(key_file(name).string() + ".pub"));
  std::string type;
  std::string base64;
  line >> type >> base64;
  return type + ' ' + base64;
}

std::string fingerprint(std::string_view name) {
  std::istringstream line(run({"ssh-keygen", "-l", "-f", key_file(name).string() + ".pub"}).out);
  std::string bits;
  std::string result;
  line >> bits >> result;
  return result;
}

}  // namespace cef::testing

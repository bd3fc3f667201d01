#include "temp_dir.hpp"

#include <cef/core/descriptor.hpp>
#include <cef/core/file.hpp>
#include <cef/transport/known_hosts.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace cef::transport::known_hosts_tests {

namespace {

// Blobs need only be base64 here.
const HostKey ed{"ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIFd1"};
const HostKey ed_new{"ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAINew"};
const HostKey rsa{"ssh-rsa", "AAAAB3NzaC1yc2EAAAADAQABAAAB"};

// Made by `ssh-keygen -H` of the line `[edge.example.net]:39001 ssh-ed25519 AAAA...IFd1`.
const std::string hashed_edge = "|1|xeEkYVogJKBdOP2kROlKLZlk3RI=|KS5dbEZiJrZy6Y/JVsId7CsdoMA=";

KnownHosts read(const std::string& text) {
  const testing::TempDir folder;
  const std::string file = (folder.path() / "known_hosts").string();
  REQUIRE(write_file(file, text));
  auto known = KnownHosts::load({file});
  REQUIRE(known);
  return std::move(*known);
}

}  // namespace

TEST_CASE("a host's key is judged as ssh does", "[transport]") {
  struct Case {
    const char* name;
    std::string text, address;
    std::uint16_t port;
    HostKey key;
    KnownHost verdict;
  };
  const std::string line = " ssh-ed25519 " + ed.blob + " comment\n";
  const Case cases[] = {
      {"an empty file", "", "a", 22, ed, KnownHost::unknown},
      {"comments and blank lines", "# x\n\n  \n", "a", 22, ed, KnownHost::unknown},
      {"the same key", "a" + line, "a", 22, ed, KnownHost::known},
      {"case does not count in names", "EDGE.example.net" + line, "edge.EXAMPLE.net", 22, ed, KnownHost::known},
      {"one name of several", "b,a,192.0.2.1" + line, "192.0.2.1", 22, ed, KnownHost::known},
      {"another key of the type", "a" + line, "a", 22, ed_new, KnownHost::changed},
      {"a key of another type", "a" + line, "a", 22, rsa, KnownHost::other_type},
      {"an old and a new key", "a ssh-ed25519 " + ed_new.blob + "\na" + line, "a", 22, ed, KnownHost::known},
      {"another host", "b" + line, "a", 22, ed, KnownHost::unknown},
      {"a port of its own", "[a]:39001" + line, "a", 39001, ed, KnownHost::known},
      {"a port of another", "[a]:39001" + line, "a", 39002, ed, KnownHost::unknown},
      {"without the port it is another server's", "[a]:39001" + line, "a", 22, ed, KnownHost::unknown},
      {"a line without a port vouches for any", "a" + line, "a", 39001, ed, KnownHost::known},
      {"but says nothing against another key", "a" + line, "a", 39001, ed_new, KnownHost::unknown},
      {"an IPv6 address", "2001:db8::1" + line, "2001:db8::1", 22, ed, KnownHost::known},
      {"an IPv6 address with a port", "[2001:db8::1]:39001" + line, "2001:db8::1", 39001, ed, KnownHost::known},
      {"a wildcard", "*.example.net" + line, "edge.example.net", 22, ed, KnownHost::known},
      {"a wildcard with an exception", "*.example.net,!edge.example.net" + line, "edge.example.net", 22, ed,
       KnownHost::unknown},
      {"a question mark", "rpi640?" + line, "rpi6401", 22, ed, KnownHost::known},
      {"a wildcard with a port", "[*.example.net]:39001" + line, "edge.example.net", 39001, ed, KnownHost::known},
      {"brackets are no set", "[ab]" + line, "a", 22, ed, KnownHost::unknown},
      {"a revoked key", "a" + line + "@revoked *" + line, "a", 22, ed, KnownHost::revoked},
      {"another key is not revoked", "a" + line + "@revoked * ssh-ed25519 " + ed_new.blob + "\n", "a", 22, ed,
       KnownHost::known},
      {"a certificate authority", "@cert-authority *.example.net" + line, "edge.example.net", 22, ed_new,
       KnownHost::authority},
      {"an authority beside the key", "@cert-authority *" + line + "a ssh-ed25519 " + ed_new.blob + "\n", "a", 22,
       ed_new, KnownHost::known},
      {"an unknown marker", "@strange a" + line, "a", 22, ed, KnownHost::unknown},
      {"a line cut short", "a ssh-ed25519\n", "a", 22, ed, KnownHost::unknown},
      {"a blob that is not base64", "a ssh-ed25519 ???\n", "a", 22, ed, KnownHost::unknown},
      {"no line end", "a ssh-ed25519 " + ed.blob, "a", 22, ed, KnownHost::known},
      {"DOS line ends", "a ssh-ed25519 " + ed.blob + "\r\n", "a", 22, ed, KnownHost::known},
      {"tabs", "a\tssh-ed25519\t" + ed.blob + "\n", "a", 22, ed, KnownHost::known},
      {"a hashed name", hashed_edge + line, "edge.example.net", 39001, ed, KnownHost::known},
      {"a hashed name with another key", hashed_edge + line, "edge.example.net", 39001, ed_new, KnownHost::changed},
      {"a hashed name with another type", hashed_edge + line, "edge.example.net", 39001, rsa, KnownHost::other_type},
      {"a hashed name of another host", hashed_edge + line, "edge.example.net", 39002, ed, KnownHost::unknown},
      {"a revoked hashed name", "@revoked " + hashed_edge + line, "edge.example.net", 39001, ed, KnownHost::revoked},
      {"a broken hash", "|1|short|q8+Ub5QX=" + line, "a", 22, ed, KnownHost::unknown},
  };
  for (const Case& c : cases) DYNAMIC_SECTION(c.name) {
      CHECK(read(c.text).check(c.address, c.port, c.key).verdict == c.verdict);
    }
}

TEST_CASE("the line that decided is named", "[transport]") {
  const auto answer = read("# one\n\na ssh-ed25519 " + ed.blob + "\n").check("a", 22, ed_new);
  CHECK(answer.where.ends_with("known_hosts:3"));
  CHECK(answer.types == std::vector<std::string>{"ssh-ed25519"});
}

TEST_CASE("the types a host is known by are told before the connection", "[transport]") {
  const auto known =
      read("a ssh-rsa " + rsa.blob + "\na ssh-ed25519 " + ed.blob + "\n[a]:23 ssh-ed25519 " + ed.blob + "\n");
  CHECK(known.known_types("a", 22) == std::vector<std::string>{"ssh-rsa", "ssh-ed25519"});
  CHECK(known.known_types("a", 23) == std::vector<std::string>{"ssh-ed25519"});
  CHECK(known.known_types("b", 22).empty());
}

TEST_CASE("files that are not there are empty", "[transport]") {
  const testing::TempDir folder;
  const auto known = KnownHosts::load({(folder.path() / "none").string()});
  REQUIRE(known);
  CHECK(known->check("a", 22, ed).verdict == KnownHost::unknown);
}

TEST_CASE("a file that cannot be looked at is no empty one", "[transport]") {
  const testing::TempDir folder;
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  for (const char* name : {"loop", "loop/known_hosts"}) {
    const auto known = KnownHosts::load({(folder.path() / name).string()});
    REQUIRE_FALSE(known);
    CHECK(known.error().code == Code::io_failed);
  }
}

TEST_CASE("added keys are known at once and appended to the first file", "[transport]") {
  const testing::TempDir folder;
  const auto file = folder.path() / "deep" / "known_hosts";
  auto known = KnownHosts::load({file.string()});
  REQUIRE(known);
  known->add("Edge.example.net", 39001, ed);
  known->add("a", 22, rsa);
  CHECK(known->check("edge.example.net", 39001, ed).verdict == KnownHost::known);
  CHECK(known->check("edge.example.net", 39001, ed_new).verdict == KnownHost::changed);
  REQUIRE(known->save());
  CHECK(*read_file(file) == "[edge.example.net]:39001 ssh-ed25519 " + ed.blob + "\na ssh-rsa " + rsa.blob + "\n");
  struct stat state {};
  REQUIRE(::stat(file.c_str(), &state) == 0);
  CHECK((state.st_mode & 0777) == 0600);

  SECTION("and not twice") {
    REQUIRE(known->save());
    CHECK(read_file(file)->size() == static_cast<std::size_t>(state.st_size));
  }
  SECTION("after a last line without an end") {
    REQUIRE(write_file(file, "b ssh-rsa " + rsa.blob));
    known->add("c", 22, ed);
    REQUIRE(known->save());
    CHECK(*read_file(file) == "b ssh-rsa " + rsa.blob + "\nc ssh-ed25519 " + ed.blob + "\n");
  }
}

TEST_CASE("runs that save at the same time lose no line", "[transport]") {
  const testing::TempDir folder;
  const std::string file = (folder.path() / "known_hosts").string();
  std::vector<std::thread> runs;
  for (int i = 0; i < 8; ++i)
    runs.emplace_back([&file, i] {
      auto known = KnownHosts::load({file});
      if (!known) return;
      known->add("host" + std::to_string(i), 22, ed);
      (void)known->save();
    });
  for (auto& run : runs) run.join();
  const auto text = *read_file(file);
  CHECK(std::count(text.begin(), text.end(), '\n') == 8);
}

TEST_CASE("a folder that somebody keeps locked is no reason to wait", "[transport]") {
  const testing::TempDir folder;
  const Descriptor held(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  const std::string file = (folder.path() / "known_hosts").string();
  auto known = KnownHosts::load({file});
  REQUIRE(known);
  known->add("a", 22, ed);
  ::alarm(20);  // ends the test where save() waits
  REQUIRE(known->save());
  ::alarm(0);
  CHECK(*read_file(file) == "a ssh-ed25519 " + ed.blob + "\n");
}

TEST_CASE("the file stays the one that others have open", "[transport]") {
  const testing::TempDir folder;
  const std::string file = (folder.path() / "known_hosts").string();
  REQUIRE(write_file(file, "b ssh-rsa " + rsa.blob + "\n", 0640));
  const Descriptor ssh(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  auto known = KnownHosts::load({file});
  REQUIRE(known);
  known->add("a", 22, ed);
  REQUIRE(known->save());
  REQUIRE(::write(ssh.get(), "c x y\n", 6) == 6);  // as ssh does, a moment later
  CHECK(*read_file(file) == "b ssh-rsa " + rsa.blob + "\na ssh-ed25519 " + ed.blob + "\nc x y\n");
  struct stat state {};
  REQUIRE(::stat(file.c_str(), &state) == 0);
  CHECK((state.st_mode & 0777) == 0640);
}

TEST_CASE("keys that cannot be written are told and kept for another try", "[transport]") {
  const testing::TempDir folder;
  const auto file = folder.path() / "known_hosts";
  auto known = KnownHosts::load({file.string()});
  REQUIRE(known);
  known->add("a", 22, ed);
  std::filesystem::create_directory(file);
  const auto saved = known->save();
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code == Code::io_failed);
  std::filesystem::remove(file);
  REQUIRE(known->save());
  CHECK(read_file(file)->starts_with("a "));
}

TEST_CASE("fingerprints are OpenSSH's", "[transport]") {
  // ssh-keygen -lf of this public key.
  const HostKey key{"ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"};
  CHECK(fingerprint(key) == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
  CHECK(fingerprint({"ssh-ed25519", "not base64"}).empty());
}

}  // namespace cef::transport::known_hosts_tests

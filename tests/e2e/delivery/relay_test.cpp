// Once per site: hosts that get a file from their neighbours.
#include "keys.hpp"
#include "transfers.hpp"

#include <csignal>
#include <fstream>

using namespace cef::testing;
namespace fs = std::filesystem;

namespace {

// Hosts of one site, each a server of its own.
struct Site {
  std::vector<std::unique_ptr<Sshd>> servers;
  Fleet fleet;
  TempDir files;

  explicit Site(int hosts) {
    for (int i = 1; i <= hosts; ++i) {
      servers.push_back(std::make_unique<Sshd>());
      fleet.add(fmt::format("n{}", i), *servers.back());
    }
    fleet.set("site", "barn");
  }
  CefResult push(const std::string& bytes, std::vector<std::string> options = {}) const {
    write_file(files / "a", bytes);
    std::vector<std::string> words{"push",        (files / "a").string(), "--dest",   "~/",
                                   "group=fleet", "--once-per-site",      "--format", "json"};
    words.insert(words.end(), options.begin(), options.end());
    auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    return result;
  }
  bool have(const std::string& bytes) const {
    return std::ranges::all_of(servers, [&](const auto& server) { return read_file(server->home() / "a") == bytes; });
  }
  // Neither keys nor parts.
  void check_tidy() const {
    for (const auto& server : servers) {
      CHECK(litter(server->home()).empty());
      const auto keys = server->home() / ".ssh/authorized_keys";
      if (fs::exists(keys)) CHECK(read_file(keys).find("cef-relay") == std::string::npos);
      CHECK_FALSE(fs::exists(server->home() / ".ssh/.cef-lock"));
    }
  }
};

std::int64_t sent(const CefResult& result) {
  std::int64_t sum = 0;
  for (const auto& host : result.document["results"]) sum += host["data"]["bytes_sent"].get<std::int64_t>();
  return sum;
}

int from_neighbours(const CefResult& result) {
  int count = 0;
  for (const auto& host : result.document["results"]) count += host["data"]["via"] != "controller" ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("of six hosts of a site one gets the file over the controller's link", "[e2e][relay]") {
  const Site site(6);
  const auto bytes = noise(5'000'000);
  const auto first = site.push(bytes);
  CHECK(first.exit_code == 0);
  CHECK(first.document["summary"]["changed"] == 6);
  CHECK(sent(first) == 5'000'000);
  CHECK(from_neighbours(first) == 5);
  CHECK(site.have(bytes));
  site.check_tidy();
  const auto again = site.push(bytes);
  CHECK(again.document["summary"]["ok"] == 6);
  CHECK(sent(again) == 0);

  // One that has the file already hands it on; only if another was there before it, that one gets it over the link.
  for (std::size_t i = 1; i < 6; ++i) fs::remove(site.servers[i]->home() / "a");
  const auto rest = site.push(bytes);
  CHECK(rest.document["summary"]["changed"] == 5);
  CHECK(sent(rest) <= 5'000'000);
  CHECK(site.have(bytes));
  site.check_tidy();
}

TEST_CASE("a key of a relay opens one file and nothing else, and goes with whoever made it", "[e2e][relay]") {
  const Site site(2);
  const auto bytes = noise(1'000'000);
  // The neighbour takes its time, so that there is some to look.
  for (const auto& server : site.servers) {
    put_program(*server, "tail", "sleep 60; exec /usr/bin/tail \"$@\"\n");
    fs::create_directories(server->home() / ".ssh");
    write_file(server->home() / ".ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDU kept@here\n");
  }
  write_file(site.files / "a", bytes);
  const auto process = site.fleet.start(
      {"push", (site.files / "a").string(), "--dest", "~/", "group=fleet", "--once-per-site", "--format", "json"});
  const auto line_of_key = [&] {
    for (const auto& server : site.servers) {
      std::ifstream keys(server->home() / ".ssh/authorized_keys");
      for (std::string line; std::getline(keys, line);)
        if (line.find(" cef-relay-") != std::string::npos) return line;
    }
    return std::string();
  };
  std::string line;
  REQUIRE(eventually([&] { return !(line = line_of_key()).empty(); }));
  CHECK(line.starts_with("restrict,expiry-time=\""));
  CHECK(line.find(",command=\"exec /bin/sh /tmp/cef-relay.") != std::string::npos);
  const auto folder = line.substr(line.find("/tmp/cef-relay."), std::string("/tmp/cef-relay.").size() + 6);
  CHECK(fs::exists(folder));
  process->signal(SIGKILL);
  (void)process->wait();
  CHECK(eventually([&] { return line_of_key().empty() && !fs::exists(folder); }));
  for (const auto& server : site.servers)
    CHECK(read_file(server->home() / ".ssh/authorized_keys") == "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDU kept@here\n");
}

TEST_CASE("what neighbours cannot hand on comes from the controller", "[e2e][relay]") {
  const Site site(3);
  const auto bytes = noise(2'000'000);
  int from_here = 3;
  bool is_told = false;
  SECTION("hosts without ssh") {
    is_told = true;
    for (const auto& server : site.servers) put_program(*server, "ssh", "echo no ssh for you >&2; exit 255\n");
  }
  SECTION("a neighbour that gives something else") {
    for (const auto& server : site.servers) put_program(*server, "tail", "head -c 2000000 /dev/zero\n");
  }
  SECTION("a neighbour that breaks off half-way") {  // as it serves; as it hashes its own part it reads to the end
    is_told = true;
    for (const auto& server : site.servers)
      put_program(*server, "tail",
                  "[ \"$3\" ] && [ \"${3%.cef-part}\" = \"$3\" ] || exec /usr/bin/tail \"$@\"\n"
                  "[ \"$2\" != +1 ] || head -c 1000000 \"$3\"; kill -9 $PPID\n");
  }
  SECTION("hosts whose authorized_keys cannot be written") {
    is_told = true;
    for (const auto& server : site.servers)
      put_program(*server, "mkdir", "case $1 in */.ssh/.cef-lock) exit 1;; esac; exec /bin/mkdir \"$@\"\n");
  }
  SECTION("one of them alone") {
    put_program(*site.servers[1], "ssh", "exit 255\n");
    from_here = 0;
  }
  const auto result = site.push(bytes);
  CHECK(result.exit_code == 0);
  CHECK(result.document["summary"]["changed"] == 3);
  CHECK(site.have(bytes));
  if (from_here == 3) CHECK(sent(result) > 2'000'000);
  if (is_told) CHECK(result.err.find("could not hand it on to n") != std::string::npos);
  CHECK(sent(result) <= 6'000'000);
  site.check_tidy();
}

TEST_CASE("a noisy shell spoils no relay", "[e2e][relay]") {
  const Site site(3);
  for (const auto& server : site.servers) write_file(server->home() / ".bashrc", "echo hello there\necho\n");
  const auto bytes = noise(1'000'000);
  const auto result = site.push(bytes);
  CHECK(sent(result) == 1'000'000);
  CHECK(site.have(bytes));
  site.check_tidy();
}

TEST_CASE("hosts of other sites and lone hosts get the file from the controller", "[e2e][relay]") {
  Fleet fleet;
  const Sshd one, other;
  fleet.add("n1", one, {.variables = {{"site", "a"}}});
  fleet.add("n2", other, {.variables = {{"site", "b"}}});
  const TempDir files;
  write_file(files / "a", "text");
  const auto result =
      fleet.cef({"push", (files / "a").string(), "--dest", "~/", "group=fleet", "--once-per-site", "--format", "json"});
  INFO(result.told());
  CHECK(sent(result) == 8);
  CHECK(from_neighbours(result) == 0);
  CHECK(result.err.find("no two of the hosts are of one site") != std::string::npos);
}

TEST_CASE("a model crosses the link once for a site, whatever its hosts can unpack", "[e2e][relay]") {
  const Site site(4);
  const TempDir packed;
  fs::create_directories(packed / "src");
  write_file(packed / "src/weights", noise(1'500'000));
  REQUIRE(run({"sh", "-c", "cd \"$0\" && zip -qr ../m.zip .", (packed / "src").string()}).exit_code == 0);
  REQUIRE(site.fleet.cef({"model", "add", (packed / "m.zip").string(), "--name", "m"}).exit_code == 0);
  const auto size = static_cast<std::int64_t>(fs::file_size(packed / "m.zip"));
  const bool unpacks = GENERATE(true, false);
  std::vector<std::string> words{"model", "deploy",          "m",        "group=fleet", "--dest",
                                 "~/run", "--once-per-site", "--format", "json"};
  if (unpacks) words.emplace_back("--unpack");
  const auto deployed = site.fleet.cef(words);
  INFO(deployed.told());
  CHECK(deployed.document["summary"]["changed"] == 4);
  CHECK(sent(deployed) == size);
  CHECK(from_neighbours(deployed) == 3);
  for (const auto& server : site.servers) {
    const auto there = server->home() / "run";
    CHECK(read_file(there / "m" / (unpacks ? "weights" : "m.zip")) ==
          read_file(packed / (unpacks ? "src/weights" : "m.zip")));
    CHECK(fs::is_empty(there / ".cef-models/incoming"));
  }
  const auto again = site.fleet.cef(words);
  CHECK(again.document["summary"]["ok"] == 4);
  site.check_tidy();
}

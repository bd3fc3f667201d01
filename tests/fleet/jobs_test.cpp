#include <cef/fleet/jobs.hpp>

#include <catch2/catch.hpp>

namespace cef::fleet::jobs_tests {

namespace {

struct Fleet {
  std::vector<inventory::Host> hosts;
  Login login;

  Fleet() { login.ssh_config = std::filesystem::path(); }
  inventory::Settings& add(const std::string& name) {
    inventory::Host host;
    host.name = name;
    host.settings.address = "192.0.2." + std::to_string(hosts.size() + 1);
    hosts.push_back(std::move(host));
    return hosts.back().settings;
  }
  inventory::Inventory inventory() const { return {hosts, {}}; }
  std::vector<std::size_t> all() const {
    std::vector<std::size_t> indices(hosts.size());
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = i;
    return indices;
  }
  std::vector<runner::Job> jobs() const {
    auto made = make_jobs(inventory(), all(), login, Milliseconds(7), [](std::string_view) {});
    REQUIRE(made);
    return std::move(*made);
  }
};

std::string shown(const std::optional<Secret>& secret) { return secret ? std::string(secret->reveal()) : "none"; }

}  // namespace

TEST_CASE("a job becomes another user as the command line, else the host, else the configuration says", "[fleet]") {
  struct Case {
    Setting<bool> run;
    std::optional<bool> own;
    bool becomes;
  };
  const Case cases[] = {{{}, {}, false},  {{true, true}, false, true}, {{false, true}, true, false},
                        {{}, true, true}, {{true, false}, {}, true},   {{true, false}, false, false}};
  for (const Case& c : cases) {
    Fleet fleet;
    fleet.login.become = c.run;
    fleet.add("h1").become = c.own;
    CHECK(fleet.jobs()[0].become.has_value() == c.becomes);
  }
}

TEST_CASE("who is never to become another user is told from who is not told to", "[fleet]") {
  Fleet fleet;
  fleet.add("h1");
  fleet.add("h2").become = false;
  fleet.add("h3").become = true;
  const auto jobs = fleet.jobs();
  CHECK_FALSE(jobs[0].never_becomes);
  CHECK(jobs[1].never_becomes);
  CHECK_FALSE(jobs[2].never_becomes);
}

TEST_CASE("the user to become is root unless someone says otherwise", "[fleet]") {
  Fleet fleet;
  fleet.add("h1");
  fleet.add("h2").become_user = "www";
  const auto users = [&] {
    const auto jobs = fleet.jobs();
    return jobs[0].become_user + " " + jobs[1].become_user;
  };
  CHECK(users() == "root www");
  fleet.login.become_user = {"config", false};
  CHECK(users() == "config www");
  fleet.login.become_user = {"typed", true};
  CHECK(users() == "typed typed");
}

TEST_CASE("hosts of one site, or of one address, share a link", "[fleet]") {
  Fleet fleet;
  fleet.add("h1").site = "seongnam";
  fleet.add("h2").site = "seongnam";
  auto& h3 = fleet.add("h3");
  fleet.add("h4").address = h3.address;
  fleet.hosts[3].settings.jump = "gate";
  const auto jobs = fleet.jobs();
  CHECK(jobs[0].site == jobs[1].site);
  CHECK(jobs[0].site != jobs[2].site);
  CHECK(jobs[2].site != jobs[3].site);  // the same address, but behind another host
  CHECK(jobs[0].timeout == Milliseconds(7));
}

TEST_CASE("a login has the run's password where that is forced or the inventory has none", "[fleet]") {
  Fleet fleet;
  fleet.add("h1").password = "own of h1";
  fleet.hosts[0].settings.jump = "h2";
  fleet.add("h2");
  fleet.add("h3").local = true;
  const auto passwords = [&](const Setting<Secret>& run) {
    auto jobs = fleet.jobs();
    give_login_password(jobs, run);
    return shown(jobs[0].target.password) + ", " + shown(jobs[0].target.jumps.at(0).password) + ", " +
           shown(jobs[1].target.password) + ", " + shown(jobs[2].target.password);
  };
  CHECK(passwords({}) == "own of h1, none, none, none");
  CHECK(passwords({Secret("of the run"), false}) == "own of h1, of the run, of the run, none");
  CHECK(passwords({Secret("of the run"), true}) == "of the run, of the run, of the run, none");
}

TEST_CASE("sudo has a password where it is used", "[fleet]") {
  Fleet fleet;
  auto& h1 = fleet.add("h1");
  h1.become = true;
  h1.become_password = "own of h1";
  fleet.add("h2").become = true;
  fleet.add("h3").become_password = "own of h3";
  const auto passwords = [&](const Setting<Secret>& run, bool always) {
    auto jobs = fleet.jobs();
    give_sudo_password(jobs, fleet.inventory(), fleet.all(), run, always);
    return shown(jobs[0].become_password) + ", " + shown(jobs[1].become_password) + ", " +
           shown(jobs[2].become_password);
  };
  CHECK(passwords({}, false) == "own of h1, none, none");
  CHECK(passwords({Secret("of the run"), false}, false) == "own of h1, of the run, none");
  CHECK(passwords({Secret("of the run"), true}, false) == "of the run, of the run, none");
  CHECK(passwords({Secret("of the run"), false}, true) == "own of h1, of the run, own of h3");
}

TEST_CASE("passwords of jobs and their jump hosts are secret, names of the inventory are not", "[fleet]") {
  Fleet fleet;
  auto& h1 = fleet.add("h1");
  h1.password = "alfa-bravo";
  h1.become = true;
  h1.become_password = "charlie-delta";
  h1.jump = "echo-foxtrot";
  fleet.add("echo-foxtrot").password = "echo-foxtrot";
  auto jobs = fleet.jobs();
  give_sudo_password(jobs, fleet.inventory(), fleet.all(), {}, false);
  jobs.resize(1);
  Secrets secrets;
  tell_secrets(jobs, fleet.inventory(), secrets);
  CHECK(secrets.mask("h1 alfa-bravo, charlie-delta, echo-foxtrot") == "h1 ********, ********, ********");
  CHECK(secrets.mask_message("alfa-bravo by echo-foxtrot") == "******** by echo-foxtrot");
}

}  // namespace cef::fleet::jobs_tests

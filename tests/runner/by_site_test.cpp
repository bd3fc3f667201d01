#include "host_run.hpp"

#include <catch2/catch.hpp>

namespace cef::runner::by_site_tests {

namespace {

using Hosts = std::vector<std::size_t>;

Limits limits_of(std::size_t per_site, std::size_t logins = 100, std::size_t forks = 256) {
  Limits made;
  made.logins_per_site = per_site;
  made.logins = logins;
  made.forks = forks;
  return made;
}

}  // namespace

TEST_CASE("hosts of a site are apart when more of them than may log in there are to be worked on", "[runner]") {
  struct Case {
    const char* name;
    std::vector<const char*> sites;  // of each job
    Hosts hosts;
    Limits limits;
    std::vector<Hosts> apart;
    Hosts others;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"no hosts", {}, {}, limits_of(1), {}, {}},
      {"as many as may", {"a", "a"}, {0, 1}, limits_of(2), {}, {0, 1}},
      {"one more", {"a", "a", "a"}, {0, 1, 2}, limits_of(2), {{0, 1, 2}}, {}},
      {"two sites, each in the hosts' order",
       {"b", "a", "b", "c", "a"},
       {0, 1, 2, 3, 4},
       limits_of(1),
       {{1, 4}, {0, 2}},
       {3}},
      {"hosts without a site are of none together", {"", "", ""}, {0, 1, 2}, limits_of(1), {}, {0, 1, 2}},
      {"only the hosts that are meant count", {"a", "a", "a"}, {2, 0}, limits_of(2), {}, {2, 0}},
      {"hosts in another order keep it", {"a", "a", "b"}, {2, 1, 0}, limits_of(1), {{1, 0}}, {2}},
      {"none at once is one at once", {"a", "a"}, {0, 1}, limits_of(0), {{0, 1}}, {}},
      {"all logins together are no more", {"a", "a", "a"}, {0, 1, 2}, limits_of(2, 2), {}, {0, 1, 2}},
      {"all hosts at work are no more", {"a", "a", "a"}, {0, 1, 2}, limits_of(2, 100, 2), {}, {0, 1, 2}},
  }));
  DYNAMIC_SECTION(c.name) {
    std::vector<Job> jobs(c.sites.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].site = c.sites[i];
    const BySite split = by_site(jobs, c.hosts, c.limits);
    CHECK(split.apart == c.apart);
    CHECK(split.others == c.others);
  }
}

}  // namespace cef::runner::by_site_tests

// What keeps clocks, and a reboot, given what daemons said on real hosts.
#include "../../src/tasks/clock.hpp"
#include "drive.hpp"

namespace cef::tasks::timesync_tests {

namespace {

Arguments asked(Value params = Value::object(), bool check = false) {
  Arguments arguments;
  arguments.params = std::move(params);
  arguments.check = check;
  return arguments;
}

std::string answer(const std::string& before, const std::string& after, const std::string& between = "",
                   const std::string& daemon = "chrony running") {
  return "=cef daemon " + daemon + "\n=cef before_state\n" + before + between + "=cef after_state\n" + after +
         "=cef end\n";
}

const std::string synced = capture("clock/chrony-synced.txt"), starting = capture("clock/chrony-starting.txt");

}  // namespace

TEST_CASE("what chrony says is understood", "[tasks]") {
  const auto right = parse_chrony(synced);
  REQUIRE(right);
  CHECK(right->synced);
  CHECK(*right->offset_s == Approx(0.000002983));  // `0.000002982 seconds fast`
  CHECK(right->stratum == 4);
  CHECK(right->reference == "127.0.0.1");
  CHECK(*parse_chrony(capture("clock/chrony-hour-slow.txt"))->offset_s == -3600);
  CHECK_FALSE(parse_chrony(starting)->synced);
  CHECK_FALSE(parse_chrony(starting)->offset_s);
  CHECK_FALSE(parse_chrony(capture("clock/chrony-dead.txt")));
  CHECK_FALSE(parse_chrony(""));
}

TEST_CASE("what systemd-timesyncd and ntpd say is understood", "[tasks]") {
  const auto timesyncd = parse_timesyncd(capture("clock/made-timesyncd.txt"));
  REQUIRE(timesyncd);
  CHECK(timesyncd->synced);
  CHECK(*timesyncd->offset_s == Approx(0.001234));
  CHECK(timesyncd->stratum == 2);
  CHECK(timesyncd->reference == "192.0.2.7");
  const auto ntp = parse_ntpq(capture("clock/made-ntpq.txt"));
  REQUIRE(ntp);
  CHECK(ntp->synced);
  CHECK(*ntp->offset_s == Approx(-0.000412));
  CHECK(ntp->stratum == 3);
  // ntpsec calls what it is synchronised by `unspec`.
  const auto ntpsec = parse_ntpq(capture("clock/ntpq-synced.txt"));
  REQUIRE(ntpsec);
  CHECK(ntpsec->synced);
  CHECK(*ntpsec->offset_s == Approx(-0.000018019));
  CHECK(ntpsec->reference == "10.7.0.1");
  for (const char* file : {"clock/ntpq-starting.txt", "clock/ntpq-lost.txt"}) {
    const auto alone = parse_ntpq(capture(file));
    REQUIRE(alone);
    CHECK_FALSE(alone->synced);
    CHECK_FALSE(alone->offset_s);
  }
  CHECK_FALSE(parse_ntpq("***Socket error; probably ntpd is not running\n"));
  CHECK_FALSE(parse_timesyncd("System has not been booted with systemd\n"));
  struct Case {
    const char* text;
    double seconds;
  };
  const auto c = GENERATE(values<Case>({{"+350us", 350e-6}, {"-1min 2.5s", -62.5}, {"1.5ms", 0.0015}, {"0", 0}}));
  CHECK(*parse_timespan(c.text) == Approx(c.seconds));
  CHECK_FALSE(parse_timespan("soon"));
}

TEST_CASE("a clock that is right is ok, and proven twice", "[tasks]") {
  const auto driven = drive(timesync, asked(), {said(answer(synced, synced)), said("0.001200000 0.000400000")});
  const Verdict& verdict = driven.verdict;
  CHECK_FALSE(verdict.error);
  CHECK(verdict.status == Status::ok);
  CHECK(verdict.data["service"] == "chrony");
  CHECK(verdict.data["synced"] == true);
  CHECK(verdict.data["stratum"] == 4);
  CHECK(verdict.data["reference"] == "127.0.0.1");
  CHECK(verdict.data["offset_after_s"] == 3e-6);
  CHECK(verdict.data["controller_offset_s"] == 0.0012);
  CHECK(verdict.data["controller_error_s"] == 0.0004);
  CHECK(verdict.data["worst_offset_s"] == 0.0012);
  CHECK(std::holds_alternative<MeasureClock>(driven.steps[1].what));
}

TEST_CASE("a clock that is not right is told so", "[tasks]") {
  struct Case {
    const char* name;
    std::string answer;
    const char* clock;
    const char* words;
  };
  const std::string hour = capture("clock/chrony-hour-slow.txt"), dead = capture("clock/chrony-dead.txt");
  const auto c = GENERATE_COPY(values<Case>({
      {"no daemon", answer("", "", "", "none stopped"), "0 0.001", "nothing keeps its clock"},
      {"no server answers", answer(starting, starting), "0 0.001", "has not synchronised the clock within 60 s"},
      {"an hour off", answer(hour, hour), "-3600 0.001", "says that the clock is 3600 s slow"},
      {"it says nothing", answer(dead, dead), "0 0.001", "506 Cannot talk to daemon"},
      {"it says what is not so", answer(synced, synced), "0.3 0.001", "0.3 s ahead of this machine's"},
      {"it does not start", answer("", dead, "=cef start\n=cef unstarted no such user\n"), "0 0.001", "no such user"},
      {"no place for servers", answer(synced, synced, "=cef no_drop_in /etc/chrony/chrony.conf\n"), "0 0.001",
       "names no folder"},
  }));
  DYNAMIC_SECTION(c.name) {
    const auto verdict = drive(timesync, asked(), {said(c.answer), said(c.clock)}).verdict;
    REQUIRE(verdict.error);
    CHECK(verdict.error->code == Code::not_synchronized);
    INFO(verdict.error->message);
    CHECK(verdict.error->message.find(c.words) != std::string::npos);
  }
}

TEST_CASE("a difference within the error of the measurement proves nothing", "[tasks]") {
  CHECK_FALSE(drive(timesync, asked(), {said(answer(synced, synced)), said("0.3 0.25")}).verdict.error);
  const Value unsure{{"controller_synced", false}};
  CHECK_FALSE(drive(timesync, asked(unsure), {said(answer(synced, synced)), said("0.3 0.001")}).verdict.error);
  CHECK_FALSE(
      drive(timesync, asked({{"max-offset", 500}}), {said(answer(synced, synced)), said("0.3 0.001")}).verdict.error);
}

TEST_CASE("of a controller in doubt is told what keeps its clock, and nothing is done to it", "[tasks]") {
  Arguments arguments = asked({{"is_controller", true}, {"server", {"a"}}, {"step", true}, {"install", true}});
  arguments.become = "root";
  const auto driven = drive(timesync, arguments, {said(answer(synced, synced))});
  CHECK(driven.script().arguments == std::vector<std::string>{"check", "60", "0.100000", ""});
  CHECK_FALSE(driven.steps[0].become);
  CHECK_FALSE(driven.steps[0].outlives_link);
  CHECK(driven.verdict.status == Status::skipped);
  CHECK(driven.verdict.data["service"] == "chrony");
  CHECK(driven.verdict.data["synced"] == false);
  CHECK(driven.verdict.data["worst_offset_s"].is_null());
  CHECK_FALSE(drive(timesync, arguments, {said(answer("", "", "", "none stopped"))}).verdict.error);
}

TEST_CASE("what was set is a change, and shown", "[tasks]") {
  const std::string config = "=cef config /etc/chrony/sources.d/cef.sources\nserver a iburst prefer\n=cef before\n";
  const auto driven =
      drive(timesync, asked({{"server", {"a"}}}), {said(answer(starting, synced, config)), said("0 0.001")});
  CHECK(driven.verdict.status == Status::changed);
  CHECK(driven.verdict.diff["after"] == "server a iburst prefer\n");
  CHECK(driven.script().arguments.back() == "a");
  CHECK_FALSE(driven.verdict.data.contains("would"));
  const auto check =
      drive(timesync, asked({{"server", {"a"}}}, true), {said(answer(starting, synced, config)), said("0 0.001")});
  CHECK(check.verdict.data["would"] == "write /etc/chrony/sources.d/cef.sources");
  const auto stepped = drive(timesync, asked(), {said(answer(starting, synced, "=cef stepped\n")), said("0 0.001")});
  CHECK(stepped.verdict.status == Status::changed);
  CHECK(stepped.verdict.data["stepped"] == true);
}

TEST_CASE("a daemon is installed where there is none and that is wanted", "[tasks]") {
  const std::string none = answer("", "", "", "none stopped");
  const std::string installed =
      "=cef update\n=cef updated 0\n=cef plan 0\nInst chrony (4.3-2 Debian:12/stable [amd64])\n=cef run 1\n"
      "=cef ran 0\n=cef changes\n\tchrony 4.3-2 installed\n=cef waited 0\n=cef end\n";
  const auto driven =
      drive(timesync, asked({{"install", true}}),
            {said(none), said("0 0.001"), said(installed), said(answer(synced, synced)), said("0.0001 0.001")});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.verdict.status == Status::changed);
  CHECK(driven.verdict.data["offset_before_s"].is_null());
  CHECK(driven.verdict.data["synced"] == true);
  const auto check = drive(timesync, asked({{"install", true}}, true), {said(none), said("0 0.001"), said(installed)});
  CHECK_FALSE(check.verdict.error);
  CHECK(check.script(2).arguments.front() == "check");
  CHECK(check.verdict.data["would"] == "install chrony");
  CHECK(drive(timesync, asked({{"install", true}}), {said(none), said("0 0.001"), said(capture("apt/locked.txt"))})
            .verdict.error->code == Code::apt_locked);
}

TEST_CASE("a reboot is wanted, or not, and told", "[tasks]") {
  const std::string plain = "noise\n=cef boot one\n", wants = plain + "=cef required\n";
  const auto done = drive(reboot, asked(), {said(plain), said("two 31.5")});
  CHECK(done.verdict.status == Status::changed);
  CHECK(done.verdict.data ==
        Value{{"boot_id_before", "one"}, {"boot_id_after", "two"}, {"down_s", 31.5}, {"required", false}});
  const Value if_required{{"if-required", true}};
  CHECK(drive(reboot, asked(if_required), {said(plain)}).verdict.status == Status::ok);
  CHECK(drive(reboot, asked(if_required), {said(wants), said("two 3")}).verdict.status == Status::changed);
  CHECK(drive(reboot, asked({}, true), {said(wants)}).verdict.status == Status::changed);
  CHECK(drive(reboot, asked(), {said(plain), lost(Code::reboot_timeout)}).verdict.error->code == Code::reboot_timeout);
  CHECK(drive(reboot, asked(), {said("")}).verdict.error);
}

}  // namespace cef::tasks::timesync_tests

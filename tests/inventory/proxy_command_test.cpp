#include <cef/inventory/proxy_command.hpp>

#include <catch2/catch.hpp>

namespace cef::inventory {

namespace {

const SshTokens tokens{"10.0.0.7", "web", 2222, "pi", "jo"};

}  // namespace

TEST_CASE("a ProxyCommand that only passes the connection on is a jump host", "[inventory][ssh_config]") {
  struct Case {
    const char* command;
    const char* host;
  };
  const auto c = GENERATE(values<Case>({
      {"ssh -W %h:%p me@gw", "me@gw"},
      {"/usr/local/bin/ssh -q -W [%h]:%p gw", "gw"},
      {"exec ssh gw -W %h:%p", "gw"},
      {"ssh -qW %h:%p gw", "gw"},
      {"ssh -W '%h:%p' %r@gw 2>/dev/null", "pi@gw"},
      {"ssh -T -x -o \"StrictHostKeyChecking=no\" -o UserKnownHostsFile=/dev/null -W %h:%p gw", "gw"},
      {"ssh gw nc %h %p", "gw"},
      {"ssh -q me@gw exec /bin/nc -q0 -w 5 %h %p 2> /dev/null", "me@gw"},
      {"ssh gw 'nc %h %p'", "gw"},
  }));
  DYNAMIC_SECTION(c.command) {
    const auto jump = jump_of_proxy_command(c.command, tokens);
    REQUIRE(jump);
    CHECK(jump->host == c.host);
  }
}

TEST_CASE("the options of a ProxyCommand's ssh are settings of its host", "[inventory][ssh_config]") {
  const auto jump = jump_of_proxy_command(
      "ssh -F /etc/other -i ~/.ssh/%n -l me -p 2200 -o StrictHostKeyChecking=accept-new -J outer -W %h:%p gw", tokens);
  REQUIRE(jump);
  CHECK(jump->ssh_config == "/etc/other");
  CHECK(jump->settings.key_files == std::vector<std::string>{"~/.ssh/web"});
  CHECK(jump->settings.user == "me");
  CHECK(jump->settings.port == 2200);
  CHECK(jump->settings.host_key == HostKeyPolicy::accept_new);
  CHECK(jump->settings.jump == "outer");
}

TEST_CASE("a ProxyCommand of which anything is not understood is no jump host", "[inventory][ssh_config]") {
  const auto* command =
      GENERATE("nc %h %p", "ssh -W %h:22 gw", "ssh -W other:%p gw", "ssh gw nc other %p", "ssh gw nc %h %p | tee log",
               "ssh -W %h:%p $(pick)", "ssh -W %h:%p gw; true", "ssh -W %h:%p", "ssh gw", "ssh gw -W %h:%p true",
               "ssh -b 10.0.0.1 -W %h:%p gw", "ssh -o BindInterface=eth0 -W %h:%p gw", "ssh gw socat - TCP:%h:%p",
               "sshuttle -W %h:%p gw", "ssh -W %h:%p 'gw", "ssh -W %h:%p %X@gw", "", "ssh", "ssh -W");
  DYNAMIC_SECTION(command) { CHECK_FALSE(jump_of_proxy_command(command, tokens)); }
}

TEST_CASE("a ProxyCommand's tokens are ssh's, and the rest is the shell's", "[inventory][ssh_config]") {
  CHECK(expand_proxy_command("nc -X 5 -x ${PROXY} %h %p # %n %r 100%%", tokens).value() ==
        "nc -X 5 -x ${PROXY} 10.0.0.7 2222 # web pi 100%");
  for (const char* unknown : {"nc %h %Z", "nc %"}) {
    const auto failed = expand_proxy_command(unknown, tokens);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == Code::jump_failed);
  }
  for (const char* name : {"a;reboot", "$(reboot)", "-oProxyCommand=x", "a b", "a'b", "a\nb"}) {
    SshTokens odd = tokens;
    odd.host = name;
    CHECK_FALSE(expand_proxy_command("nc %h %p", odd));
    CHECK(expand_proxy_command("nc host %p", odd));
  }
}

}  // namespace cef::inventory

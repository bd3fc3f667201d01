#include "sudo.hpp"

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include <optional>

namespace cef::transport::sudo_tests {

TEST_CASE("sudo's words tell why it did not start the command", "[transport]") {
  struct Case {
    const char* words;
    int status;
    bool answered;
    Code code;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      // sudo 1.9.13p3
      {"sudo: a password is required\n", 1, false, Code::sudo_password_required,
       "sudo asks for the password of pi, and none was given"},
      {"Sorry, try again.\n\nsudo: no password was provided\nsudo: 1 incorrect password attempt\n", 1, true,
       Code::sudo_password_wrong, "sudo refused the password of pi"},
      {"pi is not in the sudoers file.\n", 1, true, Code::sudo_denied, "pi is not in the host's sudoers"},
      {"Sorry, user pi is not allowed to execute '/bin/sh -c id' as root on vm.\n", 1, true, Code::sudo_denied,
       "pi may not run /bin/sh as www with sudo"},
      {"sudo: unknown user www\nsudo: error initializing audit plugin sudoers_audit\n", 1, false, Code::sudo_denied,
       "there is no user 'www' on the host"},
      {"sudo: sorry, you must have a tty to run sudo\n", 1, false, Code::sudo_denied,
       "the host's sudo lets pi run commands on a terminal only (requiretty)"},
      {"sudo: unable to resolve host vm: Name or service not known\nsudo: a password is required\n", 1, false,
       Code::sudo_password_required, "sudo asks for the password of pi, and none was given"},
      {"sudo: unable to resolve host vm: Name or service not known\nsudo: /etc/sudoers is world writable\n", 1, false,
       Code::sudo_denied, "sudo did not start the command: /etc/sudoers is world writable"},
      {"cef: 1: exec: sudo: not found\n", 127, false, Code::command_not_found, "there is no sudo on the host"},
      {"/bin/sh: line 1: exec: sudo: not found\n", 127, false, Code::command_not_found, "there is no sudo on the host"},
      {"This account is currently not available.\n", 1, false, Code::command_failed,
       "sudo was not reached: the login shell ended with exit status 1: This account is currently not available."},
      {"", 1, false, Code::command_failed, "sudo was not reached: the login shell ended with exit status 1"},
      // sudo-rs
      {"sudo: interactive authentication is required\n", 1, false, Code::sudo_password_required,
       "sudo asks for the password of pi, and none was given"},
      {"sudo: Authentication failed, try again.\nsudo: maximum 3 incorrect authentication attempts\n", 1, true,
       Code::sudo_password_wrong, "sudo refused the password of pi"},
      {"sudo: I'm sorry pi. I'm afraid I can't do that\n", 1, true, Code::sudo_denied,
       "pi may not run /bin/sh as www with sudo"},
  }));
  DYNAMIC_SECTION(c.words) {
    const Error error = explain_sudo(c.words, c.status, c.answered, "pi", "www");
    CHECK(name_of(error.code) == name_of(c.code));
    CHECK(error.message == c.message);
  }
}

namespace {

// A dialogue with words as a host would send them.
struct Talk {
  asio::io_context io;
  Stop stop;
  Breaker breaker{io, stop};
  Command command;
  std::optional<SudoDialogue> sudo;

  explicit Talk(std::optional<std::string> password) {
    command.become = "root";
    if (password) command.become_password.emplace(*password);
    sudo.emplace(command, breaker, "web1", "pi");
  }
  std::string prompt() const { return prompt_of(sudo->mark()); }
  std::string start() const { return start_of(sudo->mark()) + "\n"; }

  Result<std::string> answer() {
    std::optional<Result<std::string>> said;
    asio::co_spawn(io, ask(said), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.restart();
    io.run();
    REQUIRE(said);
    return std::move(*said);
  }

 private:
  asio::awaitable<void> ask(std::optional<Result<std::string>>& said) { said = co_await sudo->answer(no_deadline); }
};

}  // namespace

TEST_CASE("a password is sent when sudo asks, once", "[transport]") {
  Talk talk("s3cret!");
  CHECK(talk.answer().value() == "");
  CHECK(talk.sudo->heard("We trust you have received the usual lecture.\n\n") == "");
  CHECK(talk.answer().value() == "");
  // In pieces, as a network may bring it.
  talk.sudo->heard(talk.prompt().substr(0, 5));
  CHECK(talk.answer().value() == "");
  talk.sudo->heard(talk.prompt().substr(5));
  CHECK(talk.answer().value() == "s3cret!\n");
  CHECK(talk.answer().value() == "");
  CHECK(talk.sudo->heard(talk.start() + "the command's") == "the command's");
  CHECK(talk.sudo->started());
  CHECK(talk.sudo->asked());
  CHECK(talk.sudo->heard(talk.prompt()) == talk.prompt());  // the command's own words now
  CHECK(talk.answer().value() == "");
}

TEST_CASE("to be asked a second time is a wrong password", "[transport]") {
  Talk talk("s3cret!");
  talk.sudo->heard(talk.prompt());
  REQUIRE(talk.answer());
  talk.sudo->heard("Sorry, try again.\n" + talk.prompt());
  const auto second = talk.answer();
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::sudo_password_wrong);

  talk.sudo.emplace(talk.command, talk.breaker, "web2", "pi");
  talk.sudo->heard(talk.prompt());
  const auto refused = talk.answer();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::circuit_open);
}

TEST_CASE("a host that asks for nothing is sent nothing", "[transport]") {
  Talk talk("s3cret!");
  CHECK(talk.sudo->heard(talk.start()) == "");
  CHECK(talk.answer().value() == "");
  CHECK_FALSE(talk.sudo->asked());
}

TEST_CASE("another host's mark starts nothing", "[transport]") {
  Talk talk("s3cret!"), other("s3cret!");
  CHECK(talk.sudo->heard(other.start()) == "");
  CHECK_FALSE(talk.sudo->started());
  talk.sudo->heard(other.prompt() + "\n");
  CHECK(talk.answer().value() == "");
}

TEST_CASE("a flood before the command starts is not kept", "[transport]") {
  Talk talk(std::nullopt);
  for (int i = 0; i < 1000; ++i) CHECK(talk.sudo->heard(std::string(10'000, 'x')).empty());
  CHECK(talk.sudo->failure(1, "").message.size() < 500);
}

}  // namespace cef::transport::sudo_tests

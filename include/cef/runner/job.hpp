// What one host is to do, made from the inventory and the command line.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/report.hpp>
#include <cef/core/secret.hpp>
#include <cef/transport/session.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cef::runner {

namespace asio = boost::asio;

struct Job {
  std::string host;                 // inventory name
  std::vector<std::string> groups;  // for the result
  transport::Target target;
  std::string site;                   // hosts of one site share a link, and a limit on logins at once
  bool local = false;                 // on the controller itself
  std::optional<std::string> become;  // user to become by sudo
  bool never_becomes = false;         // `become: false` is set for it
  std::string become_user = "root";   // the one it would be, for verbs that become one in any case
  std::optional<Secret> become_password;
  Milliseconds connect_timeout{10'000};  // from the first packet to the end of the login, all attempts together
  Milliseconds timeout{0};               // the host's whole work; zero: none
  /// The work begins without a login; the first call of Link::session() logs in.
  bool logs_in_later = false;
  std::optional<Error> refused;  // why the host cannot be contacted at all; it becomes the result

  /// One that runs as `user`, by sudo with the password should it ask; nothing: as the user who logged in.
  transport::Command command(std::string text, std::optional<std::string> user) const {
    transport::Command command;
    command.text = std::move(text);
    if (user) command.become_password = become_password;
    command.become = std::move(user);
    return command;
  }
};

}  // namespace cef::runner

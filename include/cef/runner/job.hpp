// What one host is to do, made from the inventory and the command line.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/report.hpp>
#include <cef/core/secret.hpp>
#include <cef/transport/session.hpp>

#include <optional>
#include <string>
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
  std::optional<Error> refused;          // why the host cannot be contacted at all; it becomes the result
};

}  // namespace cef::runner

#include "ssh_words.hpp"

#include <cef/core/text.hpp>
#include <cef/inventory/ssh_options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace cef::inventory {

namespace {

using Options = SshOptions;

template <auto field>
std::string read_option(const std::string& value, Options& options) {
  options.*field = value;
  return "";
}

std::string read_revoked(const std::string& value, Options& options) {
  options.revoked_host_keys = value == "none" ? "" : value;
  return "";
}

std::string read_family(const std::string& value, Options& options) {
  const std::string word = lower(value);
  if (word != "any" && word != "inet" && word != "inet6") return fmt::format("'{}' is not any, inet or inet6", value);
  options.address_family = word;
  return "";
}

// The words with `bound` are those of PubkeyAuthentication.
template <auto field>
std::string read_switch(const std::string& value, Options& options) {
  const std::string word = lower(value);
  options.*field = word == "unbound" || word == "host-bound" ? true : yes_or_no(word);
  return options.*field ? "" : fmt::format("'{}' is not yes or no", value);
}

constexpr SshOption ssh_options[] = {
    {"kexalgorithms", read_option<&Options::key_exchanges>},
    {"hostkeyalgorithms", read_option<&Options::host_keys>},
    {"ciphers", read_option<&Options::ciphers>},
    {"macs", read_option<&Options::macs>},
    {"pubkeyacceptedalgorithms", read_option<&Options::public_keys>},
    {"pubkeyacceptedkeytypes", read_option<&Options::public_keys>},  // its older name
    {"revokedhostkeys", read_revoked},
    {"addressfamily", read_family},
    {"bindaddress", read_option<&Options::bind_address>},
    {"pubkeyauthentication", read_switch<&Options::public_key_login>},
    {"nohostauthenticationforlocalhost", read_switch<&Options::trusts_localhost>},
    {"preferredauthentications", read_option<&Options::logins>},
};

}  // namespace

void SshOptions::fill(const SshOptions& other) {
  const auto one = [](auto& place, const auto& value) {
    if (!place) place = value;
  };
  one(key_exchanges, other.key_exchanges);
  one(host_keys, other.host_keys);
  one(ciphers, other.ciphers);
  one(macs, other.macs);
  one(public_keys, other.public_keys);
  one(revoked_host_keys, other.revoked_host_keys);
  one(address_family, other.address_family);
  one(bind_address, other.bind_address);
  one(public_key_login, other.public_key_login);
  one(trusts_localhost, other.trusts_localhost);
  one(logins, other.logins);
}

const SshOption* find_ssh_option(std::string_view keyword) {
  const auto found = std::ranges::find(ssh_options, keyword, &SshOption::name);
  return found == std::end(ssh_options) ? nullptr : found;
}

}  // namespace cef::inventory

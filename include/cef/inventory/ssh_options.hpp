// What ssh's configuration and options say that cef has no word of its own for.
// Source: ssh_config(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cef::inventory {

/// As written; what is absent was not set.
struct SshOptions {
  /// KexAlgorithms, HostKeyAlgorithms, Ciphers, MACs, PubkeyAcceptedAlgorithms: lists with commas, and with `+`, `-` or
  /// `^` before them changes of the usual list.
  std::optional<std::string> key_exchanges, host_keys, ciphers, macs, public_keys;
  std::optional<std::string> revoked_host_keys;  // RevokedHostKeys: a path; empty for `none`
  std::optional<std::string> address_family;     // AddressFamily: any, inet or inet6
  std::optional<std::string> bind_address;       // BindAddress
  std::optional<bool> public_key_login;          // PubkeyAuthentication
  std::optional<bool> trusts_localhost;          // NoHostAuthenticationForLocalhost
  std::optional<std::string> logins;             // PreferredAuthentications

  /// Takes what `other` says of what is open here.
  void fill(const SshOptions& other);
};

/// One of their keywords.
struct SshOption {
  std::string_view name;  // in small letters
  /// Sets the option. What is wrong with the value, or an empty text.
  std::string (*read)(const std::string& value, SshOptions& options);
};
/// `keyword` in small letters. Null when it is none of these.
const SshOption* find_ssh_option(std::string_view keyword);

}  // namespace cef::inventory

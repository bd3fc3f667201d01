// From a connected socket to the end of the key exchange. The order of libssh's calls is what makes a login cheap; see
// the comments before changing it.
#include "algorithms.hpp"
#include "banner.hpp"
#include "plain_packets.hpp"
#include "ssh_session.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <string_view>
#include <sys/socket.h>

namespace cef::transport {

namespace {

// The cheapest secure ones first; what costs tens of milliseconds (the long groups) comes last, for servers that allow
// nothing else.
constexpr const char* key_exchanges =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
    "diffie-hellman-group18-sha512";
constexpr const char* usual_ciphers =
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr";
constexpr const char* usual_macs =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
constexpr const char* no_file = "/nonexistent/cef";  // cheaper to miss than an empty one is to read
constexpr std::string_view host_key_types[] = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                               "ecdsa-sha2-nistp521", "ssh-rsa"};

// RSA keys are one type in known_hosts and two signature algorithms on the wire.
std::string algorithms(std::string_view type) {
  return type == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : std::string(type);
}

std::string host_key_order(const std::vector<std::string>& known_types) {
  std::string order;
  const auto add = [&](std::string_view type) {
    const std::string names = algorithms(type);
    if (order.find(names) == std::string::npos) order += (order.empty() ? "" : ",") + names;
  };
  for (const std::string& type : known_types)
    if (std::find(std::begin(host_key_types), std::end(host_key_types), type) != std::end(host_key_types)) add(type);
  for (const std::string_view type : host_key_types) add(type);
  return order;
}

std::string joined(const std::vector<std::string>& types) {
  std::string all;
  for (const std::string& type : types) all += (all.empty() ? "" : ",") + algorithms(type);
  return all;
}

}  // namespace

std::string detail(ssh_session session) {
  std::string text = ssh_get_error(session);
  for (const std::string_view noise : {"Socket error: ", "kex error : "})
    if (const auto at = text.find(noise); at != std::string::npos) text.erase(at, noise.size());
  if (text.empty() || text == "disconnected") return "the server closed the connection";
  return text;
}

Result<void> SshSession::set_options(const std::vector<std::string>& known_types) {
  ssh_session s = session_.get();
  const bool no = false;
  const int fd = waiter_->socket().native_handle();
  const Algorithms& said = target_.algorithms;
  // Those of one type are asked for to learn them all.
  const std::string order = target_.host_key_types.empty() ? changed_by(said.host_keys, host_key_order(known_types))
                                                           : joined(target_.host_key_types);
  key_exchanges_ = changed_by(said.key_exchanges, key_exchanges);
  const std::string ciphers = changed_by(said.ciphers, usual_ciphers), macs = changed_by(said.macs, usual_macs);
  const auto offer = [s](std::initializer_list<ssh_options_e> options, const std::string& list) {
    return std::ranges::all_of(options, [&](auto option) { return ssh_options_set(s, option, list.c_str()) == 0; });
  };
  // The host's name serves libssh for its own known_hosts alone, and it refuses some that are in use.
  // Unset, the user and the folder would each cost a look into the password database per session, and the known_hosts
  // files would be parsed twice.
  const bool good =
      ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 && ssh_options_set(s, SSH_OPTIONS_HOST, "host") == 0 &&
      ssh_options_set(s, SSH_OPTIONS_USER, target_.user.c_str()) == 0 &&
      ssh_options_set(s, SSH_OPTIONS_SSH_DIR, "/dev") == 0 &&
      ssh_options_set(s, SSH_OPTIONS_KNOWNHOSTS, no_file) == 0 &&
      ssh_options_set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, no_file) == 0 && ssh_options_set(s, SSH_OPTIONS_FD, &fd) == 0;
  if (!good)
    return Unexpected(Error{Code::internal, fmt::format("libssh refused an option: {}", ssh_get_error(s)), ""});
  const auto none = [](const char* keyword, const std::string& list) {
    return Unexpected(Error{Code::kex_failed,
                            fmt::format("libssh knows none of the algorithms of ssh's {}: '{}'", keyword, list),
                            "give it others for this host, or leave it out"});
  };
  if (!offer({SSH_OPTIONS_KEY_EXCHANGE}, key_exchanges_)) return none("KexAlgorithms", key_exchanges_);
  if (!offer({SSH_OPTIONS_HOSTKEYS}, order)) return none("HostKeyAlgorithms", order);
  if (!offer({SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C}, ciphers)) return none("Ciphers", ciphers);
  if (!offer({SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C}, macs)) return none("MACs", macs);
  return {};
}

namespace {

// What the server has sent and libssh has not read yet.
PlainPackets peek(int fd) {
  std::array<char, 8192> bytes;
  const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  return got > 0 ? look_at_packets({bytes.data(), static_cast<std::size_t>(got)}) : PlainPackets{};
}

}  // namespace

// A costly one is computed beside the loop, so that other hosts have that meanwhile.
asio::awaitable<int> SshSession::exchange_keys(HeavyWork& heavy, std::string& farewell) {
  ssh_session s = session_.get();
  bool costly = false;
  for (int calls = 1;; ++calls) {
    PlainPackets seen = peek(waiter_->socket().native_handle());
    if (seen.key_exchanges) costly = is_costly_exchange(key_exchanges_, *seen.key_exchanges);
    if (seen.farewell) farewell = std::move(*seen.farewell);
    int said = SSH_ERROR;
    if (costly) {
      const auto result = co_await heavy.run(waiter_, [s] { return ssh_connect(s); });
      said = result.value_or(SSH_ERROR);
    } else {
      said = ssh_connect(s);
    }
    note_lost();
    if (said != SSH_AGAIN) co_return said;
    if (lost() || co_await socket_ready() != Wake::ready) co_return SSH_ERROR;
    if (calls >= usual_calls)
      co_await turns_.next();
    else
      turns_.note_others();
  }
}

asio::awaitable<Result<void>> SshSession::handshake(std::vector<std::string> known_types, HeavyWork& heavy) {
  if (auto set = set_options(known_types); !set) co_return set;
  ssh_session s = session_.get();
  const int fd = waiter_->socket().native_handle();
  std::string farewell;
  // The first call sends our version line; waiting for the server's before that would cost a round trip.
  int said = ssh_connect(s);
  given_ = true;
  note_lost();
  if (!lost()) {
    // libssh has just cleared the flag: a full send buffer would stop every host.
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (said == SSH_AGAIN) {
      auto banner = co_await await_banner(waiter_, s);
      if (waiter_->state() == Wake::stopped) co_return Unexpected(stop_.error());
      if (!banner) co_return banner;
      said = co_await exchange_keys(heavy, farewell);
    }
  }
  if (said == SSH_OK) {
    if (const char* banner = ssh_get_serverbanner(s)) {
      const std::string_view text = banner;
      times_.server = text.substr(std::min(text.find('-', 4) + 1, text.size()));
    }
    co_return Result<void>{};
  }
  const std::string why = farewell.empty() ? detail(s) : fmt::format("the server says \"{}\"", farewell);
  const bool reset = why.find("reset by peer") != std::string::npos;
  co_return failed(
      Code::handshake_timeout, "the key exchange was not finished in time",
      reset ? Code::connection_reset : Code::kex_failed,
      reset ? "the connection was reset during the key exchange" : fmt::format("key exchange failed: {}", why));
}

Result<HostKey> SshSession::host_key() const {
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(session_.get(), &raw) != SSH_OK)
    return Unexpected(Error{Code::kex_failed, "the server's host key is missing", ""});
  const KeyHandle key(raw);
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(key.get(), &text) != SSH_OK)
    return Unexpected(Error{Code::kex_failed, "the server's host key cannot be read", ""});
  const std::unique_ptr<char, Release<ssh_string_free_char>> blob(text);
  const auto type = ssh_key_type(key.get());
  const char* name = type == SSH_KEYTYPE_ECDSA_P256 || type == SSH_KEYTYPE_ECDSA_P384 || type == SSH_KEYTYPE_ECDSA_P521
                         ? ssh_pki_key_ecdsa_name(key.get())
                         : ssh_key_type_to_char(type);
  return HostKey{name, blob.get()};
}

}  // namespace cef::transport

#include "key_container.hpp"

#include "base64.hpp"
#include "openssl/key_cipher.hpp"
#include "wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sodium.h>

namespace cef::transport {

namespace {

constexpr std::string_view begin_line = "-----BEGIN OPENSSH PRIVATE KEY-----",
                           end_line = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view magic("openssh-key-v1\0", 15);
// At eight milliseconds and more each: whoever asks for more has made a mistake, or means harm.
constexpr std::uint32_t most_rounds = 10'000;
constexpr std::size_t most_number_bits = 16'384, fewest_rsa_bits = 1024;

Unexpected<KeyProblem> damaged(std::string_view what) { return unusable(fmt::format("it is damaged: {}", what), ""); }

std::string to_file(std::string_view bytes) {
  const std::string base64 = to_base64(bytes);
  std::string text = std::string(begin_line) + '\n';
  constexpr std::size_t width = 70;
  for (std::size_t at = 0; at < base64.size(); at += width) text += base64.substr(at, width) + '\n';
  return text + std::string(end_line) + '\n';
}

// `private_part`: the type, the key's numbers and the comment.
std::string plain_file(std::string_view public_key, std::string_view private_part) {
  constexpr std::size_t block = 8;
  std::string secrets(2 * sizeof(std::uint32_t), '\0');  // two equal numbers, by which decryption is checked
  secrets += private_part;
  for (char pad = 1; secrets.size() % block != 0; ++pad) secrets += pad;
  std::string bytes(magic);
  for (const std::string_view text : {"none", "none", ""}) wire::add_string(bytes, text);
  wire::add_number(bytes, 1);
  wire::add_string(bytes, public_key);
  wire::add_string(bytes, secrets);
  return to_file(bytes);
}

std::size_t bits(std::string_view number) {
  while (!number.empty() && number.front() == '\0') number.remove_prefix(1);
  return 8 * number.size();
}

// What follows the type in the private section, and which of it makes the public key, in that one's order.
struct Fields {
  std::size_t count;
  std::array<std::size_t, 2> of_public;
  std::size_t publics;
};

std::optional<Fields> fields_of(std::string_view type) {
  if (type == "ssh-ed25519") return Fields{2, {0, 0}, 1};
  if (type == "ssh-rsa") return Fields{6, {1, 0}, 2};
  for (const char* curve : {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"})
    if (type == curve) return Fields{3, {0, 1}, 2};
  return std::nullopt;
}

// Whether the private section is whole and belongs to the public key; an error for a key that is not fit for use.
// `rest` is moved behind the comment.
Result<bool, KeyProblem> take_key(std::string_view& rest, std::string_view public_key) {
  const auto type = wire::take_string(rest);
  if (!type) return false;
  if (auto problem = unusable_type(*type)) return Unexpected(std::move(*problem));
  const auto fields = fields_of(*type);
  if (!fields) return unusable(fmt::format("keys of the type {} are not known here", *type));
  std::array<std::string_view, 6> values;
  for (std::size_t i = 0; i < fields->count; ++i) {
    const auto value = wire::take_string(rest);
    if (!value) return false;
    values[i] = *value;
    if (bits(*value) > most_number_bits) return unusable("its numbers are longer than any that ssh takes");
  }
  if (!wire::take_string(rest)) return false;  // the comment
  std::string expected;
  wire::add_string(expected, *type);
  for (std::size_t i = 0; i < fields->publics; ++i) wire::add_string(expected, values[fields->of_public[i]]);
  if (expected != public_key) return false;
  if (*type == "ssh-ed25519") return values[0].size() == 32 && values[1].size() == 64 && values[1].ends_with(values[0]);
  if (*type == "ssh-rsa")
    if (auto problem = unusable_rsa(bits(values[0]))) return Unexpected(std::move(*problem));
  return true;
}

}  // namespace

Unexpected<KeyProblem> wrong() {
  return Unexpected(KeyProblem{KeyProblem::Kind::wrong, "the passphrase does not fit, or the file is damaged"});
}

Unexpected<KeyProblem> unusable(std::string why, std::string hint) {
  return Unexpected(KeyProblem{KeyProblem::Kind::unusable, std::move(why), std::move(hint)});
}

std::optional<KeyProblem> unusable_rsa(std::size_t bits) {
  if (bits < fewest_rsa_bits)
    return unusable(fmt::format("an RSA key of less than {} bits is not safe, and servers refuse it", fewest_rsa_bits))
        .error();
  if (bits > most_number_bits) return unusable("it is longer than any key that ssh takes").error();
  return std::nullopt;
}

std::optional<KeyProblem> unusable_type(std::string_view type) {
  if (type == "ssh-dss")
    return KeyProblem{KeyProblem::Kind::unusable, "DSA keys are no longer taken, by servers neither",
                      "make a new one with ssh-keygen -t ed25519"};
  if (type.starts_with("sk-"))
    return KeyProblem{KeyProblem::Kind::unusable,
                      "it is the handle of a security key, which only an agent can sign with",
                      "plug it in and add it to ssh-agent with ssh-add"};
  return std::nullopt;
}

bool is_key_container(std::string_view text) { return text.find(begin_line) != std::string_view::npos; }

Result<KeyContainer, KeyProblem> parse_key_container(std::string_view text) {
  text.remove_prefix(std::min(text.find(begin_line), text.size()));
  text.remove_prefix(std::min(begin_line.size(), text.size()));
  const auto end = text.find(end_line);
  if (end == std::string_view::npos) return damaged("it is cut short");
  const auto bytes = from_base64(text.substr(0, end), " \t\r\n");
  if (!bytes) return damaged("what it holds is not base64");
  if (!bytes->starts_with(magic)) return damaged("it does not begin as an OpenSSH key does");
  std::string_view rest = std::string_view(*bytes).substr(magic.size());
  const auto cipher = wire::take_string(rest), kdf = wire::take_string(rest), options = wire::take_string(rest);
  const auto keys = wire::take_number<std::uint32_t>(rest);
  const auto public_key = wire::take_string(rest), secrets = wire::take_string(rest);
  if (!cipher || !kdf || !options || !keys || !public_key || !secrets) return damaged("it is cut short");
  if (*keys != 1) return unusable(fmt::format("it holds {} keys, and ssh reads files of one", *keys));

  KeyContainer container{std::string(*cipher),  std::string(*kdf), "", 0, std::string(*public_key),
                         std::string(*secrets), std::string(rest)};
  std::size_t block = 8;
  if (container.is_locked()) {
    const auto known = key_cipher(*cipher);
    if (!known)
      return unusable(fmt::format("it is encrypted by the cipher {}, which is not known here",
                                  cipher->substr(0, cipher->find_first_of('\0'))),
                      "encrypt it anew with ssh-keygen -p -Z aes256-ctr -f FILE");
    block = known->block;
    std::string_view of_kdf = *options;
    const auto salt = wire::take_string(of_kdf);
    const auto rounds = wire::take_number<std::uint32_t>(of_kdf);
    if (*kdf != "bcrypt") return unusable("its passphrase is used in a way that is not known here");
    if (!salt || salt->empty() || !rounds || *rounds == 0) return damaged("it does not say how its passphrase is used");
    if (*rounds > most_rounds)
      return unusable(fmt::format("it wants {} rounds for its passphrase, which would take too long", *rounds),
                      "encrypt it anew with ssh-keygen -p -a 100 -f FILE");
    if (container.tag.size() != known->tag) return damaged("it is cut short, or goes on after its end");
    container.salt = *salt;
    container.rounds = *rounds;
  } else if (*kdf != "none" || !rest.empty()) {
    return damaged("it says that it is encrypted and that it is not");
  }
  if (secrets->empty() || secrets->size() % block != 0) return damaged("its private part is cut short");
  return container;
}

Result<std::string, KeyProblem> open_key_container(const KeyContainer& container, std::string_view passphrase) {
  const bool locked = container.is_locked();
  std::optional<std::string> plain;
  if (locked)
    plain = decrypt_key(container, passphrase);
  else
    plain = container.secrets;
  if (!plain) return wrong();
  std::string_view rest = *plain;
  const auto first = wire::take_number<std::uint32_t>(rest), second = wire::take_number<std::uint32_t>(rest);
  if (!first || first != second) {
    if (locked) return wrong();
    return damaged("its private part does not begin as one");
  }
  const std::string_view begin = rest;
  auto whole = take_key(rest, container.public_key);
  if (!whole) return Unexpected(std::move(whole.error()));
  if (!*whole) return damaged("its private part does not fit its public part");
  auto file = plain_file(container.public_key, begin.substr(0, begin.size() - rest.size()));
  sodium_memzero(plain->data(), plain->size());
  return file;
}

std::string ed25519_container(std::string_view seed, std::string_view public_half) {
  std::string public_key, secrets;
  wire::add_string(public_key, "ssh-ed25519");
  wire::add_string(public_key, public_half);
  wire::add_string(secrets, "ssh-ed25519");
  wire::add_string(secrets, public_half);
  wire::add_string(secrets, std::string(seed) + std::string(public_half));
  wire::add_string(secrets, "");
  return plain_file(public_key, secrets);
}

}  // namespace cef::transport

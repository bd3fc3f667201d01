#include "keys.hpp"

#include "base64.hpp"
#include "certificate.hpp"
#include "key_container.hpp"
#include "openssl/pem_key.hpp"
#include "private_file.hpp"
#include "wire.hpp"

#include <cef/core/file.hpp>
#include <cef/transport/ssh.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <filesystem>

namespace cef::transport {

namespace {

Error unreadable(const std::string& path, std::string_view why, std::string hint = "") {
  // What is to be typed is told for this file.
  if (const auto at = hint.find("FILE"); at != std::string::npos) hint.replace(at, 4, path);
  return {Code::key_unreadable, fmt::format("key file {}: {}", path, why), std::move(hint)};
}

KeyHandle sped_up(KeyHandle key) {
  if (ssh_key_type(key.get()) != SSH_KEYTYPE_RSA) return key;
  char* exported = nullptr;
  if (ssh_pki_export_privkey_base64(key.get(), nullptr, nullptr, nullptr, &exported) != SSH_OK) return key;
  const std::unique_ptr<char, Release<ssh_string_free_char>> pem(exported);
  const std::string full = with_crt_values(pem.get());
  ssh_key better = nullptr;
  if (full.empty() || ssh_pki_import_privkey_base64(full.c_str(), nullptr, nullptr, nullptr, &better) != SSH_OK)
    return key;
  return KeyHandle(better);
}

std::string public_half(ssh_key key) {
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK) return {};
  const std::unique_ptr<char, Release<ssh_string_free_char>> owner(text);
  return text;
}

// `ssh-ed25519 AAAA... comment`
std::string blob_of_line(const std::string& line) {
  const auto begin = line.find(' ');
  if (begin == std::string::npos) return {};
  return line.substr(begin + 1, line.find_first_of(" \r\n", begin + 1) - begin - 1);
}

// An encrypted file in PEM does not show its public key, and one that an agent has may not be here at all; but there
// may be a .pub beside it.
std::string public_half_beside(const std::string& path) {
  const auto line = read_file(path + ".pub");
  return line ? blob_of_line(*line) : "";
}

// What can be told without the passphrase; a problem that one would not solve.
std::optional<KeyProblem> look_at(const std::string& text, KeyFile& file) {
  if (text.find("BEGIN SSH2 ENCRYPTED") != std::string::npos)
    return KeyProblem{KeyProblem::Kind::unusable, "it is in the format of ssh.com's SSH",
                      "convert it with ssh-keygen -i -f FILE"};
  if (!is_key_container(text)) {
    file.base64 = public_half_beside(file.path);
    return std::nullopt;
  }
  const auto container = parse_key_container(text);
  if (!container) return container.error();
  file.base64 = to_base64(container->public_key);
  std::string_view blob = container->public_key;
  const auto type = wire::take_string(blob);
  return type ? unusable_type(*type) : std::nullopt;
}

// The text of a file that is not encrypted. `passphrase`: null when nobody knows one.
Result<std::string, KeyProblem> open_text(const std::string& text, const std::string* passphrase) {
  if (!is_key_container(text)) return open_pem_key(text, passphrase);
  const auto container = parse_key_container(text);
  if (!container) return Unexpected(container.error());
  if (container->is_locked() && !passphrase) return Unexpected(KeyProblem{KeyProblem::Kind::locked, "", ""});
  return open_key_container(*container, passphrase ? *passphrase : "");
}

// Gives libssh the key of an unencrypted file. False when it cannot read it.
bool import(KeyFile& file, std::string text) {
  ssh_key key = nullptr;
  const int said = ssh_pki_import_privkey_base64(text.c_str(), nullptr, nullptr, nullptr, &key);
  OPENSSL_cleanse(text.data(), text.size());
  if (said != SSH_OK) return false;
  file.key = sped_up(KeyHandle(key));
  file.base64 = public_half(file.key.get());
  const std::string beside = file.path + "-cert.pub";
  std::error_code ignored;
  if (std::filesystem::exists(beside, ignored)) {
    file.certified = with_certificate(file, beside, file.remark);
    if (!file.certified && file.remark.empty()) file.remark = fmt::format("{} certifies another key", beside);
  }
  return true;
}

std::optional<KeyProblem> open_key(KeyFile& file, const std::string& text, const std::string* passphrase) {
  auto plain = open_text(text, passphrase);
  if (!plain) return plain.error();
  if (import(file, std::move(*plain))) return std::nullopt;
  return KeyProblem{KeyProblem::Kind::unusable, "it is damaged, or of a kind that libssh cannot read"};
}

constexpr std::string_view is_public = "it is a public key";

std::string_view no_private_key(std::string_view text) {
  if (text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-")) return is_public;
  if (text.starts_with("PuTTY-User-Key-File")) return "it is in PuTTY's format";
  return "it holds no private key in OpenSSH or PEM format";
}

std::string_view hint_without_key(std::string_view text) {
  if (text.starts_with("PuTTY-User-Key-File")) return "convert it with puttygen FILE -O private-openssh";
  return no_private_key(text) == is_public
             ? "name the private key: the same path without .pub; or have ssh-agent hold it"
             : "";
}

}  // namespace

KeyHandle with_certificate(const KeyFile& file, const std::string& path, std::string& remark) {
  ssh_key read = nullptr;
  const int said = ssh_pki_import_cert_file(path.c_str(), &read);
  const KeyHandle certificate(read);
  const auto text = read_file(path);
  if (said != SSH_OK || !text) {
    remark = fmt::format("{} is no certificate that libssh can read", path);
    return nullptr;
  }
  if (!certifies(*text, file.base64)) return nullptr;
  KeyHandle key(ssh_key_dup(file.key.get()));
  if (ssh_pki_copy_cert_to_privkey(certificate.get(), key.get()) != SSH_OK) {
    remark = fmt::format("{} cannot be used by libssh", path);
    return nullptr;
  }
  // Offered all the same: the clock here may be wrong.
  if (const auto validity = validity_of(*text)) remark = lapse(path, *validity, std::chrono::system_clock::now());
  return key;
}

KeyFile read_key_file(const std::string& path) {
  KeyFile file;
  file.path = path;
  const auto fail = [&file](std::string_view why, std::string_view hint) {
    file.failure = unreadable(file.path, why, std::string(hint));
  };
  auto read = read_private_file(path);
  if (!read) {
    fail(read.error(), "");
    file.base64 = public_half_beside(path);
    return file;
  }
  std::string& text = read->text;
  if (text.find("PRIVATE KEY") == std::string::npos) {
    fail(no_private_key(text), hint_without_key(text));
    if (no_private_key(text) == is_public) file.base64 = blob_of_line(text);
    return file;
  }
  if (const auto problem = look_at(text, file)) {
    fail(problem->why, problem->hint);
  } else if (read->exposed) {
    // A public key that is shown is one that an agent may hold.
    fail(fmt::format("others may read or write it (mode {:04o}), so it is not used, as ssh would not", *read->exposed),
         "chmod 600 FILE");
  } else if (const auto trouble = open_key(file, text, nullptr); !trouble) {
    return file;
  } else if (trouble->kind == KeyProblem::Kind::locked) {
    file.locked = std::move(text);
    fail("it is protected by a passphrase, and there is nobody to ask for it",
         "add it to ssh-agent with ssh-add, or give --key-passphrase-file");
  } else {
    fail(trouble->why, trouble->hint);
  }
  return file;
}

bool unlock(KeyFile& file, const std::string& passphrase) {
  if (const auto trouble = open_key(file, file.locked, &passphrase)) {
    const bool wrong = trouble->kind == KeyProblem::Kind::wrong;
    file.failure = unreadable(file.path, trouble->why, wrong ? "try it with ssh-keygen -y -f FILE" : trouble->hint);
    return false;
  }
  file.locked.clear();
  file.failure.reset();
  return true;
}

std::vector<std::string> default_key_files() {
  std::vector<std::string> found;
  for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa"}) {
    const auto path = expand_user("~/.ssh") / name;
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) found.push_back(path.string());
  }
  return found;
}

}  // namespace cef::transport

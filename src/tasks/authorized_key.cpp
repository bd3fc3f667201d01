#include <cef/core/file.hpp>
#include <cef/core/shell.hpp>
#include <cef/core/text.hpp>
#include <cef/tasks/authorized_key.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace cef::tasks {

namespace {

bool is_base64(std::string_view text) {
  return text.size() >= 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
                  c == '=';
         });
}

// $1 is the key's base64, by which a line is known whatever options and comment it has; $2 is not empty for a check.
constexpr const char* script = R"sh(
umask 077
d=$HOME/.ssh f=$HOME/.ssh/authorized_keys
has() { [ -e "$f" ] && grep -v '^[[:space:]]*#' "$f" | grep -qF -- "$1"; }
if has "$1"; then echo present; exit 0; fi
if [ -n "$2" ]; then echo added; exit 0; fi
mkdir -p "$d" || exit 1
chmod go-w "$HOME" "$d" || exit 1
if [ -h "$f" ]; then f=$(readlink -f "$f") || exit 1; fi
t=$f.cef.$$
trap 'rm -f "$t"' EXIT
if [ -e "$f" ]; then
  cp -p "$f" "$t" || exit 1
  [ -z "$(tail -c 1 "$t")" ] || echo >>"$t" || exit 1
fi
cat >>"$t" || exit 1
chmod go-w "$t" || exit 1
mv "$t" "$f" || exit 1
has "$1" && echo added
)sh";

}  // namespace

std::string PublicKey::line() const { return type + ' ' + blob + (comment.empty() ? "" : ' ' + comment) + '\n'; }

Result<PublicKey> read_public_key(const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& why) {
    return Unexpected(Error{Code::key_unreadable, fmt::format("public key {}: {}", path.string(), why),
                            "make it from the private key: ssh-keygen -y -f KEY > KEY.pub"});
  };
  const auto text = read_file(path);
  if (!text) return refuse(text.error().message.substr(text.error().message.rfind(": ") + 2));
  if (text->find("PRIVATE KEY") != std::string::npos) return refuse("it is a private key");
  std::istringstream line(std::string(first_line(*text)));
  PublicKey key;
  line >> key.type >> key.blob >> std::ws;
  std::getline(line, key.comment);
  while (!key.comment.empty() && (key.comment.back() == '\r' || key.comment.back() == ' ')) key.comment.pop_back();
  const bool known = key.type.starts_with("ssh-") || key.type.starts_with("ecdsa-") || key.type.starts_with("sk-");
  if (!known || !is_base64(key.blob)) return refuse("it does not begin with a key in OpenSSH's format");
  return key;
}

std::string install_script(const PublicKey& key, bool check) {
  return fmt::format("/bin/sh -c {} cef {} {}", shell_quote(script), shell_quote(key.blob), check ? "check" : "''");
}

}  // namespace cef::tasks

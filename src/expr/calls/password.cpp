// password_hash: what /etc/shadow holds.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"

#include <algorithm>
#include <crypt.h>
#include <memory>

namespace cef::expr {

namespace password_parts {
namespace {

struct Kind {
  std::string_view name;
  std::string_view prefix;
  std::size_t most_salt;
};
constexpr Kind kinds[] = {
    {"sha512", "$6$", 16},       {"sha512_crypt", "$6$", 16}, {"sha256", "$5$", 16},
    {"sha256_crypt", "$5$", 16}, {"md5", "$1$", 8},           {"md5_crypt", "$1$", 8},
};

constexpr std::string_view salt_letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string random_salt(Call& call, std::size_t size) {
  std::string salt;
  for (std::size_t i = 0; i < size; ++i) salt += salt_letters[call.evaluation.world().random() % salt_letters.size()];
  return salt;
}

// password hashtype salt salt_size rounds ident
Any password_hash(Call& call) {
  const std::string name = call.text(1, "sha512");
  const auto kind =
      std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& each) { return each.name == name; });
  if (kind == std::end(kinds)) fail("password_hash: '{}' is not supported: sha512, sha256 or md5", name);
  const std::int64_t size = call.empty(3) ? static_cast<std::int64_t>(kind->most_salt) : call.whole(3);
  if (size < 1 || size > static_cast<std::int64_t>(kind->most_salt))
    fail("password_hash: a salt of {} has 1 to {} characters", name, kind->most_salt);
  const std::string salt = call.empty(2) ? random_salt(call, static_cast<std::size_t>(size)) : call.any_text(2);
  if (salt.empty() || salt.size() > kind->most_salt || salt.find_first_not_of(salt_letters) != std::string::npos)
    fail("password_hash: a salt of {} is 1 to {} letters, digits, '.' and '/'", name, kind->most_salt);
  std::string rounds;
  if (!call.empty(4)) {
    if (kind->prefix == "$1$") fail("password_hash: md5 has no rounds");
    const std::int64_t count = call.whole(4);
    if (count < 1000 || count > 5'000'000) fail("password_hash: rounds are from 1000 to 5000000");
    call.budget.step(static_cast<std::size_t>(count));
    rounds = fmt::format("rounds={}$", count);
  }
  call.budget.step(5000);
  const std::string setting = std::string(kind->prefix) + rounds + salt;
  const std::string password = call.any_text(0);
  if (password.find('\0') != std::string::npos) fail("password_hash: a password has no null bytes");
  const auto work = std::make_unique<crypt_data>();
  const char* hashed = crypt_r(password.c_str(), setting.c_str(), work.get());
  if (!hashed || hashed[0] == '*') fail("password_hash: this machine cannot make {}", name);
  std::string result = hashed;
  std::fill_n(reinterpret_cast<volatile char*>(work.get()), sizeof(crypt_data), '\0');
  return result;
}

constexpr Function table[] = {{"password_hash", password_hash, "password hashtype? salt? salt_size? rounds? ident?"}};

}  // namespace
}  // namespace password_parts

const Functions password_filters = password_parts::table;

}  // namespace cef::expr

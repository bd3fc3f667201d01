// Hashes, base64, UUIDs.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "value/chars.hpp"

#include <cef/core/utf8.hpp>

#include <openssl/evp.h>

#include <array>
#include <memory>

namespace cef::expr {

namespace hash_filters_parts {
namespace {

std::string digest_of(std::string_view type, std::string_view text) {
  const EVP_MD* kind = EVP_get_digestbyname(std::string(type).c_str());
  if (!kind || type.empty()) fail("there is no hash '{}': md5, sha1, sha224, sha256, sha384, sha512, ...", type);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, kind, nullptr) != 1)
    fail("the hash '{}' cannot be made here", type);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

template <const char* const& type>
Any fixed_hash(Call& call) {
  return hex(digest_of(type, call.any_text(0)));
}
constexpr const char* md5_name = "md5";
constexpr const char* sha1_name = "sha1";

Any hash(Call& call) {
  std::string type = lower_case(call.text(1, "sha1"));
  type = replace_all(type, "_", "-");  // sha3_256 of Python is sha3-256 here
  return hex(digest_of(type, call.any_text(0)));
}

// value encoding: what the text's characters become before they are encoded.
void require_utf8(const Call& call, std::size_t i) {
  const std::string encoding = replace_all(lower_case(call.text(i, "utf-8")), "_", "-");
  if (encoding != "utf-8" && encoding != "utf8" && encoding != "ascii")
    fail("{}: the encoding '{}' is not supported, only utf-8", call.function.name, encoding);
}

Any b64encode(Call& call) {
  require_utf8(call, 1);
  const std::string text = call.any_text(0);
  call.budget.bytes(text.size() * 2);
  std::string result(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  result.resize(static_cast<std::size_t>(size));
  return result;
}

// What is no base64 is skipped, as Python does.
Any b64decode(Call& call) {
  require_utf8(call, 1);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = call.any_text(0);
  std::string result;
  std::uint32_t bits = 0;
  int have = 0;
  std::size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (c == '=') {
      ++padding;
      if ((digits % 4) + padding >= 4 && digits % 4 >= 2) break;
      continue;
    }
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) continue;
    padding = 0;
    ++digits;
    bits = bits << 6u | static_cast<std::uint32_t>(digit);
    have += 6;
    if (have >= 8) {
      have -= 8;
      result += static_cast<char>(static_cast<unsigned char>(bits >> static_cast<unsigned>(have) & 0xffu));
    }
  }
  if (digits % 4 == 1) fail("b64decode: the number of characters cannot be 1 more than a multiple of 4");
  if (digits % 4 != 0 && digits % 4 + padding < 4) fail("b64decode: incorrect padding");
  call.budget.bytes(result.size());
  return result;
}

std::optional<std::string> uuid_bytes(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != '-' && c != '{' && c != '}') digits += c;
  if (digits.size() != 32 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < 32; i += 2)
    bytes += static_cast<char>(static_cast<unsigned char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

// The fifth kind of UUID: made of a name.
Any to_uuid(Call& call) {
  const std::string space = call.text(1, "361E6D51-FAEC-444A-9079-341386DA8E2E");
  const auto bytes = uuid_bytes(space);
  if (!bytes) fail("to_uuid: '{}' is no UUID", space);
  std::string id = digest_of("sha1", *bytes + call.any_text(0)).substr(0, 16);
  id[6] = static_cast<char>((id[6] & 0x0f) | 0x50);
  id[8] = static_cast<char>((id[8] & 0x3f) | 0x80);
  const std::string all = hex(id);
  return fmt::format("{}-{}-{}-{}-{}", all.substr(0, 8), all.substr(8, 4), all.substr(12, 4), all.substr(16, 4),
                     all.substr(20));
}

constexpr Function table[] = {
    {"md5", fixed_hash<md5_name>, "value"},       {"sha1", fixed_hash<sha1_name>, "value"},
    {"checksum", fixed_hash<sha1_name>, "value"}, {"hash", hash, "value hashtype?"},
    {"b64encode", b64encode, "value encoding?"},  {"b64decode", b64decode, "value encoding?"},
    {"to_uuid", to_uuid, "value namespace?"},
};

}  // namespace
}  // namespace hash_filters_parts

const Functions hash_filters = hash_filters_parts::table;

}  // namespace cef::expr

// JSON text.
#include <cef/core/utf8.hpp>
#include <cef/render/render.hpp>

#include <fmt/format.h>

namespace cef::render {

namespace {

// Left alone by the JSON library, but not by terminals.
bool is_unsafe(char32_t code) {
  return (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string dump(const Value& value, int indent) {
  std::string json = value.dump(indent, ' ', false, Value::error_handler_t::replace);
  // Such characters can only stand in strings, and their encodings begin with one of these bytes.
  std::size_t suspect = json.find_first_of("\x7F\xC2\xE2");
  if (suspect == std::string::npos) return json;
  std::string out;
  out.reserve(json.size() + 64);
  std::size_t done = 0;
  for (; suspect != std::string::npos; suspect = json.find_first_of("\x7F\xC2\xE2", suspect)) {
    const Character c = decode(std::string_view(json).substr(suspect));
    if (is_unsafe(c.code)) {
      out.append(json, done, suspect - done);
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.code));
      done = suspect + c.size;
    }
    suspect += c.size;
  }
  return out.append(json, done);
}

}  // namespace cef::render

#include "judge_banner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace cef::transport {

namespace {

constexpr std::size_t longest_version = 255;  // RFC 4253, 4.2, with the line end

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 60)) out += c >= ' ' && c != '\x7f' ? c : '.';
  return out;
}

// Greetings of other protocols that would otherwise be waited on for the whole timeout.
bool other_protocol(std::string_view line) {
  constexpr std::string_view greetings[] = {"HTTP/", "220 ", "220-", "+OK", "* OK", "RFB ", "<", "{"};
  return std::any_of(std::begin(greetings), std::end(greetings),
                     [&](std::string_view greeting) { return line.starts_with(greeting); });
}

bool binary(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f;
  });
}

Judgement failed(Code code, std::string message) {
  return {Judgement::Verdict::failed, 0, Error{code, std::move(message), ""}};
}

Judgement not_ssh(std::string_view text) {
  return failed(Code::not_ssh, fmt::format("the port is not SSH: it says \"{}\"", printable(text)));
}

// The version line, or as much of it as came.
bool begins_version(std::string_view line) {
  constexpr std::string_view begin = "SSH-";
  return line.starts_with(begin) || (!line.empty() && begin.starts_with(line));
}

}  // namespace

Error judge_silence(std::string_view seen) {
  if (seen.empty()) return {Code::banner_timeout, "the port accepts connections but says nothing", ""};
  if (begins_version(seen.substr(seen.rfind('\n') + 1)))
    return {Code::banner_timeout, "the server did not finish its version line", ""};
  return not_ssh(seen).error;
}

Judgement judge_banner(std::string_view seen, bool closed) {
  std::size_t start = 0;
  std::string_view preamble;  // the last other line
  for (;;) {
    const std::size_t end = seen.find('\n', start);
    std::string_view line = seen.substr(start, end == std::string_view::npos ? end : end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("SSH-")) {
      if (line.size() >= longest_version) return not_ssh(line);
      if (end == std::string_view::npos) break;
      if (line.starts_with("SSH-2.0-") || line.starts_with("SSH-1.99-")) return {Judgement::Verdict::ssh, start, {}};
      return failed(Code::not_ssh, fmt::format("the server speaks an old protocol only: \"{}\"", printable(line)));
    }
    if (binary(line) || other_protocol(line)) return not_ssh(line);
    if (!line.empty() && !begins_version(line)) preamble = line;
    if (end == std::string_view::npos) break;
    start = end + 1;
  }
  if (seen.size() >= longest_preamble) return not_ssh(preamble);
  if (closed && preamble.empty())
    return failed(Code::throttled, "the server closed the connection before its version line");
  if (closed)
    return failed(Code::throttled, fmt::format("the server closed the connection, saying \"{}\"", printable(preamble)));
  return {};
}

}  // namespace cef::transport

#include "banner.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace cef::transport::banner_tests {

using Verdict = Judgement::Verdict;
using namespace std::string_literals;

TEST_CASE("the first bytes of a server tell what it is", "[transport]") {
  struct Case {
    const char* name;
    std::string seen;
    bool closed;
    Verdict verdict;
    std::size_t skip;
    Code code;
  };
  const Case cases[] = {
      {"nothing yet", "", false, Verdict::more, 0, {}},
      {"OpenSSH", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", false, Verdict::ssh, 0, {}},
      {"a bare line feed", "SSH-2.0-dropbear\n", false, Verdict::ssh, 0, {}},
      {"both protocols", "SSH-1.99-Cisco-1.25\r\n", false, Verdict::ssh, 0, {}},
      {"the key exchange already follows", "SSH-2.0-x\r\n\0\0\1\2\xff"s, false, Verdict::ssh, 0, {}},
      {"half a version line", "SSH-2.0-Open", false, Verdict::more, 0, {}},
      {"its first byte", "S", false, Verdict::more, 0, {}},
      {"lines before it, which the protocol allows", "hello\r\nthere\r\nSSH-2.0-x\r\n", false, Verdict::ssh, 14, {}},
      {"lines before half of it", "hello\r\nSSH-2", false, Verdict::more, 0, {}},
      {"an old protocol", "SSH-1.5-1.2.27\r\n", false, Verdict::failed, 0, Code::not_ssh},
      {"a web server", "HTTP/1.1 400 Bad Request\r\n", false, Verdict::failed, 0, Code::not_ssh},
      {"a mail server", "220 mail.example.net ESMTP\r\n", false, Verdict::failed, 0, Code::not_ssh},
      {"binary garbage", "\x16\x03\x01\x02\x00"s, false, Verdict::failed, 0, Code::not_ssh},
      {"a version line without end", "SSH-2.0-" + std::string(300, 'x'), false, Verdict::failed, 0, Code::not_ssh},
      {"other lines without end", std::string(9000, 'x'), false, Verdict::failed, 0, Code::not_ssh},
      {"closed at once", "", true, Verdict::failed, 0, Code::throttled},
      {"closed in the version line", "SSH-2.0-Op", true, Verdict::failed, 0, Code::throttled},
      {"closed with a reason", "Exceeded MaxStartups\r\n", true, Verdict::failed, 0, Code::throttled},
      {"a reason that may go on", "Not allowed at this time\r\n", false, Verdict::more, 0, {}},
  };
  for (const Case& c : cases) {
    DYNAMIC_SECTION(c.name) {
      const Judgement judgement = judge_banner(c.seen, c.closed);
      REQUIRE(judgement.verdict == c.verdict);
      if (c.verdict == Verdict::ssh) CHECK(judgement.skip == c.skip);
      if (c.verdict == Verdict::failed) CHECK(judgement.error.code == c.code);
    }
  }
}

TEST_CASE("a version line that drips in until the time is up is told from another service", "[transport]") {
  struct Case {
    const char* seen;
    Code code;
  };
  const auto c = GENERATE(values<Case>({
      {"", Code::banner_timeout},
      {"S", Code::banner_timeout},
      {"SS", Code::banner_timeout},
      {"SSH-", Code::banner_timeout},
      {"SSH-2.0-Open", Code::banner_timeout},
      {"hello\r\nSS", Code::banner_timeout},
      {"hello\r\n", Code::not_ssh},
      {"SMTP", Code::not_ssh},
      {"SS\r\n", Code::not_ssh},
  }));
  DYNAMIC_SECTION(c.seen) { CHECK(judge_silence(c.seen).code == c.code); }
}

TEST_CASE("what a server said is quoted without its control characters", "[transport]") {
  CHECK(judge_banner("Exceeded \x1b[31mMaxStartups\r\n", true).error.message.find('\x1b') == std::string::npos);
  CHECK(judge_banner("Not allowed at this time\r\n", true).error.message ==
        "the server closed the connection, saying \"Not allowed at this time\"");
}

}  // namespace cef::transport::banner_tests

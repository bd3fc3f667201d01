#include "relay_talk.hpp"

#include "words.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace cef::remote {

namespace {

constexpr std::size_t longest_line = 4096;
constexpr Milliseconds look_at_other{20}, look_on{200};

// What a host says of itself and another one's shell will read.
bool is_plain(std::string_view word) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("._:%@+/=-$").find(static_cast<char>(c)) != std::string_view::npos;
  };
  return !word.empty() && word.front() != '-' && std::ranges::all_of(word, fits);
}

}  // namespace

void RelayTalk::fail(std::string why) {
  if (why_.empty()) why_ = std::move(why);
  fetching_.over = serving_.over = true;
}

void RelayTalk::hear(std::string_view bytes, End& end) {
  while (!bytes.empty()) {
    const auto stop = bytes.find('\n');
    const auto piece = bytes.substr(0, stop);
    if (end.line.size() + piece.size() > longest_line)
      end.line.clear();  // a greeting
    else
      end.line += piece;
    if (stop == std::string_view::npos) return;
    bytes.remove_prefix(stop + 1);
    hear_line(std::exchange(end.line, {}), end);
  }
}

void RelayTalk::hear_line(std::string_view line, End& end) {
  if (!end.begun) {
    end.begun = ends_greeting(line, "=cef relay");
    return;
  }
  const char kind = line.empty() ? '\0' : line.front();
  const auto rest = line.size() > 2 && line[1] == ' ' ? line.substr(2) : std::string_view();
  if (kind == 'e') return fail(shown(rest));
  &end == &fetching_ ? hear_of_fetching(kind, rest) : hear_of_serving(kind, rest);
}

void RelayTalk::hear_of_fetching(char kind, std::string_view rest) {
  const auto words = words_of(rest);
  if (kind == 'k' && words.size() == 2 && is_plain(words[0]) && is_plain(words[1])) {
    public_key_ = fmt::format("{} {}\n", words[0], words[1]);
  } else if (kind == 'a' || kind == 'g') {
    const auto size = words.empty() ? std::nullopt : number_of<std::size_t>(words[0]);
    if (!size || *size > size_) return fail("the host answered something else than was asked for");
    if (*size > at_ && progress_) progress_(static_cast<std::int64_t>(*size));
    if (*size > at_ || !moved_at_) moved_at_ = Clock::now();
    at_ = *size;
    if (kind == 'a') return;
    got_ = *size;
    if (got_ < size_ && why_.empty())
      why_ = words.size() > 1 ? shown(trim(rest.substr(rest.find(' ') + 1))) : std::string("it came to its end early");
    fetching_.over = serving_.over = true;
  }
  if (!public_key_.empty() && serving_.answer.empty()) serving_.answer = public_key_;
}

void RelayTalk::hear_of_serving(char kind, std::string_view rest) {
  const auto words = words_of(rest);
  if (kind == 'a' && words.size() == 3 && std::ranges::all_of(words, is_plain) && number_of<std::uint16_t>(words[2]))
    way_ = fmt::format("{} {} {} {} {}\n", words[0], words[1], words[2], key_.type, key_.blob);
  else if (kind == 'r' && !way_.empty())
    fetching_.answer = way_;
}

std::optional<std::string_view> RelayTalk::give(std::size_t most, End& end) {
  if (end.answered < end.answer.size()) {
    const auto piece = std::string_view(end.answer).substr(end.answered, most);
    end.answered += piece.size();
    return piece;
  }
  if (end.over) return std::nullopt;
  return std::string_view();
}

Result<RelayTalk::Clock::time_point> RelayTalk::tick(Clock::time_point now) {
  if (moved_at_ && stall_.count() > 0 && now >= *moved_at_ + stall_) {
    fail("nothing came for too long");
    return Unexpected(Error{Code::transfer_stalled, why_, ""});
  }
  return now + (fetching_.answer.empty() ? look_at_other : look_on);
}

void RelayTalk::end_fetching() {
  if (!has_all() && why_.empty()) why_ = "the connection to the host was lost";
  fetching_.over = serving_.over = true;
}

// One that has been told where to go goes there by itself.
void RelayTalk::end_serving() {
  serving_.over = true;
  if (fetching_.answer.empty()) fail("the connection to the neighbour was lost");
}

}  // namespace cef::remote

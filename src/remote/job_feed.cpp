#include "job_feed.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace cef::remote {

namespace {

constexpr std::size_t most_greeting = std::size_t{64} << 10;  // of a login shell
constexpr std::size_t longest_line = 512;
constexpr std::uint64_t largest_frame = std::uint64_t{1} << 40;
constexpr std::size_t most_entries = 10'000, longest_command = 4096;

template <class Number>
std::optional<Number> number(std::string_view digits, Number most) {
  Number value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < 0 || value > most) return std::nullopt;
  return value;
}

std::string mark_of(std::string_view id) { return fmt::format("=cef job {} ", id); }

Error unexpected(std::string_view line) {
  return {Code::unexpected_output,
          fmt::format("the host's shell said what a supervisor does not: {}", escape_controls(line.substr(0, 80))), ""};
}

// What stands behind the mark's line.
std::optional<std::string_view> body_of(std::string_view text, std::string_view id) {
  const auto mark = text.find(mark_of(id));
  if (mark == std::string_view::npos) return std::nullopt;
  const auto end = text.find('\n', mark);
  return end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
}

std::optional<JobState> state_from(std::string_view name) {
  for (const JobState state : {JobState::running, JobState::done, JobState::killed, JobState::lost})
    if (name_of(state) == name) return state;
  return std::nullopt;
}

// `ID STATE STARTED ENDED RC LABEL N`
std::optional<std::pair<JobEntry, std::size_t>> read_entry(std::string_view line) {
  std::array<std::string_view, 7> words;
  for (std::string_view& word : words) {
    word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    if (word.empty()) return std::nullopt;
  }
  constexpr std::int64_t end_of_time = 253'402'300'799;  // of the year 9999
  const auto time = [](std::string_view word) { return number<std::int64_t>(word, end_of_time); };
  JobEntry entry;
  const auto state = state_from(words[1]);
  const auto size = number<std::size_t>(words[6], longest_command);
  if (!is_job_id(words[0]) || !state || !size || !line.empty()) return std::nullopt;
  entry.id = words[0];
  entry.state = *state;
  entry.started = time(words[2]);
  entry.ended = time(words[3]);
  entry.rc = number<int>(words[4], 255);
  entry.label = words[5];
  return std::pair(std::move(entry), *size);
}

}  // namespace

JobFeed::JobFeed(std::string id, std::size_t limit, OnOutput on_output)
    : id_(std::move(id)), limit_(limit), on_output_(std::move(on_output)) {}

void JobFeed::connect() {
  line_.clear();
  frame_ = 0;
  noise_ = 0;
  answered_ = false;
}

void JobFeed::hear(std::string_view bytes) {
  heard_ += bytes.size();
  while (!bytes.empty() && !nonsense_ && end_ == End::none) {
    if (frame_ > 0) {
      take(bytes);
      continue;
    }
    const auto end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (!answered_) noise_ += std::min(end, bytes.size());
    if (answered_ ? line_.size() > longest_line : noise_ > most_greeting) nonsense_ = line_.substr(0, longest_line);
    if (nonsense_ || end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(line_, {});
    answered_ ? read(line) : look_for_mark(line);
  }
}

// The login shell may have said something without a line's end.
void JobFeed::look_for_mark(std::string_view line) {
  const std::string mark = mark_of(id_);
  const auto at = line.find(mark);
  if (at == std::string_view::npos) return;
  const std::string_view boot = line.substr(at + mark.size(), 64);
  answered_ = true;
  rebooted_ = !boot_.empty() && boot_ != boot;
  if (boot_.empty()) boot_ = boot;
}

void JobFeed::take(std::string_view& bytes) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(frame_, bytes.size()));
  const std::string_view text = bytes.substr(0, std::min(size, limit_ - kept_));
  bytes.remove_prefix(size);
  frame_ -= size;
  (frame_is_stderr_ ? place_.err : place_.out) += size;
  over_limit_ = over_limit_ || text.size() < size;
  kept_ += text.size();
  (frame_is_stderr_ ? err : out) += text;
  if (on_output_ && !text.empty()) on_output_(frame_is_stderr_, text);
}

void JobFeed::begin_frame(bool is_stderr, std::string_view digits, std::string_view line) {
  const auto size = number<std::uint64_t>(digits, largest_frame);
  if (!size) nonsense_ = line;
  frame_ = size.value_or(0);
  frame_is_stderr_ = is_stderr;
}

void JobFeed::read(std::string_view line) {
  const char kind = line.empty() ? '\0' : line.front();
  const bool has_value = line.size() > 1 && line[1] == ' ';
  const std::string_view value = has_value ? line.substr(2) : std::string_view();
  const auto over = [this](End end, std::string_view why) {
    end_ = end;
    why_ = why;
  };
  if (kind == 'o' || kind == 'e') return begin_frame(kind == 'e', value, line);
  if (kind == 'd') {
    const auto rc = number<int>(value, 255);
    if (!rc) nonsense_ = line;
    if (rc) end_ = End::done;
    rc_ = rc.value_or(-1);
    return;
  }
  if (kind == 'l' && has_value) return over(End::lost, rebooted_ && value == "gone" ? "rebooted" : value);
  if (kind == 'x' && has_value) return over(End::refused, value);
  if (line == "s")
    begun_ = true;
  else if (line == "w")
    ends_with_login_ = true;
  else if (line == "f")
    incomplete_ = true;
  else if (line == "m")
    over_limit_ = true;
  else if (line == "k")
    killed_ = true;
  else if (line == "r")
    end_ = End::running;
  else
    nonsense_ = line;
}

Result<std::vector<JobEntry>> read_entries(std::string_view text, std::string_view id) {
  auto body = body_of(text, id);
  if (!body) return Unexpected(unexpected(first_line(text)));
  std::vector<JobEntry> entries;
  while (!body->empty()) {
    const std::string_view line = first_line(*body);
    auto read = line.starts_with("j ") ? read_entry(line.substr(2)) : std::nullopt;
    if (!read || body->size() < line.size() + 1 + read->second || entries.size() == most_entries)
      return Unexpected(unexpected(line));
    body->remove_prefix(line.size() + 1);
    read->first.command = body->substr(0, read->second);
    body->remove_prefix(read->second);
    entries.push_back(std::move(read->first));
  }
  return entries;
}

Result<std::string> read_answer(std::string_view text, std::string_view id) {
  const auto body = body_of(text, id);
  const std::string_view line = first_line(body.value_or(text));
  if (!body || (line != "k" && !line.starts_with("l "))) return Unexpected(unexpected(line));
  return std::string(line);
}

}  // namespace cef::remote

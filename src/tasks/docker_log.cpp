#include "docker.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>

namespace cef::tasks::engines {

namespace {

constexpr std::size_t last_lines = 12, longest_line = 400;

// Without the escape sequences that the classic builder colours standard error with.
std::string plain(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\x1b') {
      text += line[i];
      continue;
    }
    while (++i < line.size() && !std::isalpha(static_cast<unsigned char>(line[i]))) continue;
  }
  return std::string(trim(text, "\r"));
}

// `3/4`, at the beginning of `text`.
struct Place {
  int step = 0, of = 0;
  std::string_view rest;
};
std::optional<Place> place_in(std::string_view text) {
  Place place;
  const char* const end = text.data() + text.size();
  const auto step = std::from_chars(text.data(), end, place.step);
  if (step.ec != std::errc() || step.ptr == end || *step.ptr != '/') return std::nullopt;
  const auto of = std::from_chars(step.ptr + 1, end, place.of);
  if (of.ec != std::errc()) return std::nullopt;
  place.rest = text.substr(static_cast<std::size_t>(of.ptr - text.data()));
  return place;
}

// A line of a Dockerfile that is begun: `3/4 RUN make`; with BuildKit's number of it.
struct Begun {
  std::string id, text;
  int step = 0, of = 0;
};
std::optional<Begun> begun_in(std::string_view line) {
  for (const std::string_view word : {"Step ", "STEP "}) {
    if (!line.starts_with(word)) continue;
    const auto place = place_in(line.substr(word.size()));
    if (!place) return std::nullopt;
    return Begun{"", fmt::format("{}/{} {}", place->step, place->of, trim(place->rest, " :")), place->step, place->of};
  }
  // `#7 [3/3] RUN make`, `#9 [builder 2/4] COPY . .`
  if (!line.starts_with('#')) return std::nullopt;
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos || line.substr(blank + 1, 1) != "[") return std::nullopt;
  const auto close = line.find(']', blank);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view inside = line.substr(blank + 2, close - blank - 2);
  const auto place = place_in(inside.substr(inside.rfind(' ') + 1));
  if (!place || !place->rest.empty()) return std::nullopt;
  return Begun{std::string(line.substr(0, blank)), fmt::format("{} {}", inside, trim(line.substr(close + 1))),
               place->step, place->of};
}

// The registry, and not a line of the Dockerfile, is what failed.
bool is_base_image(std::string_view line) {
  for (const std::string_view part :
       {"pull access denied", "manifest unknown", "failed to resolve source metadata", "load metadata for",
        "Get \"https://", "Head \"https://", "initializing source docker://", "did not resolve to an alias",
        "unauthorized: authentication required", "toomanyrequests"})
    if (has(line, part)) return true;
  return has(line, "manifest for ") && has(line, " not found");
}

// Which of the last lines says why, when it is known from its shape.
std::string telling(const std::deque<std::string>& lines) {
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    if (!trim(*line).empty() && *line != "------") return *line;
  return "it said nothing";
}

class Reader {
 public:
  void hear(std::string_view raw) {
    const std::string line = plain(raw);
    if (line.empty() || line.starts_with("=cef ")) return;
    if (const auto begun = begun_in(line)) {
      current_ = begun->text;
      if (begun->id.empty())
        log_.steps = begun->of;
      else if (by_id_.emplace(begun->id, begun->text).second)
        log_.steps = static_cast<int>(by_id_.size());
    } else if (line.starts_with(" ---> Using cache") || line.starts_with("--> Using cache")) {
      ++log_.cached;
    } else if (line.starts_with('#')) {
      of_buildkit(line);
    }
    if (has(line, "o space left on device")) is_full_ = true;
    if (is_base_image(line) && !line.ends_with(':') && (!line.starts_with('#') || has(line, "ERROR"))) base_ = line;
    lines_.push_back(cut(line, longest_line));
    if (lines_.size() > last_lines) lines_.pop_front();
  }

  BuildLog end(bool failed) {
    log_.last.assign(lines_.begin(), lines_.end());
    if (!failed) return std::move(log_);
    log_.failing = failing_.empty() && by_id_.empty() ? current_ : failing_;
    log_.error = why();
    return std::move(log_);
  }

 private:
  void of_buildkit(const std::string& line) {
    const auto blank = line.find(' ');
    const auto known = by_id_.find(line.substr(0, blank));
    if (known == by_id_.end() || blank == std::string::npos) return;
    const std::string_view rest = std::string_view(line).substr(blank + 1);
    // The base image is no work that the cache spares.
    if (rest == "CACHED" && !has(known->second, " FROM ")) ++log_.cached;
    if (rest.starts_with("ERROR")) failing_ = known->second;
  }

  Error why() const {
    if (is_full_)
      return {Code::disk_full,
              fmt::format("the host's disk was full in the midst of the build{}",
                          log_.failing.empty() ? "" : ", at " + log_.failing),
              "make room there: cef docker prune removes what nothing uses"};
    if (!base_.empty())
      return {Code::docker_build_failed, fmt::format("the base image cannot be had: {}", base_),
              "check its name, and the host's way to its registry; or bring it there with docker load"};
    if (log_.failing.empty()) return {Code::docker_build_failed, telling(lines_), ""};
    return {Code::docker_build_failed, fmt::format("step {} failed: {}", log_.failing, telling(lines_)), ""};
  }

  BuildLog log_;
  std::map<std::string, std::string> by_id_;
  std::string current_, failing_, base_;
  bool is_full_ = false;
  std::deque<std::string> lines_;
};

}  // namespace

BuildLog read_build(std::string_view text, bool failed) {
  Reader reader;
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    reader.hear(line);
  }
  return reader.end(failed);
}

std::string build_progress(std::string_view line) {
  const auto begun = begun_in(plain(line));
  return begun ? fmt::format("step {}", cut(begun->text, 60)) : "";
}

}  // namespace cef::tasks::engines

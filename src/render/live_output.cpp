#include "table/style.hpp"

#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>
#include <cef/render/render.hpp>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace cef::render {

namespace {

constexpr std::size_t longest_line = 65536;

// Where `text` can be taken apart without cutting a character in two: its end, less an unfinished character.
std::size_t whole_characters(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) break;
    if (byte < 0xC0) continue;
    const std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return size > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

struct LiveOutput::State {
  struct Host {
    std::size_t number = 0;
    std::string pending[2];  // per stream: the line that has no end yet, or the beginning of a character
  };

  std::unordered_map<std::string, Host> hosts;
  bool alone = false, colour = false;
  bool escapes[2] = {false, false};  // per stream, as all that follows
  Writer writers[2];

  std::string prefix(const std::string& name, std::size_t number, bool escape) const {
    constexpr Ink inks[] = {Ink::cyan, Ink::magenta, Ink::blue, Ink::green, Ink::yellow};
    // Colour was asked for by standard output: it is nothing for an error stream that goes elsewhere.
    const bool coloured = colour && (escape || !escapes[0]);
    return paint((escape ? escape_controls(name) : name) + ":", inks[number % std::size(inks)], coloured) + ' ';
  }

  static void add_line(std::string& text, const std::string& prefix, std::string_view line, bool escape) {
    text += prefix;
    text += escape ? escape_controls(line) : std::string(line);
    text += '\n';
  }

  // Where the line at `start` ends, and where the next one begins; nothing while its end has not come. On a terminal a
  // carriage return is an end too: a progress bar shows as lines, and cannot overwrite what another host said.
  static std::optional<std::pair<std::size_t, std::size_t>> line_end(std::string_view text, std::size_t start,
                                                                     bool escape) {
    const std::size_t end = text.find_first_of(escape ? "\r\n" : "\n", start);
    if (end == std::string_view::npos) return std::nullopt;
    if (text[end] == '\n') return std::pair(end, end + 1);
    if (end + 1 == text.size()) return std::nullopt;  // a line feed may follow
    return std::pair(end, text[end + 1] == '\n' ? end + 2 : end + 1);
  }

  static std::string safe(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] != '\r')
        out += text[i];
      else if (i + 1 == text.size() || text[i + 1] != '\n')
        out += '\n';
    return escape_controls(out);
  }

  void pass(OutputStream stream, std::string& pending, std::string_view bytes) {
    const Writer& write = writers[stream == OutputStream::err];
    if (!escapes[stream == OutputStream::err]) return write(bytes);
    pending += bytes;
    std::size_t whole = whole_characters(pending);
    if (whole > 0 && pending[whole - 1] == '\r') --whole;  // a line feed may follow
    if (whole > 0) write(safe(pending.substr(0, whole)));
    pending.erase(0, whole);
  }

  void lines(const std::string& name, std::size_t number, OutputStream stream, std::string& pending,
             std::string_view bytes) {
    pending += bytes;
    const bool escape = escapes[stream == OutputStream::err];
    const std::string before = prefix(name, number, escape);
    std::string text;
    std::size_t done = 0;
    while (const auto end = line_end(pending, done, escape)) {
      add_line(text, before, std::string_view(pending).substr(done, end->first - done), escape);
      done = end->second;
    }
    while (pending.size() - done > longest_line) {
      const std::string_view rest = std::string_view(pending).substr(done, longest_line);
      const std::size_t whole = whole_characters(rest);
      add_line(text, before, rest.substr(0, whole), escape);
      done += whole;
    }
    pending.erase(0, done);
    if (!text.empty()) writers[stream == OutputStream::err](text);
  }
};

LiveOutput::LiveOutput(std::vector<std::string> hosts, Terminals terminals, bool colour, Writer out, Writer err)
    : state_(std::make_shared<State>()) {
  state_->alone = hosts.size() == 1;
  state_->escapes[0] = terminals.out;
  state_->escapes[1] = terminals.err;
  state_->colour = colour;
  state_->writers[0] = std::move(out);
  state_->writers[1] = std::move(err);
  for (std::string& host : hosts) {
    const std::size_t number = state_->hosts.size();
    state_->hosts[std::move(host)].number = number;
  }
}

void LiveOutput::write(std::string_view host, OutputStream stream, std::string_view bytes) {
  const std::string name(host);
  State::Host& entry = state_->hosts[name];
  std::string& pending = entry.pending[stream == OutputStream::err];
  if (state_->alone)
    state_->pass(stream, pending, bytes);
  else
    state_->lines(name, entry.number, stream, pending, bytes);
}

void LiveOutput::end(std::string_view host) {
  const std::string name(host);
  const auto it = state_->hosts.find(name);
  if (it == state_->hosts.end()) return;
  for (const OutputStream stream : {OutputStream::out, OutputStream::err}) {
    std::string rest = std::exchange(it->second.pending[stream == OutputStream::err], {});
    if (rest.empty()) continue;
    if (state_->alone)
      state_->writers[stream == OutputStream::err](State::safe(rest));
    else
      state_->lines(name, it->second.number, stream, rest, "\n");
  }
}

}  // namespace cef::render

#include <cef/core/secret.hpp>

#include <algorithm>
#include <cstring>
#include <string.h>  // NOLINT: explicit_bzero is not in <cstring>
#include <sys/prctl.h>
#include <utility>

namespace cef {

namespace {

constexpr std::size_t shortest_masked = 4;
constexpr std::size_t shortest_within_words = 8;
constexpr std::string_view mask_text = "********";

void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

std::uint32_t head_of(const char* bytes) {
  std::uint32_t head = 0;
  std::memcpy(&head, bytes, sizeof head);
  return head;
}

bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
}

// What host names and names of groups are made of.
bool is_of_name(char c) { return is_of_word(c) || c == '-' || c == '.'; }

// Whether `length` bytes from `at` on neither begin nor end within a word.
bool is_word(std::string_view text, std::size_t at, std::size_t length) {
  const std::size_t end = at + length;
  return (at == 0 || !is_of_word(text[at]) || !is_of_word(text[at - 1])) &&
         (end == text.size() || !is_of_word(text[end - 1]) || !is_of_word(text[end]));
}

// The name that `at` is in.
std::string_view name_at(std::string_view text, std::size_t at) {
  std::size_t begin = at, end = at;
  while (begin > 0 && is_of_name(text[begin - 1])) --begin;
  while (end < text.size() && is_of_name(text[end])) ++end;
  return text.substr(begin, end - begin);
}

// Sanitizers look into their own process as a debugger does, which this forbids too.
void leave_no_core_dump() {
#ifndef __SANITIZE_ADDRESS__
  static const int done = ::prctl(PR_SET_DUMPABLE, 0);
  (void)done;
#endif
}

}  // namespace

Secret::Secret(std::string text) : text_(std::move(text)) {
  leave_no_core_dump();
  wipe(text);
}

Secret::Secret(const Secret& other) = default;

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  wipe(text_);
  text_ = other.text_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(text_);
  text_ = std::move(other.text_);
  wipe(other.text_);
  return *this;
}

Secret::~Secret() { wipe(text_); }

Secrets::~Secrets() {
  for (auto& [head, secrets] : by_head_)
    for (std::string& secret : secrets) wipe(secret);
}

void Secrets::add(const Secret& added) {
  const std::string_view secret = added.reveal();
  if (secret.size() < shortest_masked) return;
  auto& secrets = by_head_[head_of(secret.data())];
  if (std::find(secrets.begin(), secrets.end(), secret) != secrets.end()) return;
  const auto shorter = std::find_if(secrets.begin(), secrets.end(),
                                    [&](const std::string& other) { return other.size() < secret.size(); });
  secrets.emplace(shorter, secret);
  heads_.set(head_of(secret.data()) & 0xffffU);
  longest_ = std::max(longest_, secret.size());
}

// The longest one that stands at `text`'s beginning; 0 if none does.
std::size_t Secrets::length_at(std::string_view text) const {
  if (text.size() < shortest_masked) return 0;
  const std::uint32_t head = head_of(text.data());
  if (!heads_[head & 0xffffU]) return 0;
  const auto found = by_head_.find(head);
  if (found == by_head_.end()) return 0;
  for (const std::string& secret : found->second)
    if (text.starts_with(secret)) return secret.size();
  return 0;
}

// Whether one begins with the whole of `text` and goes on.
bool Secrets::begins_with(std::string_view text) const {
  const auto goes_on = [&](const std::string& secret) {
    return secret.size() > text.size() && secret.starts_with(text);
  };
  if (text.size() >= shortest_masked) {
    const auto found = by_head_.find(head_of(text.data()));
    return found != by_head_.end() && std::any_of(found->second.begin(), found->second.end(), goes_on);
  }
  return std::any_of(by_head_.begin(), by_head_.end(),
                     [&](const auto& entry) { return goes_on(entry.second.front()); });
}

std::size_t Secrets::unfinished(std::string_view text) const {
  std::size_t length = std::min(longest_ - std::min<std::size_t>(longest_, 1), text.size());
  while (length > 0 && !begins_with(text.substr(text.size() - length))) --length;
  return length;
}

// How much of `text` from `at` on is to be masked; 0 if nothing.
std::size_t Secrets::masked_at(std::string_view text, std::size_t at, bool names_stay) const {
  const std::size_t length = length_at(text.substr(at));
  if (length == 0 || (length < shortest_within_words && !is_word(text, at, length))) return 0;
  return names_stay && visible_.contains(std::string(name_at(text, at))) ? 0 : length;
}

std::string Secrets::masked(std::string text, bool names_stay) const {
  if (empty()) return text;
  std::string out;
  std::size_t shown = 0;  // of the text, what has gone to `out`
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t length = masked_at(text, at, names_stay);
    if (length == 0) continue;
    // One that begins within another is masked with it: its end would tell of it.
    std::size_t end = at + length;
    for (std::size_t within = at + 1; within < end; ++within) {
      length = masked_at(text, within, names_stay);
      end = std::max(end, within + length);
    }
    out.append(text, shown, at - shown).append(mask_text);
    shown = end;
    at = end - 1;
  }
  if (shown == 0) return text;
  return out.append(text, shown);
}

std::string SecretFilter::pass(std::string_view bytes) {
  kept_ += bytes;
  std::string text = secrets_->mask(std::move(kept_));
  const std::size_t keep = secrets_->unfinished(text);
  kept_ = text.substr(text.size() - keep);
  text.resize(text.size() - keep);
  return text;
}

std::string SecretFilter::end() { return std::exchange(kept_, {}); }

}  // namespace cef

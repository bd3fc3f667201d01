#include <cef/core/secret.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace cef {

namespace {

constexpr std::size_t shortest_masked = 4;
constexpr std::string_view mask = "********";

// Longest first, so that a secret that holds another is masked whole.
struct LongestFirst {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  }
};

// Kept to the end of the process: what was printed by a host may be shown after the secret itself has gone.
std::set<std::string, LongestFirst>& known() {
  static std::set<std::string, LongestFirst> all;
  return all;
}

}  // namespace

Secret::Secret(std::string text) : text_(std::move(text)) {
  if (text_.size() >= shortest_masked) known().insert(text_);
}

std::string mask_secrets(std::string text) {
  for (const std::string& secret : known())
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + mask.size()))
      text.replace(at, secret.size(), mask);
  return text;
}

bool secrets_held() { return !known().empty(); }

std::string SecretFilter::pass(std::string_view bytes) {
  kept_ += bytes;
  std::string text = mask_secrets(std::move(kept_));
  // The longest end of the text with which some secret begins.
  std::size_t keep = 0;
  for (const std::string& secret : known())
    for (std::size_t size = std::min(secret.size() - 1, text.size()); size > keep; --size)
      if (text.compare(text.size() - size, size, secret, 0, size) == 0) keep = size;
  kept_ = text.substr(text.size() - keep);
  text.resize(text.size() - keep);
  return text;
}

std::string SecretFilter::end() { return std::exchange(kept_, {}); }

}  // namespace cef

// A password or passphrase, and the secrets of a run: masked wherever a text that holds one would be shown.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cef {

/// Its memory is wiped when it goes, and once there is one this process leaves no core dump behind.
class Secret {
 public:
  explicit Secret(std::string text);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The secret itself, for the one call that needs it: never into an argv, an environment, a log or an output.
  std::string_view reveal() const { return text_; }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

/// What is masked in one run. They are wiped when this goes, and not before: what a host printed may be shown after the
/// secret itself has gone. Found by their first bytes, so that a look through a text costs the same for one and for a
/// thousand: those of all hosts are looked for in what each says, for one host may well tell another's.
class Secrets {
 public:
  Secrets() = default;
  ~Secrets();
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;

  /// One of fewer than 4 bytes is passed over: it would mangle ordinary words.
  void add(const Secret& secret);
  /// The name of a host or a group: in a message that stands for itself, whatever a password is.
  void keep_visible(const std::string& name) { visible_.insert(name); }
  bool empty() const { return by_head_.empty(); }

  /// `text` with every secret replaced by `********`: for what hosts say. One shorter than 8 bytes is masked as a whole
  /// word only.
  std::string mask(std::string text) const { return masked(std::move(text), false); }
  /// The same for what cef says itself, where names that are kept visible stay.
  std::string mask_message(std::string text) const { return masked(std::move(text), true); }

  /// How many bytes of `text`'s end a secret may begin with that has not come yet.
  std::size_t unfinished(std::string_view text) const;

 private:
  std::size_t length_at(std::string_view text) const;
  std::size_t masked_at(std::string_view text, std::size_t at, bool names_stay) const;
  std::string masked(std::string text, bool names_stay) const;
  bool begins_with(std::string_view text) const;

  std::unordered_map<std::uint32_t, std::vector<std::string>> by_head_;  // the longest first
  std::bitset<0x10000> heads_;  // by two of the bytes: most of a text is neither
  std::size_t longest_ = 0;
  std::unordered_set<std::string> visible_;
};

/// Masks a text that comes in pieces: what may be the beginning of a secret is kept back until it is told from one.
class SecretFilter {
 public:
  explicit SecretFilter(const Secrets& secrets) : secrets_(&secrets) {}
  /// What can be shown by now.
  std::string pass(std::string_view bytes);
  /// The text ends here: what was kept back.
  std::string end();

 private:
  const Secrets* secrets_;
  std::string kept_;
};

}  // namespace cef

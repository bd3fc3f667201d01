// A password or passphrase: masked wherever a text that holds it would be shown.
#pragma once

#include <string>
#include <string_view>

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

/// `text` with every secret that this process has held replaced by `********`: for what hosts say. Those shorter than 4
/// bytes are left, for they would mangle ordinary words; those shorter than 8 are masked as whole words only.
std::string mask_secrets(std::string text);
/// The same for what cef says itself: there the name of a host or a group stands for that, whatever a password is.
std::string mask_message(std::string text);
/// Those names.
void keep_visible(const std::string& name);
/// Whether there is anything to mask.
bool secrets_held();
/// Whether a secret stands somewhere in these bytes, be it within a word.
bool may_hold_secret(std::string_view bytes);

/// Masks a text that comes in pieces: what may be the beginning of a secret is kept back until it is told from one.
class SecretFilter {
 public:
  /// What can be shown by now.
  std::string pass(std::string_view bytes);
  /// The text ends here: what was kept back.
  std::string end();

 private:
  std::string kept_;
};

}  // namespace cef

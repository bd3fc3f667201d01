// A password or passphrase: masked wherever a text that holds it would be shown.
#pragma once

#include <string>
#include <string_view>

namespace cef {

/// Its memory is wiped when it goes.
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

/// `text` with every secret that this process has held replaced by `********`; those shorter than 4 bytes are left, for
/// they would mangle ordinary words.
std::string mask_secrets(std::string text);
/// Whether there is anything to mask.
bool secrets_held();

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

#include "login_trace.hpp"

#include <fmt/format.h>

namespace cef::cli {

void LoginTrace::operator()(const std::string& host, bool is_proof, std::string_view text) {
  if (stages_) return tell_(fmt::format("{}: {}\n", host, text));
  if (!is_proof) return;
  std::string& line = proofs_[host];
  line += fmt::format("{}{}", line.empty() ? host + ": " : "; ", text);
  if (!text.starts_with("logged in")) return;
  tell_(line + '\n');
  proofs_.erase(host);
}

}  // namespace cef::cli

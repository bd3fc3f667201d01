// What -v and -vv tell of each login on standard error: by what it was made, or each of its stages as it happens.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cef::cli {

class LoginTrace {
 public:
  /// `stages`: a line for each; otherwise one for each login, when it is made. `tell` gets whole lines.
  LoginTrace(bool stages, std::function<void(std::string_view)> tell) : stages_(stages), tell_(std::move(tell)) {}

  /// As transport::Trace.
  void operator()(const std::string& host, bool is_proof, std::string_view text);

 private:
  bool stages_;
  std::function<void(std::string_view)> tell_;
  std::map<std::string, std::string> proofs_;  // of logins under way, by host
};

}  // namespace cef::cli

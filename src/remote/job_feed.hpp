// What a host says of a job (supervisor_script.hpp), heard piece by piece, over one connection or several. It knows no
// SSH: whoever follows a job gives it bytes, and looks at how far it has come.
#pragma once

#include "supervisor_script.hpp"

#include <cef/core/error.hpp>
#include <cef/core/result.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

class JobFeed {
 public:
  enum class End {
    none,
    done,     // rc() is known
    lost,     // why()
    running,  // and nobody waits
    refused,  // why()
  };
  using OnOutput = std::function<void(bool is_stderr, std::string_view bytes)>;

  /// More output than `limit` bytes is not kept. `on_output`, which may be empty, is told what is kept.
  JobFeed(std::string id, std::size_t limit, OnOutput on_output);

  /// Another connection: what comes next begins anew, behind what a login shell says.
  void connect();
  void hear(std::string_view bytes);

  End end() const { return end_; }
  /// Whether the host has answered on this connection.
  bool answered() const { return answered_; }
  /// Whether the command is known to have been started.
  bool begun() const { return begun_; }
  const LogPlace& place() const { return place_; }
  int rc() const { return rc_; }
  const std::string& why() const { return why_; }
  bool over_limit() const { return over_limit_; }
  bool incomplete() const { return incomplete_; }
  bool killed() const { return killed_; }
  bool ends_with_login() const { return ends_with_login_; }
  /// Bytes heard in all.
  std::size_t heard() const { return heard_; }
  /// A line that has no meaning, and after which nothing is heard; or nothing.
  const std::optional<std::string>& nonsense() const { return nonsense_; }

  std::string out, err;  // what was kept; the owner may take it

 private:
  void begin_frame(bool is_stderr, std::string_view digits, std::string_view line);
  void take(std::string_view& bytes);
  void read(std::string_view line);
  void look_for_mark(std::string_view line);

  const std::string id_;
  const std::size_t limit_;
  const OnOutput on_output_;
  std::string line_, boot_, why_;
  LogPlace place_;
  std::uint64_t frame_ = 0;  // bytes that are still to come
  std::size_t kept_ = 0, heard_ = 0, noise_ = 0;
  bool frame_is_stderr_ = false;
  End end_ = End::none;
  int rc_ = -1;
  bool answered_ = false, begun_ = false, over_limit_ = false, incomplete_ = false, killed_ = false;
  bool ends_with_login_ = false, rebooted_ = false;
  std::optional<std::string> nonsense_;
};

/// The answer to list_line(id) and clean_line(). Errors: unexpected_output.
Result<std::vector<JobEntry>> read_entries(std::string_view text, std::string_view id);
/// The line behind the mark of kill_line(id): `k` or `l WHY`. Errors: unexpected_output.
Result<std::string> read_answer(std::string_view text, std::string_view id);

}  // namespace cef::remote

#include "limits.hpp"

#include "app.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cef::cli {

namespace {
constexpr std::size_t least_files = 40;  // streams, loop, signals, journal, and a session with its jump host
}  // namespace

Result<runner::Share> parse_share(std::string_view text, std::string_view option, long least) {
  runner::Share share;
  share.percent = text.ends_with('%');
  const std::string_view digits = text.substr(0, text.size() - (share.percent ? 1 : 0));
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, share.value, std::chars_format::fixed);
  const bool number = error == std::errc() && end == last && (share.percent || digits.find('.') == digits.npos);
  const bool in_range = share.percent ? share.value <= 100 && (share.value > 0 || (least == 0 && share.value == 0))
                                      : share.value >= static_cast<double>(least) && share.value <= 1e6;
  if (number && in_range) return share;
  return Unexpected(Error{Code::usage, fmt::format("{}: '{}' is not a number of hosts or a percentage", option, text),
                          least == 0 ? "write 3 or 25%" : "write 3, 25%, or several: 1,10%,100%"});
}

Result<runner::Limits> limits_of(const Options& options, const inventory::Inventory& inventory,
                                 const std::vector<std::size_t>& hosts) {
  runner::Limits limits;
  const auto forks = options.number("forks");
  if (!forks) return Unexpected(forks.error());
  const auto handshakes = options.number("handshakes");
  if (!handshakes) return Unexpected(handshakes.error());
  const auto per_site = options.number("logins-per-site");
  if (!per_site) return Unexpected(per_site.error());
  const auto retries = options.number("retries");
  if (!retries) return Unexpected(retries.error());
  if (*forks) limits.forks = static_cast<std::size_t>(**forks);
  if (!options.is_forced("forks")) {
    // Several hosts may each ask for care; the most careful one decides.
    for (const std::size_t index : hosts)
      if (const auto& own = inventory.hosts()[index].settings.forks; own && *own > 0)
        limits.forks = std::min(limits.forks, static_cast<std::size_t>(*own));
  }
  if (*handshakes) limits.logins = static_cast<std::size_t>(**handshakes);
  if (*per_site) limits.logins_per_site = static_cast<std::size_t>(**per_site);
  if (*retries) limits.retries = static_cast<int>(**retries);
  if (const auto text = options.text("max-fail")) {
    const auto share = parse_share(*text, options.find("max-fail")->name, 0);
    if (!share) return Unexpected(share.error());
    limits.max_fail = *share;
  }
  for (const std::string& text : options.list("serial")) {
    const auto share = parse_share(text, options.find("serial")->name, 1);
    if (!share) return Unexpected(share.error());
    limits.serial.push_back(*share);
  }
  const std::size_t room = runner::raise_descriptor_limit(), files = runner::descriptor_limit();
  if (files < least_files)
    return Unexpected(Error{Code::io_failed,
                            fmt::format("only {} files may be open at once here, too few for a login", files),
                            "raise the limit: ulimit -n 1024"});
  limits.sessions = std::max(limits.forks, limits.sessions);
  if (limits.sessions > room) limits.sessions = room;
  if (std::min(limits.forks, hosts.size()) > room) {
    warn(fmt::format("only {} files may be open at once here: working on {} hosts at a time instead of {} (ulimit -n)",
                     files, room, limits.forks));
    limits.forks = room;
  }
  return limits;
}

}  // namespace cef::cli

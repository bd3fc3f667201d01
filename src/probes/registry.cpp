#include "registry.hpp"

#include <cef/core/shell.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::probes {

namespace {
constexpr const Probe* probes[] = {
#define PROBE(name) &(name),
#include "probes.def"
#undef PROBE
};
constexpr std::string_view begin_mark = "=cef begin=", end_mark = "=cef end=";

// sbin is not in the path of a user's non-login shell. A file may be there and still not be readable (a sensor that
// does not answer), hence the braces: they keep the shell's complaint away. dash's echo obeys backslashes: what the
// host named is said by printf. A command that hangs in `limit` is killed, and its status is above 128.
constexpr std::string_view helpers = R"(LC_ALL=C; PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH
get() { v=; [ -r "$1" ] && { read -r v <"$1"; } 2>/dev/null; [ -n "$v" ] || v=-; }
say() { printf "%s\n" "$1"; }
limit() { _n=$1; shift; "$@" </dev/null & child=$!
{ _i=0; while [ $_i -lt $_n ]; do sleep 1; kill -0 $child || exit; _i=$((_i+1)); done; kill -9 $child; } >/dev/null </dev/null &
_c=$!; wait $child; _s=$?; kill $_c; wait $_c; return $_s; } 2>/dev/null
)";
}  // namespace

std::span<const Probe* const> all() { return probes; }

const Probe* find(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(probes), std::end(probes), [&](const Probe* p) { return p->name == name; });
  return found == std::end(probes) ? nullptr : *found;
}

const Metrics& all_metrics() {
  static const Metrics list = [] {
    Metrics every;
    for (const Probe* probe : probes)
      for (Metric& metric : probe->metrics()) every.push_back(std::move(metric));
    return every;
  }();
  return list;
}

std::string framed_command_line(std::string_view script) {
  return "exec /bin/sh -c " +
         shell_quote(fmt::format("{}echo \"{}\"; {}\necho; echo \"{}\"", helpers, begin_mark, script, end_mark));
}

std::string command_line(const Probe& probe) {
  std::string script = fmt::format("run() {{ \"$@\"; }}\n{}", probe.script);
  if (!probe.sample.empty())
    script += fmt::format("\necho; echo =first=; {0}\n{1}\necho; echo =second=; {0}", probe.sample, pause);
  return framed_command_line(script);
}

Result<std::string_view> framed(std::string_view output) {
  const auto begin = output.find(begin_mark);
  if (begin == std::string_view::npos)
    return Unexpected(Error{Code::unexpected_output, "the host printed something else than was asked for", ""});
  output.remove_prefix(begin + begin_mark.size());
  const auto end = output.rfind(end_mark);
  if (end == std::string_view::npos)
    return Unexpected(Error{Code::unexpected_output, "what the host printed is cut short", ""});
  return output.substr(0, end);
}

}  // namespace cef::probes

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
  // sbin is not in the path of a user's non-login shell. A file may be there and still not be readable (a sensor that
  // does not answer), hence the braces: they keep the shell's complaint away.
  return "exec /bin/sh -c " +
         shell_quote(fmt::format("LC_ALL=C; PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH\n"
                                 "get() {{ v=; [ -r \"$1\" ] && {{ read -r v <\"$1\"; }} 2>/dev/null; "
                                 "[ -n \"$v\" ] || v=-; }}\n"
                                 "echo \"{}\"; {}\necho; echo \"{}\"",
                                 begin_mark, script, end_mark));
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

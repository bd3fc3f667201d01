#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <sstream>

namespace cef::tasks {

namespace reboot_parts {
namespace {

constexpr const char* script = R"sh(
echo "=cef boot $(cat /proc/sys/kernel/random/boot_id)"
if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then echo "=cef required"; fi
)sh";

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "if-required", .help = "only hosts that want it (/run/reboot-required)", .kind = Kind::flag},
    {.name = "include-local", .help = "the machine that cef runs on too, last of all", .kind = Kind::flag}};

Columns columns() {
  return {{"down", "data.down_s", Unit::seconds, Align::right, "until it answered again"},
          {"required", "data.required", Unit::none, Align::left, "whether it had asked for a reboot"},
          {"boot before", "data.boot_id_before", Unit::none, Align::left, "the boot's id", true},
          {"boot after", "data.boot_id_after", Unit::none, Align::left, "and after", true}};
}

Course reboot_course(Arguments arguments) {
  Verdict verdict;
  Step step;
  step.what = Script{script, {}, ""};
  StepResult ran = co_yield std::move(step);
  std::string before;
  bool required = false;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=cef boot ")) before = line.substr(10);
    if (line == "=cef required") required = true;
  }
  verdict.data["boot_id_before"] = before;
  verdict.data["boot_id_after"] = before;
  verdict.data["down_s"] = nullptr;
  verdict.data["required"] = required;
  if (ran.error || before.empty()) {
    verdict.error = ran.error ? ran.error
                              : Error{Code::command_failed,
                                      fmt::format("it does not tell its boot id: {}", first_line(ran.err)), ""};
    co_return verdict;
  }
  if (!required && arguments.params.value("if-required", false)) co_return verdict;
  verdict.status = Status::changed;
  if (arguments.check) co_return verdict;

  Step again;
  again.what = Reboot{.local_too = arguments.params.value("include-local", false)};
  again.become = arguments.become;
  ran = co_yield std::move(again);
  if (!ran.error && ran.status != 0)
    ran.error = Error{Code::command_failed, fmt::format("it does not reboot: {}", first_line(ran.err)),
                      "look at what the user may do with sudo"};
  verdict.error = ran.error;
  std::istringstream words(ran.out);
  std::string after;
  double down = 0;
  if (words >> after) verdict.data["boot_id_after"] = after;
  if (words >> down) verdict.data["down_s"] = down;
  if (!ran.error && after.empty())
    verdict.data["boot_id_after"] = nullptr;  // this machine's own: nobody is left to ask
  co_return verdict;
}

}  // namespace
}  // namespace reboot_parts

constinit const Task reboot{
    .name = "reboot",
    .summary = "reboot each host, and wait until it is back as another boot",
    .params = reboot_parts::params,
    .columns = reboot_parts::columns,
    .course = reboot_parts::reboot_course,
};

}  // namespace cef::tasks

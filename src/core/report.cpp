#include <cef/core/report.hpp>

#include <algorithm>
#include <utility>

namespace cef {

namespace {
constexpr std::pair<Status, std::string_view> names[] = {
    {Status::ok, "ok"},           {Status::changed, "changed"},
    {Status::failed, "failed"},   {Status::unreachable, "unreachable"},
    {Status::skipped, "skipped"},
};
}  // namespace

std::string_view name_of(Status status) {
  for (const auto& [value, name] : names)
    if (value == status) return name;
  return "failed";
}

std::optional<Status> status_from(std::string_view text) {
  for (const auto& [value, name] : names)
    if (name == text) return value;
  return std::nullopt;
}

HostResult failure(std::string host, std::vector<std::string> groups, Error error) {
  HostResult result;
  result.host = std::move(host);
  result.groups = std::move(groups);
  result.status = is_unreachable(error.code) ? Status::unreachable : Status::failed;
  result.error = std::move(error);
  return result;
}

bool is_violated(const HostResult& result) {
  return std::ranges::any_of(result.checks, [](const Check& check) { return !check.holds; });
}

void mask(const Secrets& secrets, Value& value) {
  if (secrets.empty()) return;
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    text = secrets.mask(std::move(text));
  } else if (value.is_structured()) {
    for (Value& item : value) mask(secrets, item);
  }
}

void mask(const Secrets& secrets, HostResult& result) {
  if (secrets.empty()) return;
  mask(secrets, result.data);
  for (Check& check : result.checks) {  // of a list whose elements the host has named
    check.metric = secrets.mask(std::move(check.metric));
    check.error = secrets.mask(std::move(check.error));
  }
  if (!result.error) return;
  result.error->message = secrets.mask_message(std::move(result.error->message));
  result.error->hint = secrets.mask_message(std::move(result.error->hint));
}

Summary summarise(const Report& report) {
  Summary sum;
  for (const HostResult& result : report.results) {
    ++sum.hosts;
    if (is_violated(result)) ++sum.violated;
    switch (result.status) {
      case Status::ok:
        ++sum.ok;
        break;
      case Status::changed:
        ++sum.changed;
        break;
      case Status::failed:
        ++sum.failed;
        break;
      case Status::unreachable:
        ++sum.unreachable;
        break;
      case Status::skipped:
        ++sum.skipped;
        break;
    }
  }
  return sum;
}

}  // namespace cef

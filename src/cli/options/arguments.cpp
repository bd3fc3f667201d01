#include "arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

const Param& Arguments::param(std::string_view name) const {
  static constexpr Param none{};
  const auto known = std::ranges::find(params_, name, &Param::name);
  return known == params_.end() ? none : *known;
}

void Arguments::set(std::string_view name, std::string text) {
  std::string& given = given_[std::string(name)];
  const auto known = std::ranges::find(params_, name, &Param::name);
  const bool more = known != params_.end() && known->is_several() && !given.empty();
  given = more ? given + (known->is_path() ? '\n' : ',') + text : std::move(text);
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  std::vector<std::string> all;
  const std::string whole = text(name).value_or("");
  const char separator = param(name).is_path() ? '\n' : ',';
  for (std::size_t begin = 0; begin < whole.size();) {
    const std::size_t end = std::min(whole.find(separator, begin), whole.size());
    if (end > begin) all.push_back(whole.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

Result<void> Arguments::check() const {
  for (const auto& [name, text] : given_) {
    const auto known = std::ranges::find(params_, name, &Param::name);
    const std::string option = fmt::format("--{}", name);
    if (known == params_.end()) return Unexpected(Error{Code::usage, fmt::format("there is no {} here", option), ""});
    if (!known->has_value()) continue;
    if (auto right = cef::check(*known, option, text); !right) return right;
  }
  return {};
}

std::optional<std::string> Arguments::text(std::string_view name) const {
  if (const auto given = given_.find(name); given != given_.end()) return given->second;
  const std::string_view otherwise = param(name).otherwise;
  return otherwise.empty() ? std::nullopt : std::optional<std::string>(otherwise);
}

std::optional<std::int64_t> Arguments::number(std::string_view name) const {
  const auto value = text(name);
  return value ? std::optional(*read_number(param(name), name, *value)) : std::nullopt;
}

std::optional<Milliseconds> Arguments::duration(std::string_view name) const {
  const auto value = text(name);
  return value ? std::optional(*read_duration(param(name), name, *value)) : std::nullopt;
}

std::optional<std::int64_t> Arguments::size(std::string_view name) const {
  const auto value = text(name);
  return value ? std::optional(*read_size(param(name), name, *value)) : std::nullopt;
}

}  // namespace cef::cli

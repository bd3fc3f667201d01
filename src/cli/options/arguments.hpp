// A verb's own options: what was given of them, read by the verb's table.
#pragma once

#include <cef/core/param.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cef::cli {

class Arguments {
 public:
  Arguments() = default;
  /// `params` are used until this goes.
  explicit Arguments(std::span<const Param> params) : params_(params) {}

  /// One that may be repeated keeps all its texts: paths in lines of their own, lists between commas.
  void set(std::string_view name, std::string text);
  /// Errors: usage, for a text that is not what its param asks for, and for a name that there is not.
  Result<void> check() const;

  /// As they were given, by name.
  const std::map<std::string, std::string, std::less<>>& given() const { return given_; }
  bool has(std::string_view name) const { return given_.contains(name); }

  // The text that was given, or what the table has for otherwise; nothing where that has nothing either, or no such
  // param at all. Of params of that kind, after check().
  std::optional<std::string> text(std::string_view name) const;
  /// Of one that may be repeated.
  std::vector<std::string> texts(std::string_view name) const;
  std::optional<std::int64_t> number(std::string_view name) const;
  std::optional<Milliseconds> duration(std::string_view name) const;
  std::optional<std::int64_t> size(std::string_view name) const;

 private:
  const Param& param(std::string_view name) const;

  std::span<const Param> params_;
  std::map<std::string, std::string, std::less<>> given_;
};

}  // namespace cef::cli

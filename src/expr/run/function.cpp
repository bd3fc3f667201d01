#include "run/function.hpp"

#include "run/run.hpp"
#include "value/operators.hpp"

#include <cef/core/suggest.hpp>

namespace cef::expr {

namespace {

struct Parameters {
  struct One {
    std::string_view name;
    bool optional = false;
    bool may_be_undefined = false;
  };
  std::vector<One> all;
  bool rest = false;
  bool named = false;
};

Parameters parse(std::string_view text) {
  Parameters parameters;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word == "*") {
      parameters.rest = true;
    } else if (word == "**") {
      parameters.named = true;
    } else {
      Parameters::One one;
      if (word.ends_with('~')) one.may_be_undefined = true, word.remove_suffix(1);
      if (word.ends_with('?')) one.optional = true, word.remove_suffix(1);
      one.name = word;
      parameters.all.push_back(one);
    }
  }
  return parameters;
}

void take_named(Call& call, const Parameters& parameters, Named named) {
  for (auto& [key, value] : named) {
    std::size_t i = 0;
    while (i < parameters.all.size() && parameters.all[i].name != key) ++i;
    if (i == parameters.all.size()) {
      if (!parameters.named) {
        std::vector<std::string> names;
        for (const auto& one : parameters.all) names.emplace_back(one.name);
        const auto near = nearest(key, names);
        fail("{} has no parameter '{}'{}", call.function.name, key,
             near ? fmt::format("; did you mean '{}'?", *near) : "");
      }
      call.named.emplace_back(std::move(key), std::move(value));
      continue;
    }
    if (call.slots[i].given()) fail("{} got two values for '{}'", call.function.name, key);
    call.slots[i] = std::move(value);
  }
}

}  // namespace

Any apply(Run& run, const Function& function, Items positional, Named named) {
  const Parameters parameters = parse(function.parameters);
  Call call{run, run.budget(), function};
  call.slots.resize(parameters.all.size());
  const std::size_t plain = std::min(positional.size(), parameters.all.size());
  if (positional.size() > plain && !parameters.rest) fail("{} got more arguments than it takes", function.name);
  for (std::size_t i = 0; i < plain; ++i) call.slots[i] = std::move(positional[i]);
  for (std::size_t i = plain; i < positional.size(); ++i) call.rest.push_back(std::move(positional[i]));
  take_named(call, parameters, std::move(named));
  for (std::size_t i = 0; i < parameters.all.size(); ++i) {
    const auto& one = parameters.all[i];
    if (!call.slots[i].given() && !one.optional) fail("{} needs an argument '{}'", function.name, one.name);
    if (!one.may_be_undefined) require_defined(call.slots[i]);
  }
  return function.run(call);
}

std::string Call::text(std::size_t i) const {
  if (slots[i].is_text()) return slots[i].text();
  if (slots[i].soft()) return text_of(slots[i], budget);
  fail("{} expects a text, not {} ('{}')", function.name, shown(slots[i], budget), type_name(slots[i]));
}

std::int64_t Call::whole(std::size_t i) const {
  if (!slots[i].whole())
    fail("{} expects a whole number, not {} ('{}')", function.name, shown(slots[i], budget), type_name(slots[i]));
  return slots[i].whole_number();
}

double Call::real(std::size_t i) const {
  if (!slots[i].number())
    fail("{} can only be used on numbers, not on {} ('{}')", function.name, shown(slots[i], budget),
         type_name(slots[i]));
  return slots[i].real_number();
}

bool Call::flag(std::size_t i, bool otherwise) const { return has(i) ? truth(slots[i]) : otherwise; }

Items Call::items(std::size_t i) const { return iterate(slots[i], budget); }

Dict& Call::dict(std::size_t i) const {
  if (!slots[i].is_dict())
    fail("{} expects a mapping, not {} ('{}')", function.name, shown(slots[i], budget), type_name(slots[i]));
  return slots[i].dict();
}

}  // namespace cef::expr

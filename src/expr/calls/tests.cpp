// What follows `is`, but for versions.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "regex/pattern.hpp"
#include "run/run.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <algorithm>

namespace cef::expr {

namespace tests_parts {
namespace {

Any defined(Call& call) { return !call[0].undefined(); }
Any undefined(Call& call) { return call[0].undefined(); }
Any none(Call& call) { return call[0].none(); }
Any boolean(Call& call) { return call[0].boolean(); }
Any is_true(Call& call) { return call[0].boolean() && call[0].flag(); }
Any is_false(Call& call) { return call[0].boolean() && !call[0].flag(); }
Any integer(Call& call) { return call[0].integer(); }
Any real(Call& call) { return call[0].real(); }
Any number(Call& call) { return call[0].number(); }
Any string(Call& call) { return call[0].is_text(); }
Any mapping(Call& call) { return call[0].is_dict(); }
Any sequence(Call& call) { return call[0].is_list() || call[0].is_dict() || call[0].is_text(); }
Any callable(Call& call) { return call[0].is(Any::Kind::object) && call[0].object()->callable(); }

Any sameas(Call& call) {
  if (const void* identity = call[0].identity()) return identity == call[1].identity();
  return call[0].kind() == call[1].kind() && equal(call[0], call[1], call.budget);
}

Any odd(Call& call) { return !equal(modulo(call[0], 2, call.budget), 0, call.budget); }
Any even(Call& call) { return equal(modulo(call[0], 2, call.budget), 0, call.budget); }
Any divisibleby(Call& call) { return equal(modulo(call[0], call[1], call.budget), 0, call.budget); }
Any in(Call& call) { return contains(call[1], call[0], call.budget); }
Any eq(Call& call) { return equal(call[0], call[1], call.budget); }
Any ne(Call& call) { return !equal(call[0], call[1], call.budget); }
Any lt(Call& call) { return order(call[0], call[1], call.budget, "<") < 0; }
Any le(Call& call) { return order(call[0], call[1], call.budget, "<=") <= 0; }
Any gt(Call& call) { return order(call[0], call[1], call.budget, ">") > 0; }
Any ge(Call& call) { return order(call[0], call[1], call.budget, ">=") >= 0; }
Any is_filter(Call& call) { return find_filter(call.text(0)) != nullptr; }
Any is_test(Call& call) { return find_test(call.text(0)) != nullptr; }

// Ansible's words for true and false, where `convert_bool` asks for them.
bool truthiness(const Call& call) {
  const Any& value = call[0];
  if (call.flag(1) && (value.is_text() || value.number())) {
    const std::string text = lower_case(value.is_text() ? std::string(strip(value.text())) : call.any_text(0));
    for (const char* word : {"yes", "on", "1", "true", "1.0", "t", "y"})
      if (text == word) return true;
    for (const char* word : {"no", "off", "0", "false", "0.0", "f", "n"})
      if (text == word) return false;
  }
  return truth(value);
}
Any truthy(Call& call) { return truthiness(call); }
Any falsy(Call& call) { return !truthiness(call); }

// Of what a task registered.
bool field(const Call& call, std::string_view name) {
  if (!call[0].is_dict()) fail("The '{}' test expects a dictionary", call.function.name);
  const Any* found = call[0].dict().find(name);
  return found && truth(*found);
}

Any failed(Call& call) { return field(call, "failed"); }
Any succeeded(Call& call) { return !field(call, "failed"); }
Any unreachable(Call& call) { return field(call, "unreachable"); }
Any reachable(Call& call) { return !field(call, "unreachable"); }
Any skipped(Call& call) { return field(call, "skipped"); }

Any changed(Call& call) {
  if (!call[0].is_dict()) fail("The 'changed' test expects a dictionary");
  if (call[0].dict().find("changed")) return field(call, "changed");
  const Any* results = call[0].dict().find("results");
  if (!results || !results->is_list()) return false;
  const Items& all = results->list().items();
  return std::any_of(all.begin(), all.end(), [](const Any& each) {
    const Any* one = each.is_dict() ? each.dict().find("changed") : nullptr;
    return one && truth(*one);
  });
}

// Of a task in the background; any other one has both behind it.
Any finished(Call& call) {
  if (!call[0].is_dict()) fail("The '{}' test expects a dictionary", call.function.name);
  const Any* found = call[0].dict().find(call.function.name);
  return !found || equal(*found, 1, call.budget);
}

Any contains_test(Call& call) { return contains(call[0], call[1], call.budget); }

bool all_in(const Any& these, const Any& those, Budget& budget) {
  Dict set;
  for (const Any& each : iterate(those, budget)) set.set(each, nullptr);
  const Items all = iterate(these, budget);
  return std::all_of(all.begin(), all.end(), [&](const Any& each) {
    budget.step();
    return set.find(each) || (each.soft() && set.find(text_of(each, budget)));
  });
}

Any subset(Call& call) { return all_in(call[0], call[1], call.budget); }
Any superset(Call& call) { return all_in(call[1], call[0], call.budget); }

Any any(Call& call) {
  const Items items = call.items(0);
  return std::any_of(items.begin(), items.end(), truth);
}

Any all(Call& call) {
  const Items items = call.items(0);
  return std::all_of(items.begin(), items.end(), truth);
}

bool matches(const Call& call, Pattern::Where where) {
  const std::string text = call.any_text(0);
  const Pattern pattern(call.text(1, ""), call.flag(2), call.flag(3));
  return pattern.find(text, where).has_value();
}

Any match(Call& call) { return matches(call, Pattern::Where::at_start); }
Any search(Call& call) { return matches(call, Pattern::Where::anywhere); }

Any regex(Call& call) {
  const std::string type = call.text(4, "search");
  if (type == "match") return match(call);
  if (type == "fullmatch") return matches(call, Pattern::Where::whole);
  return search(call);
}

Any lower(Call& call) {
  const std::string text = call.any_text(0);
  return lower_case(text) == text && upper_case(text) != text;
}

Any upper(Call& call) {
  const std::string text = call.any_text(0);
  return upper_case(text) == text && lower_case(text) != text;
}

Any nan(Call& call) { return call[0].real() && call[0].real_number() != call[0].real_number(); }

bool has_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && colon > 0;
}
Any is_uri(Call& call) { return has_scheme(call.text(0)); }
Any is_url(Call& call) { return has_scheme(call.text(0)) && call.text(0).find("://") != std::string::npos; }
Any is_urn(Call& call) { return call.text(0).starts_with("urn:"); }

Any is_abs(Call& call) { return call.text(0).starts_with("/"); }

// A text that is still encrypted never gets here: files are decrypted when they are read.
Any vault_encrypted(Call&) { return false; }

constexpr Function value_table[] = {
    {"defined", defined, "value~"},
    {"undefined", undefined, "value~"},
    {"none", none, "value"},
    {"boolean", boolean, "value"},
    {"true", is_true, "value"},
    {"false", is_false, "value"},
    {"integer", integer, "value"},
    {"float", real, "value"},
    {"number", number, "value"},
    {"string", string, "value~"},
    {"mapping", mapping, "value~"},
    {"sequence", sequence, "value~"},
    {"iterable", sequence, "value~"},
    {"callable", callable, "value~"},
    {"sameas", sameas, "value~ other~"},
    {"odd", odd, "value"},
    {"even", even, "value"},
    {"divisibleby", divisibleby, "value num"},
    {"in", in, "value seq"},
    {"eq", eq, "value other"},
    {"equalto", eq, "value other"},
    {"==", eq, "value other"},
    {"ne", ne, "value other"},
    {"!=", ne, "value other"},
    {"lt", lt, "value other"},
    {"lessthan", lt, "value other"},
    {"<", lt, "value other"},
    {"le", le, "value other"},
    {"<=", le, "value other"},
    {"gt", gt, "value other"},
    {"greaterthan", gt, "value other"},
    {">", gt, "value other"},
    {"ge", ge, "value other"},
    {">=", ge, "value other"},
    {"truthy", truthy, "value convert_bool?"},
    {"falsy", falsy, "value convert_bool?"},
    {"filter", is_filter, "value"},
    {"test", is_test, "value"},
    {"nan", nan, "value"},
    {"isnan", nan, "value"},
    {"vault_encrypted", vault_encrypted, "value"},
};

constexpr Function result_table[] = {
    {"failed", failed, "result"},       {"failure", failed, "result"},       {"succeeded", succeeded, "result"},
    {"success", succeeded, "result"},   {"successful", succeeded, "result"}, {"unreachable", unreachable, "result"},
    {"reachable", reachable, "result"}, {"skipped", skipped, "result"},      {"skip", skipped, "result"},
    {"changed", changed, "result"},     {"change", changed, "result"},       {"finished", finished, "result"},
    {"started", finished, "result"},
};

constexpr Function list_table[] = {
    {"contains", contains_test, "seq value"},
    {"subset", subset, "value other"},
    {"issubset", subset, "value other"},
    {"superset", superset, "value other"},
    {"issuperset", superset, "value other"},
    {"any", any, "value"},
    {"all", all, "value"},
};

constexpr Function text_table[] = {
    {"match", match, "value pattern? ignorecase? multiline?"},
    {"search", search, "value pattern? ignorecase? multiline?"},
    {"regex", regex, "value pattern? ignorecase? multiline? match_type?"},
    {"lower", lower, "value"},
    {"upper", upper, "value"},
    {"uri", is_uri, "value"},
    {"url", is_url, "value"},
    {"urn", is_urn, "value"},
    {"abs", is_abs, "value"},
    {"is_abs", is_abs, "value"},
};

}  // namespace
}  // namespace tests_parts

const Functions value_tests = tests_parts::value_table;
const Functions result_tests = tests_parts::result_table;
const Functions list_tests = tests_parts::list_table;
const Functions text_tests = tests_parts::text_table;

}  // namespace cef::expr

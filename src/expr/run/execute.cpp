// Statements.

#include "run/objects.hpp"
#include "run/run.hpp"

namespace cef::expr {

void Scope::set(std::string_view name, Any value) {
  for (auto& [key, known] : names)
    if (key == name) {
      known = std::move(value);
      return;
    }
  names.emplace_back(name, std::move(value));
}

const Any* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope; scope = scope->parent.get())
    for (const auto& [key, value] : scope->names)
      if (key == name) return &value;
  return nullptr;
}

void Sink::settle() {
  if (pieces_ == 1 && only_.given()) {
    if (!only_.none()) text_ = text_of(only_, budget_);
    only_ = Any();
  }
}

void Sink::put_text(std::string_view text) {
  if (text.empty()) return;
  settle();
  ++pieces_;
  budget_.bytes(text.size());
  text_ += text;
}

void Sink::put(const Any& value) {
  require_defined(value);
  settle();
  if (++pieces_ == 1) {
    only_ = value;
    return;
  }
  if (value.none()) return;
  const std::string text = text_of(value, budget_);
  budget_.bytes(text.size());
  text_ += text;
}

std::string Sink::text() {
  settle();
  return std::move(text_);
}

Any Sink::value() {
  if (pieces_ == 1 && only_.given()) return only_;
  return std::move(text_);
}

Run::~Run() {
  for (const auto& untie : knots_) untie();
}

namespace {

// Jinja takes the last line feed of a text away; Ansible puts as many at the end as the text has.
void restore_line_feeds(std::string& text, const Parsed& parsed) {
  std::size_t have = 0;
  while (have < text.size() && text[text.size() - 1 - have] == '\n') ++have;
  for (; have < parsed.line_feeds; ++have) text += parsed.syntax.newline;
}

}  // namespace

Any Run::value(const Parsed& parsed) {
  syntax_ = parsed.syntax;
  if (parsed.condition) return evaluate(*parsed.condition, top_);
  Sink sink(budget_);
  execute(parsed.body, top_, sink);
  Any result = sink.value();
  if (!result.is_text() || parsed.line_feeds == 0) return result;
  std::string text = result.text();
  restore_line_feeds(text, parsed);
  return text;
}

std::string Run::render(const Parsed& parsed) {
  syntax_ = parsed.syntax;
  Sink sink(budget_);
  execute(parsed.body, top_, sink);
  std::string text = sink.text();
  restore_line_feeds(text, parsed);
  return text;
}

Run::Flow Run::execute(const Body& body, const ScopePtr& scope, Sink& sink) {
  for (const Statement& statement : body)
    if (const Flow flow = execute(statement, scope, sink); flow != Flow::on) return flow;
  return Flow::on;
}

Run::Flow Run::execute(const Statement& s, const ScopePtr& scope, Sink& sink) {
  budget_.step();
  const Level level(*this);
  using Kind = Statement::Kind;
  const auto inner = [&] { return std::make_shared<Scope>(scope); };
  const auto captured = [&] {
    Sink text(budget_);
    execute(s.body, inner(), text);
    return Any(text.text());
  };
  switch (s.kind) {
    case Kind::text:
      sink.put_text(s.text);
      return Flow::on;
    case Kind::output: {
      const Any value = evaluate(*s.expression, scope);
      here_ = s.place;
      sink.put(value);
      return Flow::on;
    }
    case Kind::condition:
      for (const auto& [test, body] : s.branches) {
        if (test) {
          const Any value = evaluate(*test, scope);
          here_ = test->place;
          if (!truth(value)) continue;
        }
        return execute(body, scope, sink);
      }
      return Flow::on;
    case Kind::loop:
      return loop(s, scope, sink);
    case Kind::set: {
      Any value = evaluate(*s.expression, scope);
      here_ = s.place;
      assign(s.target, std::move(value), scope);
      return Flow::on;
    }
    case Kind::set_block: {
      Any text = captured();
      if (s.expression) text = filter_expression(*s.expression, scope, &text);
      assign(s.target, std::move(text), scope);
      return Flow::on;
    }
    case Kind::macro:
      scope->set(s.macro->name, macro(s.macro, scope));
      return Flow::on;
    case Kind::call_block:
      sink.put(call_expression(*s.expression, scope, macro(s.macro, scope)));
      return Flow::on;
    case Kind::filter_block: {
      const Any text = captured();
      sink.put(filter_expression(*s.expression, scope, &text));
      return Flow::on;
    }
    case Kind::with: {
      const ScopePtr within = inner();
      for (const auto& [target, expression] : s.assignments) assign(target, evaluate(*expression, scope), within);
      return execute(s.body, within, sink);
    }
    case Kind::include:
      include(s, scope, sink);
      return Flow::on;
    case Kind::import:
      scope->set(s.text, import(s, scope));
      return Flow::on;
    case Kind::import_from: {
      const Any module = import(s, scope);
      for (const auto& [theirs, ours] : s.names) scope->set(ours, missing_here(attribute(module, theirs), s.place));
      return Flow::on;
    }
    case Kind::perform:
      evaluate(*s.expression, scope);
      return Flow::on;
    case Kind::leave:
      return Flow::leave;
    case Kind::next:
      return Flow::next;
  }
  return Flow::on;
}

void Run::assign(const Target& target, Any value, const ScopePtr& scope) {
  if (target.parts.empty()) {
    if (target.attribute.empty()) {
      scope->set(target.name, std::move(value));
      return;
    }
    const Any* known = scope->find(target.name);
    if (!known || !known->is(Any::Kind::object) || known->object()->type() != "Namespace")
      fail("cannot assign attribute on non-namespace object '{}'", target.name);
    known->object()->set(target.attribute, std::move(value));
    return;
  }
  const Items items = iterate(value, budget_);
  if (items.size() != target.parts.size()) fail("{} values for {} names", items.size(), target.parts.size());
  for (std::size_t i = 0; i < items.size(); ++i) assign(target.parts[i], items[i], scope);
}

Run::Flow Run::loop(const Statement& s, const ScopePtr& scope, Sink& sink, const Any* over, int depth) {
  const Nested nested(budget_);
  const Any value = over ? *over : evaluate(*s.expression, scope);
  here_ = s.place;
  Items items = iterate(value, budget_);
  if (s.guard) {
    Items wanted;
    for (Any& item : items) {
      const auto within = std::make_shared<Scope>(scope);
      assign(s.target, item, within);
      if (truth(evaluate(*s.guard, within))) wanted.push_back(std::move(item));
    }
    items = std::move(wanted);
  }
  if (items.empty()) return execute(s.otherwise, std::make_shared<Scope>(scope), sink);
  const auto counter = std::make_shared<Loop>(std::move(items), depth);
  if (s.recursive)
    counter->again = [&, depth](const Any& more) {
      Sink text(budget_);
      loop(s, scope, text, &more, depth + 1);
      return Any(text.text());
    };
  struct End {
    Run& run;
    const std::shared_ptr<Loop>& loop;
    ~End() {
      loop->again = nullptr;                             // it refers to what ends here
      if (loop.use_count() > 1) run.keep_quietly(loop);  // someone has it still
    }
  } end{*this, counter};
  const Any counter_value = std::shared_ptr<Object>(counter);
  for (std::size_t i = 0; i < counter->items().size(); ++i) {
    budget_.step();
    counter->go_to(i);
    const auto within = std::make_shared<Scope>(scope);
    within->set("loop", counter_value);
    here_ = s.place;
    assign(s.target, counter->items()[i], within);
    if (execute(s.body, within, sink) == Flow::leave) break;
  }
  return Flow::on;
}

Any Run::macro(const std::shared_ptr<const MacroBody>& body, const ScopePtr& scope) {
  return keep(std::make_shared<Macro>(body, scope));
}

Any Run::call_macro(const MacroBody& macro, const ScopePtr& scope, Items positional, Named named) {
  const Nested nested(budget_);
  const auto within = std::make_shared<Scope>(scope);
  const std::size_t count = macro.parameters.size();
  if (positional.size() > count && !macro.takes_rest)
    fail("macro '{}' takes not more than {} argument(s)", macro.name, count);
  const bool has_parameter = std::any_of(macro.parameters.begin(), macro.parameters.end(),
                                         [](const Parameter& each) { return each.name == "caller"; });
  if (macro.takes_caller && !has_parameter) {
    const auto given =
        std::find_if(named.begin(), named.end(), [](const auto& each) { return each.first == "caller"; });
    within->set("caller", given == named.end() ? Any::missing("no caller is defined", "caller") : given->second);
    if (given != named.end()) named.erase(given);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Parameter& parameter = macro.parameters[i];
    auto given = named.begin();
    while (given != named.end() && given->first != parameter.name) ++given;
    if (i < positional.size()) {
      if (given != named.end()) fail("macro '{}' got two values for '{}'", macro.name, parameter.name);
      within->set(parameter.name, std::move(positional[i]));
    } else if (given != named.end()) {
      within->set(parameter.name, std::move(given->second));
      named.erase(given);
    } else if (parameter.otherwise) {
      within->set(parameter.name, evaluate(*parameter.otherwise, within));
    } else {
      within->set(parameter.name, Any::missing(fmt::format("parameter '{}' was not provided", parameter.name)));
    }
  }
  if (!named.empty() && !macro.takes_named && named.front().first == "caller")
    fail("macro '{}' was called by a call block, but makes no use of `caller`", macro.name);
  if (!named.empty() && !macro.takes_named)
    fail("macro '{}' takes no keyword argument '{}'", macro.name, named.front().first);
  if (macro.takes_rest) {
    positional.erase(positional.begin(),
                     positional.begin() + static_cast<std::ptrdiff_t>(std::min(count, positional.size())));
    within->set("varargs", Any::tuple(std::move(positional)));
  }
  if (macro.takes_named) {
    auto rest = std::make_shared<Dict>();
    for (auto& [key, value] : named) rest->set(key, std::move(value));
    within->set("kwargs", rest);
  }
  Sink sink(budget_);
  execute(*macro.body, within, sink);
  return sink.text();
}

std::shared_ptr<const Parsed> Run::included(const Any& names, bool ignore_missing, std::string& name) {
  require_defined(names);
  const Items all = names.is_list() ? names.list().items() : Items{names};
  for (const Any& each : all) {
    require_defined(each);
    if (!each.is_text()) fail("the name of a template is a text, not '{}'", type_name(each));
    name = each.text();
    if (const auto known = sources_.find(name); known != sources_.end()) return known->second;
    auto source = world_.source(name);
    if (!source) continue;
    try {
      return sources_.emplace(name, parse_template(std::move(*source), syntax_)).first->second;
    } catch (Fault& fault) {
      fault.problem.file = name;
      throw;
    }
  }
  if (ignore_missing) return nullptr;
  fail("the template {} is not found", names.is_list() ? "of none of these names" : "'" + name + "'");
}

namespace {

/// The file that faults are in while an included one runs.
class InFile {
 public:
  InFile(std::string& file, std::string name) : file_(file), before_(std::exchange(file, std::move(name))) {}
  ~InFile() {
    if (std::uncaught_exceptions() == begin_) file_ = before_;
  }
  InFile(const InFile&) = delete;
  InFile& operator=(const InFile&) = delete;

 private:
  std::string& file_;
  std::string before_;
  int begin_ = std::uncaught_exceptions();
};

}  // namespace

void Run::include(const Statement& s, const ScopePtr& scope, Sink& sink) {
  const Nested nested(budget_);
  std::string name;
  const Any names = evaluate(*s.expression, scope);
  here_ = s.place;
  const auto parsed = included(names, s.ignore_missing, name);
  if (!parsed) return;
  const InFile in_file(file_, name);
  const auto within = std::make_shared<Scope>(s.with_context ? scope : nullptr);
  within->sees_world = s.with_context;
  execute(parsed->body, within, sink);
}

Any Run::import(const Statement& s, const ScopePtr& scope) {
  const Nested nested(budget_);
  std::string name;
  const Any names = evaluate(*s.expression, scope);
  here_ = s.place;
  const auto parsed = included(names, false, name);
  const InFile in_file(file_, name);
  const auto within = std::make_shared<Scope>(s.with_context ? scope : nullptr);
  within->sees_world = s.with_context;
  Sink text(budget_);
  execute(parsed->body, within, text);
  return keep(std::make_shared<Module>(within, text.text()));
}

}  // namespace cef::expr

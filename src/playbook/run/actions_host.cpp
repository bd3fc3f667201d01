// Those that wait, ask, or end in a task of the host.
#include "load/loader.hpp"
#include "load/search.hpp"
#include "run/actions.hpp"
#include "run/nap.hpp"
#include "run/perform.hpp"

#include <cef/core/file.hpp>
#include <cef/tasks/modules.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <ctime>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::playbook {

namespace {

std::string text_in(const Value& raw, const char* name) {
  const auto found = raw.find(name);
  return found == raw.end() || found->is_null() ? std::string() : as_text(*found);
}

bool is_flag(const Value& raw, const char* name, bool otherwise) {
  const auto found = raw.find(name);
  return found == raw.end() || found->is_null() ? otherwise : is_true(*found);
}

}  // namespace

/// A template is rendered here, and copied as what became of it.
asio::awaitable<TaskResult> OwnActions::template_file(Value raw) {
  const std::string source = text_in(raw, "src");
  if (source.empty()) fail_task("template wants src");
  const Frame& frame = *run_.task_.frame;
  const fs::path folder = world_.state().play->folder;
  const auto file = find_file(frame, folder, "templates", source);
  if (!file)
    fail_task(
        fmt::format("there is no template {}; {}", source, looked_in(search_folders(frame, folder, "templates"))));
  auto text = world_.state().loader().read_text(*file);
  if (!text) fail_task(text.error());
  expr::Syntax syntax = expr::Syntax::file();
  syntax.trim_blocks = is_flag(raw, "trim_blocks", true);
  syntax.lstrip_blocks = is_flag(raw, "lstrip_blocks", false);
  for (const auto& [name, into] : {std::pair<const char*, std::string*>{"block_start_string", &syntax.block_start},
                                   {"block_end_string", &syntax.block_end},
                                   {"variable_start_string", &syntax.variable_start},
                                   {"variable_end_string", &syntax.variable_end},
                                   {"comment_start_string", &syntax.comment_start},
                                   {"comment_end_string", &syntax.comment_end},
                                   {"newline_sequence", &syntax.newline}})
    if (raw.contains(name)) *into = text_in(raw, name);
  const auto parsed = expr::Template::parse(std::move(*text), syntax);
  if (!parsed) fail_task(fmt::format("{}: {}", file->string(), expr::show(parsed.error())));
  struct stat status {};
  ::stat(file->c_str(), &status);
  const passwd* const owner = ::getpwuid(status.st_uid);
  char host_name[256] = "";
  ::gethostname(host_name, sizeof host_name - 1);
  const std::string whole = fs::absolute(*file).lexically_normal().string();
  world_.set("template_path", whole);
  world_.set("template_fullpath", whole);
  world_.set("template_host", host_name);
  world_.set("template_uid", owner ? owner->pw_name : std::to_string(status.st_uid));
  world_.set("template_destpath", text_in(raw, "dest"));
  std::string rendered;
  try {
    rendered = co_await evaluator_.text(*parsed);
  } catch (const Failure& failure) {
    TaskResult other = failure.result;
    if (!other.unreachable) other.value["msg"] = fmt::format("{}: {}", file->string(), as_text(other.value["msg"]));
    throw Failure{std::move(other)};
  }
  for (const char* name : {"template_path", "template_fullpath", "template_host", "template_uid", "template_destpath"})
    world_.unset(name);

  const tasks::Task* copy = tasks::find_module("template");
  if (!copy) copy = tasks::find_module("copy");
  if (!copy) fail_task("there is no module copy");
  Value arguments = Value::object();
  for (const auto& [name, value] : raw.items()) {
    constexpr std::string_view own[] = {"src", "trim_blocks", "lstrip_blocks", "newline_sequence", "output_encoding"};
    if (std::find(std::begin(own), std::end(own), name) == std::end(own) && !name.ends_with("_start_string") &&
        !name.ends_with("_end_string"))
      arguments[name] = value;
  }
  arguments["content"] = std::move(rendered);
  arguments["_original_basename"] = file->filename().string();
  if (text_in(arguments, "mode") == "preserve") arguments["mode"] = fmt::format("{:04o}", status.st_mode & 07777U);
  Order order;
  order.task = copy;
  co_await address(evaluator_, frame, order);
  auto params = tasks::read_params(*copy, arguments);
  if (!params) {
    // Known to those modules that put a file into a folder.
    arguments.erase("_original_basename");
    params = tasks::read_params(*copy, arguments);
  }
  if (!params) fail_task(params.error().message);
  order.arguments.params = std::move(*params);
  auto verdict = co_await run_.shop_.performer.perform(std::move(order));
  co_return result_of(std::move(verdict));
}

asio::awaitable<TaskResult> OwnActions::gather(Value raw) {
  const tasks::Task* const setup = tasks::find_module("setup");
  if (!setup) fail_task("there is no module setup");
  Order order;
  order.task = setup;
  co_await address(evaluator_, *run_.task_.frame, order);
  auto params = tasks::read_params(*setup, raw);
  if (!params) fail_task(params.error().message);
  order.arguments.params = std::move(*params);
  auto verdict = co_await run_.shop_.performer.perform(std::move(order));
  co_return result_of(std::move(verdict));
}

asio::awaitable<TaskResult> OwnActions::wait_for_connection(const Value& raw) {
  const auto number = [&](const char* name, double otherwise) {
    const auto found = raw.find(name);
    return found == raw.end() || found->is_null() ? otherwise : as_number(*found, name);
  };
  const double timeout = number("timeout", 600), pause = number("sleep", 1);
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  co_await nap(number("delay", 0), run_.shop_.stopped);
  const tasks::Task* probe = tasks::find_module("ping");
  if (!probe) probe = tasks::find_module("raw");
  if (!probe) fail_task("there is no module ping");
  TaskResult result;
  for (;;) {
    Order order;
    order.task = probe;
    co_await address(evaluator_, *run_.task_.frame, order);
    order.arguments.become.reset();
    auto params = tasks::read_params(*probe, probe->name == "raw" ? Value{{"_raw_params", "true"}} : Value::object());
    if (params) order.arguments.params = std::move(*params);
    auto verdict = co_await run_.shop_.performer.perform(std::move(order));
    if (!verdict.error) break;
    if (elapsed() > timeout) {
      result = failed_with(fmt::format("timed out waiting for the connection: {}", verdict.error->message));
      break;
    }
    co_await nap(pause, run_.shop_.stopped);
  }
  result.value["elapsed"] = static_cast<std::int64_t>(elapsed());
  co_return result;
}

asio::awaitable<TaskResult> OwnActions::pause(const Value& raw) {
  TaskResult result;
  double seconds = 0;
  bool timed = false;
  for (const auto& [name, factor] : {std::pair<const char*, double>{"seconds", 1}, {"minutes", 60}})
    if (raw.contains(name) && !raw[name].is_null()) {
      seconds += as_number(raw[name], name) * factor;
      timed = true;
    }
  result.value["user_input"] = "";
  const auto begin = std::chrono::steady_clock::now();
  if (timed) {
    co_await nap(seconds, run_.shop_.stopped);
  } else {
    const std::string prompt = raw.contains("prompt") ? text_in(raw, "prompt") : "Press enter to go on";
    const auto answer = run_.shop_.reporter.ask(prompt + ":", !is_flag(raw, "echo", true));
    if (answer) result.value["user_input"] = *answer;
  }
  result.value["delta"] =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin).count();
  result.value["echo"] = is_flag(raw, "echo", true);
  co_return result;
}

asio::awaitable<TaskResult> OwnActions::async_status(const Value& raw) {
  const std::string id = text_in(raw, "jid");
  const auto found = run_.shop_.background.find(id);
  if (found == run_.shop_.background.end()) {
    TaskResult result = failed_with("could not find job");
    result.value["ansible_job_id"] = id;
    result.value["started"] = result.value["finished"] = 1;
    co_return result;
  }
  TaskResult result;
  if (found->second->finished) result = found->second->result;
  result.value["ansible_job_id"] = id;
  result.value["started"] = 1;
  result.value["finished"] = found->second->finished ? 1 : 0;
  co_return result;
}

asio::awaitable<TaskResult> TaskRun::in_background(Order order) {
  const auto executor = co_await asio::this_coro::executor;
  const auto background = std::make_shared<Background>(executor);
  order.begun = [background](const std::string& id) {
    background->id = id;
    background->change.cancel();
  };
  auto work = [](Performer& performer, Order what, std::shared_ptr<Background> into) -> asio::awaitable<void> {
    auto verdict = co_await performer.perform(std::move(what));
    into->result = result_of(std::move(verdict));
    into->finished = true;
    into->change.cancel();
  };
  asio::co_spawn(executor, work(shop_.performer, std::move(order), background), asio::detached);
  // It runs on the host before the next task comes.
  boost::system::error_code ignored;
  if (background->id.empty() && !background->finished)
    co_await background->change.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (background->finished && background->result.unreachable) co_return background->result;
  const std::string id =
      background->id.empty() ? fmt::format("j{}.{}", ++shop_.next_background, ::getpid()) : background->id;
  shop_.background.emplace(id, background);
  TaskResult result;
  result.changed = true;
  result.value["ansible_job_id"] = id;
  result.value["started"] = 1;
  result.value["finished"] = 0;
  result.value["results_file"] = "";
  co_return result;
}

/// Files that a module takes from this machine are found where Ansible looks for them.
asio::awaitable<void> TaskRun::find_controller_files(Value& raw) {
  const std::string& name = task_.action;
  const bool remote = raw.contains("remote_src") && is_true(raw["remote_src"]);
  const auto look = [&](std::string_view kind, const std::string& file) {
    const auto found = find_file(*task_.frame, shop_.state.play->folder, kind, file);
    if (!found)
      fail_task(fmt::format("there is no file {} on this machine; {}", file,
                            looked_in(search_folders(*task_.frame, shop_.state.play->folder, kind))));
    std::string path = fs::absolute(*found).lexically_normal().string();
    if (file.ends_with('/') && !path.ends_with('/')) path += '/';
    return path;
  };
  if ((name == "copy" || name == "unarchive" || name == "synchronize" || name == "patch") && raw.contains("src") &&
      !remote) {
    const std::string source = as_text(raw["src"]);
    if (source.find("://") == std::string::npos) raw["src"] = look("files", source);
  }
  if (name == "copy" && raw.contains("content") && raw["content"].is_structured()) {
    // A mapping or list becomes JSON as Python writes it.
    world_.set("__cef_content", raw["content"]);
    const auto tree = expr::Tree::parse("{{ __cef_content | to_json }}");
    raw["content"] = co_await evaluator_.value(*tree);
    world_.unset("__cef_content");
  } else if (name == "copy" && raw.contains("content") && !raw["content"].is_null()) {
    raw["content"] = as_text(raw["content"]);
  }
  for (const auto& [module, param] : {std::pair("lineinfile", "line"), std::pair("blockinfile", "block")})
    if (name == module && raw.contains(param) && raw[param].is_structured()) raw[param] = as_text(raw[param]);
  if (name == "script" && raw.contains("_raw_params")) {
    const std::string line = as_text(raw["_raw_params"]);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    raw["_raw_params"] = look("files", line.substr(0, end)) + line.substr(end);
  }
  if (name == "script" && raw.contains("cmd")) {
    const std::string line = as_text(raw["cmd"]);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    raw["cmd"] = look("files", line.substr(0, end)) + line.substr(end);
  }
}

}  // namespace cef::playbook

// The words of `model` that are about the repository alone.
#include "console/view.hpp"
#include "models.hpp"

#include <cef/core/file.hpp>
#include <cef/render/render.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <unistd.h>

namespace cef::cli {

namespace {

using models::Model;

Column number(std::string name, std::string path, Unit unit, std::string help, bool extra = false) {
  return {std::move(name), std::move(path), unit, Align::right, std::move(help), extra};
}
Column text(std::string name, std::string path, std::string help, bool extra = false) {
  return {std::move(name), std::move(path), Unit::none, Align::left, std::move(help), extra};
}

Columns columns_of_models() {
  return {text("model", "host", "NAME:VERSION"),
          number("size", "data.size_bytes", Unit::bytes, "of its file"),
          text("format", "data.format", "of the archive"),
          number("files", "data.files", Unit::none, "in it"),
          number("unpacked", "data.unpacked_bytes", Unit::bytes, "what they take"),
          text("added", "data.added", "when"),
          text("sha256", "data.sha256", "of its file", true),
          text("file", "data.file", "its name when it was added", true)};
}

HostResult row_of(const Model& model) {
  HostResult row;
  row.host = model.reference();
  row.data = record_of(model);
  return row;
}

int print(const Verb& verb, const Context& context, std::vector<HostResult> rows, Columns columns) {
  Verb shown = verb;
  shown.columns = std::move(columns);
  Report report;
  report.verb = verb.name;
  report.started = std::chrono::system_clock::now();
  report.results = std::move(rows);
  return print_report(shown, context, report, [](render::View& view) { view.noun = "model"; });
}

Error unwanted(const std::string& what, const std::string& word) {
  return {Code::usage, fmt::format("model {} has no use for '{}'", what, word), "cef model --help lists what there is"};
}

// The models that the operands name, or all of them.
Result<std::vector<Model>> asked(const Context& context) {
  const auto repository = repository_of(context.options);
  if (context.operands.size() == 1) return repository.list();
  std::vector<Model> found;
  for (std::size_t i = 1; i < context.operands.size(); ++i) {
    auto model = find_model(context.options, context.operands[i]);
    if (!model) return Unexpected(model.error());
    found.push_back(std::move(*model));
  }
  return found;
}

// All that `NAME` alone means to rm: one version, or with --all each of them.
Result<std::vector<Model>> doomed(const Context& context) {
  const auto repository = repository_of(context.options);
  const auto all = repository.list();
  if (!all) return Unexpected(all.error());
  std::vector<Model> found;
  std::set<std::string> named;
  for (std::size_t i = 1; i < context.operands.size(); ++i) {
    const auto reference = models::parse_reference(context.operands[i]);
    if (!reference) return Unexpected(reference.error());
    std::vector<std::string> versions;
    for (const Model& model : *all) {
      const bool fits = model.name == reference->name && (!reference->version || model.version == *reference->version);
      if (!fits) continue;
      versions.push_back(model.version);
      if (named.insert(model.reference()).second) found.push_back(model);
    }
    if (versions.empty()) return Unexpected(repository.find(*reference).error());
    if (versions.size() > 1 && !context.arguments.has("all"))
      return Unexpected(
          Error{Code::usage, fmt::format("{} has several versions: {}", reference->name, fmt::join(versions, ", ")),
                fmt::format("name one, as {}:{}, or all of them with --all", reference->name, versions.front())});
  }
  return found;
}

std::string_view name_of(models::Repository::Added::Way way) {
  using Way = models::Repository::Added::Way;
  return way == Way::cloned ? "cloned" : way == Way::linked ? "linked" : "copied";
}

}  // namespace

int add_models(const Verb& verb, const Context& context) {
  const Arguments& given = context.arguments;
  if (context.operands.size() < 2)
    return complain(
        {Code::usage, "which file is to be added?", "cef model add FILE [--name NAME] [--version VERSION]"});
  models::Repository::Order order;
  order.name = given.text("name");
  order.version = given.text("version");
  order.link = given.has("link");
  if (const auto most = given.size("max-unpacked"); given.has("max-unpacked")) {
    order.limits.max_unpacked = static_cast<std::uint64_t>(*most);
    order.limits.max_ratio = order.limits.max_unpacked;  // whoever says how much may be knows what it is
  }
  if (context.operands.size() > 2 && order.name)
    return complain({Code::usage, "several files cannot have one --name", "add them one after the other"});
  auto repository = repository_of(context.options);
  std::vector<HostResult> rows;
  std::optional<Error> failure;
  for (std::size_t i = 1; i < context.operands.size() && !failure; ++i) {
    const auto path = expand_user(context.operands[i]);
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(path, ignored);
    if (is_folder || ::access(path.c_str(), R_OK) != 0) {
      failure =
          Error{Code::usage,
                fmt::format("cannot read {}: {}", context.operands[i], std::strerror(is_folder ? EISDIR : errno)), ""};
      break;
    }
    const auto added = repository.add(path, order);
    if (!added) {
      failure = added.error();
      break;
    }
    rows.push_back(row_of(added->model));
    rows.back().status = added->is_new ? Status::changed : Status::ok;
    rows.back().data["kept"] = added->is_new ? Value(std::string(name_of(added->way))) : Value(nullptr);
  }
  Columns columns = columns_of_models();
  columns.insert(columns.begin() + 1, text("status", "status", "changed: it is new; ok: it was there"));
  const int printed = rows.empty() && failure ? exit_ok : print(verb, context, std::move(rows), std::move(columns));
  return failure ? complain(*failure) : printed;
}

int list_models(const Verb& verb, const Context& context) {
  if (context.operands.size() > 1) return complain(unwanted("list", context.operands[1]));
  const auto found = repository_of(context.options).list();
  if (!found) return complain(found.error());
  std::vector<HostResult> rows;
  for (const Model& model : *found) {
    if (model.trouble)
      warn(fmt::format("{}; {}", model.trouble->message, model.trouble->hint));
    else
      rows.push_back(row_of(model));
  }
  return print(verb, context, std::move(rows), columns_of_models());
}

int show_models(const Verb& verb, const Context& context) {
  if (context.operands.size() < 2)
    return complain({Code::usage, "which model? model show wants NAME or NAME:VERSION", "cef model list shows them"});
  const auto found = asked(context);
  if (!found) return complain(found.error());
  std::vector<HostResult> rows;
  for (const Model& model : *found) {
    HostResult row = row_of(model);
    row.data["path"] = repository_of(context.options).file_of(model).string();
    row.data["entries"] = Value::array();
    for (const models::ArchiveEntry& entry : model.entries) {
      Value one = {
          {"path", entry.path}, {"type", std::string(models::name_of(entry.type))}, {"size_bytes", entry.size}};
      if (!entry.target.empty()) one["target"] = entry.target;
      row.data["entries"].push_back(std::move(one));
    }
    rows.push_back(std::move(row));
  }
  Columns columns{text("model", "host", "NAME:VERSION"),
                  text("entry", "data.entries.*.path", "what is in it"),
                  text("type", "data.entries.*.type", "file, folder, symlink or hard link"),
                  number("size", "data.entries.*.size_bytes", Unit::bytes, "of the entry"),
                  text("sha256", "data.sha256", "of the whole file", true),
                  text("path", "data.path", "where the repository has it", true)};
  return print(verb, context, std::move(rows), std::move(columns));
}

int verify_models(const Verb& verb, const Context& context) {
  const auto found = asked(context);
  if (!found) return complain(found.error());
  const auto repository = repository_of(context.options);
  std::map<std::string, std::optional<Error>> known;  // a file that several share is read once
  std::vector<HostResult> rows;
  bool all_whole = true;
  for (const Model& model : *found) {
    HostResult row = row_of(model);
    auto [its, is_new] = known.try_emplace(model.sha256);
    if (is_new && !model.trouble)
      if (const auto verified = repository.verify(model); !verified) its->second = verified.error();
    row.error = model.trouble ? model.trouble : its->second;
    if (row.error) {
      all_whole = false;
      row.status = Status::failed;
    }
    rows.push_back(std::move(row));
  }
  Columns columns{text("model", "host", "NAME:VERSION"), text("status", "status", "ok: it is what was added"),
                  number("size", "data.size_bytes", Unit::bytes, "of its file"),
                  Column{"error", "error.message", Unit::none, Align::left, "what is wrong", false, {}, true}};
  const int printed = print(verb, context, std::move(rows), std::move(columns));
  return printed != exit_ok || all_whole ? printed : exit_failed;
}

int remove_models(const Verb& verb, const Context& context) {
  if (context.operands.size() < 2)
    return complain({Code::usage, "which model? model rm wants NAME or NAME:VERSION", "cef model list shows them"});
  const auto found = doomed(context);
  if (!found) return complain(found.error());
  const auto removed = repository_of(context.options).remove(*found);
  if (!removed) return complain(removed.error());
  std::vector<HostResult> rows;
  for (const Model& model : *found) {
    rows.push_back(row_of(model));
    rows.back().status = Status::changed;
    rows.back().data["file_kept"] = std::ranges::find(removed->files, model.sha256) == removed->files.end();
  }
  Columns columns{text("model", "host", "NAME:VERSION"), number("size", "data.size_bytes", Unit::bytes, "of its file"),
                  text("file kept", "data.file_kept", "another version shares it")};
  return print(verb, context, std::move(rows), std::move(columns));
}

}  // namespace cef::cli

// Lookups, filters and tests that read the controller's files, environment and programs.
#include "load/loader.hpp"
#include "load/search.hpp"
#include "vars/world.hpp"

#include <cef/core/file.hpp>
#include <cef/core/process.hpp>
#include <cef/core/shell.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fnmatch.h>
#include <set>
#include <utility>

namespace cef::playbook {

namespace {

using expr::Request;
using expr::Trouble;

constexpr std::size_t most_output = std::size_t{16} << 20;

std::string text_of(const Value& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

const Value* named(const Request& request, std::string_view key) {
  for (const auto& [name, value] : request.named)
    if (name == key) return &value;
  return nullptr;
}

bool flag(const Request& request, std::string_view key, bool otherwise) {
  const Value* value = named(request, key);
  if (!value) return otherwise;
  return value->is_boolean() ? value->get<bool>() : text_of(*value) != "False" && text_of(*value) != "false";
}

std::string without_last_newlines(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

// Reads, looks for and lists what stands beside the playbook.
class Files {
 public:
  explicit Files(World& world)
      : world_(world), folder_(world.state().play ? world.state().play->folder : fs::path(".")) {}

  std::optional<fs::path> find(std::string_view kind, const std::string& name) const {
    if (!world_.frame()) return fs::exists(name) ? std::optional<fs::path>(name) : std::nullopt;
    return find_file(*world_.frame(), folder_, kind, name);
  }

  fs::path wanted(std::string_view kind, const std::string& name) const {
    if (auto found = find(kind, name)) return *found;
    throw Trouble(fmt::format("there is no file {}; {}", name,
                              world_.frame() ? looked_in(search_folders(*world_.frame(), folder_, kind)) : ""));
  }

  std::string read(const fs::path& path) const {
    auto text = world_.state().loader().read_text(path);
    if (!text) throw Trouble(text.error());
    return std::move(*text);
  }

  // Only in the first folder that has any.
  Value glob(const std::string& pattern) const {
    const fs::path whole = expand_user(pattern);
    std::vector<fs::path> folders;
    if (whole.is_absolute() || !world_.frame())
      folders.push_back(whole.parent_path());
    else
      for (const fs::path& folder : search_folders(*world_.frame(), folder_, "files"))
        folders.push_back(folder / whole.parent_path());
    for (const fs::path& folder : folders) {
      std::set<std::string> found;
      std::error_code failed;
      for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        if (name[0] == '.' && whole.filename().string()[0] != '.') continue;
        if (::fnmatch(whole.filename().c_str(), name.c_str(), 0) == 0 && fs::is_regular_file(entry->path(), failed))
          found.insert(fs::absolute(entry->path()).lexically_normal().string());
      }
      if (!found.empty()) return found;
    }
    return Value::array();
  }

 private:
  World& world_;
  fs::path folder_;
};

std::string run(const std::string& command) {
  ProgramCall call;
  call.command = {"/bin/sh", "-c", command};
  call.limit_bytes = most_output;
  const ProgramOutput output = run_program(call);
  if (!output.failure.empty()) throw Trouble(fmt::format("'{}' on this machine: {}", command, output.failure));
  return without_last_newlines(output.out);
}

// files: or paths: of a term that is a mapping; each name in each path.
Value first_found(const Request& request, const Files& files, std::string_view kind) {
  std::vector<std::string> names, paths;
  bool skip = flag(request, "skip", false);
  const auto add = [](std::vector<std::string>& list, const Value& value) {
    if (value.is_array())
      for (const Value& each : value) list.push_back(text_of(each));
    else if (!value.is_null())
      list.push_back(text_of(value));
  };
  const std::function<void(const Value&)> take = [&](const Value& term) {
    if (term.is_object()) {
      if (term.contains("files")) add(names, term["files"]);
      if (term.contains("paths")) add(paths, term["paths"]);
      if (term.contains("skip")) skip = term["skip"] == true || term["skip"] == "true";
    } else if (term.is_array()) {
      for (const Value& each : term) take(each);
    } else {
      add(names, term);
    }
  };
  for (const Value& term : request.positional) take(term);
  if (const Value* more = named(request, "files")) add(names, *more);
  if (const Value* more = named(request, "paths")) add(paths, *more);
  std::vector<std::string> tried;
  for (const std::string& path : paths)
    for (const std::string& name : names) tried.push_back((fs::path(path) / name).string());
  if (paths.empty()) tried = names;
  for (const std::string& name : tried)
    for (const std::string_view where : {kind, std::string_view("files"), std::string_view("tasks"),
                                         std::string_view("vars"), std::string_view("templates")})
      if (const auto found = files.find(where, name))
        return Value::array({fs::absolute(*found).lexically_normal().string()});
  if (skip) return Value::array();
  std::string all;
  for (const std::string& name : tried) all += (all.empty() ? "" : ", ") + name;
  throw Trouble(fmt::format("none of these files is there: {}", all));
}

std::string ini_value(const std::string& text, const std::string& section, const std::string& key,
                      const std::string& otherwise) {
  std::string at;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trim(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      at = line.substr(1, line.find(']') - 1);
      continue;
    }
    const auto equals = line.find_first_of("=:");
    if (at == section && trim(line.substr(0, equals)) == key)
      return equals == std::string_view::npos ? "" : std::string(trim(line.substr(equals + 1)));
  }
  return otherwise;
}

Value template_text(World& world, const Files& files, const std::string& name) {
  const auto parsed = expr::Template::parse(files.read(files.wanted("templates", name)), expr::Syntax::file());
  if (!parsed) throw Trouble(fmt::format("{}: {}", name, expr::show(parsed.error())));
  auto text = parsed->render(world);
  if (!text) throw Trouble(fmt::format("{}: {}", name, expr::show(text.error())));
  return std::move(*text);
}

// A password that is made once and kept in a file: `NAME length=12 chars=ascii_letters,digits`.
Value password(World& world, const Request& request, const std::string& term) {
  const std::string name = term.substr(0, term.find(' '));
  std::size_t length = 20;
  if (const Value* given = named(request, "length")) length = std::strtoul(text_of(*given).c_str(), nullptr, 10);
  if (const auto at = term.find("length="); at != std::string::npos)
    length = std::strtoul(term.c_str() + at + 7, nullptr, 10);
  std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  if (term.find("chars=") == std::string::npos && !named(request, "chars")) letters += ".,:-_";
  const fs::path path = expand_user(name);
  if (path != "/dev/null" && fs::exists(path)) {
    auto text = read_file(path);
    if (!text) throw Trouble(text.error().message);
    std::string first(first_line(*text));
    return first.substr(0, first.find(" salt="));
  }
  std::string made;
  while (made.size() < std::clamp<std::size_t>(length, 1, 4096)) made += letters[world.random() % letters.size()];
  if (path == "/dev/null" || world.state().options().check) return made;
  std::error_code ignored;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  if (const auto written = write_file(path, made + "\n", 0600); !written) throw Trouble(written.error().message);
  return made;
}

Value lookup_one(World& world, const Request& request, const Files& files, const std::string& term) {
  const std::string_view name = request.name;
  if (name == "env") {
    const char* value = std::getenv(term.c_str());
    if (value) return value;
    const Value* otherwise = named(request, "default");
    return otherwise ? *otherwise : Value("");
  }
  if (name == "file") {
    std::string text = files.read(files.wanted("files", term));
    return flag(request, "rstrip", true) ? without_last_newlines(std::move(text)) : text;
  }
  if (name == "unvault") return files.read(files.wanted("files", term));
  if (name == "template") return template_text(world, files, term);
  if (name == "pipe") return run(term);
  if (name == "password") return password(world, request, term);
  if (name == "url") return run("curl -fsSL -- " + shell_quote(term));
  throw Trouble(fmt::format("there is no lookup '{}'", name));
}

std::optional<Value> lookup(World& world, const Request& request) {
  const Files files(world);
  const std::string_view name = request.name;
  Value list = Value::array();
  if (name == "first_found") return first_found(request, files, "files");
  if (name == "fileglob") {
    for (const Value& term : request.positional)
      for (Value& each : files.glob(text_of(term))) list.push_back(std::move(each));
    return list;
  }
  if (name == "inventory_hostnames") {
    for (const Value& term : request.positional)
      if (const auto matched = world.state().match(text_of(term)))
        for (const std::string& host : matched->names) list.push_back(host);
    return list;
  }
  if (name == "varnames") {
    for (const std::string& each : world.names())
      for (const Value& term : request.positional)
        if (each.starts_with(text_of(term)) ||
            (text_of(term).starts_with("^") && each.starts_with(text_of(term).substr(1))))
          list.push_back(each);
    return list;
  }
  if (name == "lines") {
    for (const Value& term : request.positional) {
      const std::string text = run(text_of(term));
      for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        list.push_back(text.substr(begin, end - begin));
        begin = end + 1;
      }
    }
    return list;
  }
  if (name == "ini") {
    const Value *file = named(request, "file"), *section = named(request, "section"), *key = named(request, "default");
    const std::string text = files.read(files.wanted("files", file ? text_of(*file) : "ansible.ini"));
    for (const Value& term : request.positional)
      list.push_back(ini_value(text, section ? text_of(*section) : "global", text_of(term), key ? text_of(*key) : ""));
    return list;
  }
  constexpr std::string_view one_by_one[] = {"env", "file", "unvault", "template", "pipe", "password", "url"};
  if (std::find(std::begin(one_by_one), std::end(one_by_one), name) == std::end(one_by_one)) return std::nullopt;
  for (const Value& term : request.positional) list.push_back(lookup_one(world, request, files, text_of(term)));
  return list;
}

std::optional<Value> of_path(const Request& request) {
  if (request.positional.empty() || !request.positional[0].is_string()) return std::nullopt;
  const fs::path path = request.positional[0].get<std::string>();
  std::error_code ignored;
  if (request.kind == Request::Kind::filter) {
    if (request.name == "realpath") return fs::weakly_canonical(fs::absolute(path), ignored).string();
    if (request.name == "expanduser") return expand_user(path.string()).string();
    return std::nullopt;
  }
  if (request.name == "exists") return fs::exists(path, ignored);
  if (request.name == "file") return fs::is_regular_file(path, ignored);
  if (request.name == "directory") return fs::is_directory(path, ignored);
  if (request.name == "link") return fs::is_symlink(path, ignored);
  if (request.name == "abs") return path.is_absolute();
  return std::nullopt;
}

Value yaml_value(const std::string& text) {
  yaml::Problems problems;
  const auto document = yaml::parse(text, "from_yaml", problems);
  if (!document) throw Trouble(problems.errors().empty() ? "no YAML" : problems.errors().front().message);
  return document->root ? yaml::to_value(*document->root) : Value();
}

// `---` begins a document and `...` ends it wherever they begin a line, also within a text.
Value yaml_documents(const std::string& text) {
  Value all = Value::array();
  std::string document;
  bool is_there = false, begun = false;  // what is no comment; by `---`
  const auto end_document = [&] {
    if (is_there || begun) all.push_back(yaml_value(std::exchange(document, {})));
    is_there = begun = false;
  };
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    const std::string line = text.substr(begin, end - begin);
    begin = end;
    const bool is_mark = line.size() <= 3 || line.find_first_of(" \t\r\n", 3) == 3;
    if (is_mark && line.starts_with("---")) {
      end_document();
      begun = true;
    } else if (is_mark && line.starts_with("...")) {
      end_document();
      continue;
    } else {
      const std::string_view said = trim(line);
      is_there = is_there || !(said.empty() || said[0] == '#' || (line[0] == '%' && !begun));
    }
    document += line;
  }
  end_document();
  return all;
}

}  // namespace

std::optional<Value> World::call(const Request& request) {
  if (request.kind == Request::Kind::lookup) return lookup(*this, request);
  if (request.kind == Request::Kind::filter && (request.name == "from_yaml" || request.name == "from_yaml_all")) {
    const Value& text = request.positional.at(0);
    if (!text.is_string()) return text;
    return request.name == "from_yaml" ? yaml_value(text.get<std::string>()) : yaml_documents(text.get<std::string>());
  }
  if (request.kind == Request::Kind::filter && request.name == "fileglob" && !request.positional.empty())
    return Files(*this).glob(text_of(request.positional[0]));
  return of_path(request);
}

std::optional<std::string> World::source(std::string_view name) {
  const Files files(*this);
  const auto found = files.find("templates", std::string(name));
  return found ? std::optional(files.read(*found)) : std::nullopt;
}

}  // namespace cef::playbook

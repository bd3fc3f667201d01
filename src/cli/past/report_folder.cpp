#include "report_folder.hpp"

#include "past/delivered.hpp"
#include "past/find_run.hpp"
#include "past/journal_options.hpp"

#include <cef/core/file.hpp>
#include <cef/core/moment.hpp>
#include <cef/core/sha256.hpp>
#include <cef/render/report_page.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <unistd.h>
#include <utility>

namespace cef::cli {

namespace report_folder_parts {
namespace {

using render::Cell;
using render::Listing;
using Row = std::vector<Cell>;

constexpr std::size_t most_runs = 500, most_of_host = 50;
constexpr auto index_page = "index.html", runs_page = "runs.html", deliveries_page = "deliveries.html";

struct Past {
  std::vector<Row> runs{}, deliveries{};
  std::map<std::string, std::vector<Row>, std::less<>> runs_of{}, deliveries_to{};  // by host
};

// As one reads it in a table.
std::string minute_of(store::Time time) {
  std::string text = utc_time(time).substr(0, std::string_view("2026-11-27T18:25").size());
  text[text.find('T')] = ' ';
  return text;
}

std::string outcome_of(const store::RunRecord& run) {
  if (!run.exit_code) return store::is_running(run) ? "running" : "killed";
  const Summary& summary = run.summary;
  std::string text = fmt::format("{} ok", summary.ok + summary.changed);
  if (summary.failed > 0) text += fmt::format(", {} failed", summary.failed);
  if (summary.unreachable > 0) text += fmt::format(", {} unreachable", summary.unreachable);
  return text;
}

bool delivers(const store::RunRecord& run) {
  return run.exit_code && !was_check(run) && (run.verb == "model" || run.verb == "rollout" || run.verb == "push");
}

// A model's version, or the files of a push.
std::string delivered(const store::RunRecord& run, const Value& data) {
  if (run.verb == "push") return command_line(run);
  const std::string version = version_in(data);
  return version.empty() ? text_of(data, "name") : fmt::format("{}:{}", text_of(data, "name"), version);
}

// The folder or file on the host.
std::string destination(const store::RunRecord& run, const Value& data) {
  constexpr std::string_view option = "--dest";
  if (const std::string dest = text_of(data, "dest"); !dest.empty()) return dest;
  for (std::size_t i = 0; i < run.words.size(); ++i) {
    const std::string& word = run.words[i];
    if (word == option && i + 1 < run.words.size()) return run.words[i + 1];
    if (word.starts_with(option) && word[option.size()] == '=') return word.substr(option.size() + 1);
  }
  return "";
}

Result<void> add_deliveries(const store::Journal& journal, const store::RunRecord& run, Past& past) {
  const auto report = journal.report(run);
  if (!report) return Unexpected(report.error());
  for (const HostResult& result : report->results) {
    const bool done = result.status == Status::ok || result.status == Status::changed;
    const std::string what = done ? delivered(run, result.data) : "";
    if (what.empty()) continue;
    const Row row{{what}, {destination(run, result.data)}, {minute_of(run.started)}, {run.id}};
    past.deliveries_to[result.host].push_back(row);
    past.deliveries.push_back(row);
    past.deliveries.back().insert(past.deliveries.back().begin(), {result.host, page_of_host(result.host)});
  }
  return {};
}

Result<Past> look_back(const Options& options) {
  Past past;
  const auto file = journal_file(options);
  std::error_code ignored;
  if (!file || !std::filesystem::exists(*file, ignored)) return past;
  const auto journal = open_journal(options, store::Journal::Access::read);
  if (!journal) return Unexpected(journal.error());
  const auto runs = journal->runs({.last = most_runs, .since = {}, .verb = {}, .id_prefix = {}});
  if (!runs) return Unexpected(runs.error());
  for (const store::RunRecord& run : *runs) {
    const Row row{{minute_of(run.started)}, {command_line(run)}, {outcome_of(run)}, {run.id}};
    past.runs.push_back(row);
    const auto hosts = journal->hosts(run);
    if (!hosts) return Unexpected(hosts.error());
    for (const std::string& host : *hosts)
      if (auto& its = past.runs_of[host]; its.size() < most_of_host) its.push_back(row);
    if (!delivers(run)) continue;
    if (const auto added = add_deliveries(*journal, run, past); !added) return Unexpected(added.error());
  }
  return past;
}

std::vector<Row> of_host(const std::map<std::string, std::vector<Row>, std::less<>>& rows, const std::string& host) {
  const auto found = rows.find(host);
  return found == rows.end() ? std::vector<Row>() : found->second;
}

Listing way_back() { return {"More", {"Page"}, {{{"the whole fleet", index_page}}}}; }

Listing runs_listing(std::string title, std::vector<Row> rows) {
  return {std::move(title), {"When (UTC)", "Command", "Outcome", "Run"}, std::move(rows), "none is recorded"};
}

// The fleet's content, each host's part of it: one host, and its curves alone.
std::vector<Value> by_host(const Value& content) {
  std::vector<Value> parts;
  for (const Value& host : content.at("hosts")) {
    Value part = Value::object();
    for (const auto& [name, value] : content.items())
      if (name != "hosts" && name != "metrics") part[name] = value;
    part["hosts"] = Value::array({host});
    part["metrics"] = Value::array();
    parts.push_back(std::move(part));
  }
  for (const Value& metric : content.at("metrics")) {
    std::map<std::size_t, Value> curves;
    for (const Value& curve : metric.at("curves")) {
      Value& its = curves[curve.at("host").get<std::size_t>()];
      its.push_back(curve);
      its.back()["host"] = 0;
    }
    for (auto& [host, its] : curves) {
      Value head = Value::object();
      for (const auto& [name, value] : metric.items())
        if (name != "curves") head[name] = value;
      head["curves"] = std::move(its);
      parts.at(host)["metrics"].push_back(std::move(head));
    }
  }
  return parts;
}

// Pages that are all written before the first takes its place: there may be no room for all of them.
class NewPages {
 public:
  static Result<NewPages> begin(const std::filesystem::path& folder) {
    std::string aside = folder / ".cef-report-XXXXXX";
    if (!::mkdtemp(aside.data()))
      return Unexpected(
          Error{Code::io_failed, fmt::format("cannot write in {}: {}", folder.native(), std::strerror(errno)), ""});
    return NewPages(folder, aside);
  }
  NewPages(NewPages&& other) noexcept
      : folder_(std::move(other.folder_)), aside_(std::exchange(other.aside_, {})), names_(std::move(other.names_)) {}
  NewPages& operator=(NewPages&&) = delete;
  ~NewPages() {
    std::error_code ignored;
    if (!aside_.empty()) std::filesystem::remove_all(aside_, ignored);
  }

  Result<void> add(const std::string& name, std::string_view page) {
    names_.push_back(name);
    return write_file(aside_ / name, page);
  }
  // In the order in which they were added.
  Result<void> commit() {
    for (const std::string& name : names_) {
      std::error_code failed;
      std::filesystem::rename(aside_ / name, folder_ / name, failed);
      if (failed)
        return Unexpected(Error{Code::io_failed,
                                fmt::format("cannot replace {}: {}", (folder_ / name).native(), failed.message()), ""});
    }
    return {};
  }

 private:
  NewPages(std::filesystem::path folder, std::filesystem::path aside)
      : folder_(std::move(folder)), aside_(std::move(aside)) {}

  std::filesystem::path folder_, aside_;
  std::vector<std::string> names_;
};

Result<void> write_hosts(NewPages& pages, const std::string& title, const Value& content, const Past& past) {
  for (const Value& part : by_host(content)) {
    const std::string host = part["hosts"][0].at("name").get<std::string>();
    const Listing below[] = {
        runs_listing("Runs", of_host(past.runs_of, host)),
        {"Delivered", {"What", "Where", "When (UTC)", "Run"}, of_host(past.deliveries_to, host), "nothing is recorded"},
        way_back()};
    const std::string page = render::report_page(fmt::format("{}: {}", host, title), part, below);
    if (auto written = pages.add(page_of_host(host), page); !written) return written;
  }
  return {};
}

std::string index_of(const std::string& title, const Value& content) {
  Listing hosts{"Pages of hosts", {"Host", "State"}, {}, "there is no host"};
  for (const Value& host : content.at("hosts")) {
    const std::string name = host.at("name").get<std::string>();
    hosts.rows.push_back({{name, page_of_host(name)}, {text_of(host, "state")}});
  }
  const Listing more{"More", {"Page"}, {{{"runs", runs_page}}, {{"what was delivered where", deliveries_page}}}};
  const Listing below[] = {more, std::move(hosts)};
  return render::report_page(title, content, below);
}

}  // namespace
}  // namespace report_folder_parts

std::string page_of_host(std::string_view host) {
  std::string name = "host-";
  for (const char c : host) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    name += plain ? std::string(1, c) : fmt::format("~{:02x}", static_cast<unsigned char>(c));
  }
  constexpr std::size_t longest = 200;
  if (name.size() > longest) name = name.substr(0, longest / 2) + "~~" + sha256_of(host).substr(0, 32);
  return name + ".html";
}

Result<void> check_report_folder(const std::filesystem::path& folder) {
  using namespace report_folder_parts;
  const auto refuse = [&](const std::string& why, std::string hint) {
    return Unexpected(Error{Code::usage, fmt::format("--out: {}", why), std::move(hint)});
  };
  if (folder.native().starts_with('-'))
    return refuse(fmt::format("'{}' is no name of a folder", folder.native()), "a folder that is called so is ./-...");
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return refuse(fmt::format("cannot make the folder {}: {}", folder.native(), failed.message()), "");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return refuse(fmt::format("cannot write in {}: {}", folder.native(), std::strerror(errno)), "");
  const auto index = folder / index_page;
  if (!std::filesystem::exists(std::filesystem::symlink_status(index, failed))) return {};
  const auto there = read_file(index);
  if (std::filesystem::is_symlink(index, failed) || !there || there->find(render::page_mark) == std::string::npos)
    return refuse(fmt::format("{} is there, and cef did not make it", index.native()),
                  "name a folder of its own, or remove that file");
  return {};
}

Result<void> write_report_folder(const Options& options, const std::filesystem::path& folder, const std::string& title,
                                 const Value& content) {
  using namespace report_folder_parts;
  auto past = look_back(options);
  if (!past) return Unexpected(past.error());
  auto pages = NewPages::begin(folder);
  if (!pages) return Unexpected(pages.error());
  if (auto written = write_hosts(*pages, title, content, *past); !written) return written;
  const Listing runs[] = {runs_listing("The last runs", std::move(past->runs)), way_back()};
  const Listing deliveries[] = {
      {"Delivered", {"Host", "What", "Where", "When (UTC)", "Run"}, std::move(past->deliveries), "nothing is recorded"},
      way_back()};
  if (auto written = pages->add(runs_page, render::list_page("Runs", runs)); !written) return written;
  if (auto written = pages->add(deliveries_page, render::list_page("Deliveries", deliveries)); !written) return written;
  // The last one, so that its links lead somewhere.
  if (auto written = pages->add(index_page, index_of(title, content)); !written) return written;
  return pages->commit();
}

}  // namespace cef::cli

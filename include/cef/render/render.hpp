// Turns results into what goes to standard output: one Renderer per format. A renderer gets each result as the host
// finishes and the whole report at the end; table, yaml and names write at the end, in inventory order, json and csv in
// that order too but as soon as they can, ndjson and raw as results come.
#pragma once

#include <cef/core/column.hpp>
#include <cef/core/metric.hpp>
#include <cef/core/report.hpp>
#include <cef/core/result.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::render {

enum class Format {
#define FORMAT(name) name,
#include <cef/render/formats.def>
#undef FORMAT
};
std::optional<Format> format_from(std::string_view name);
/// All names, for messages.
std::vector<std::string> format_names();

enum class OutputStream { out, err };

using Writer = std::function<void(std::string_view)>;

/// Where a table's summary and hints go, and what they look like there. Without `write` they follow the rows.
struct Aside {
  Writer write;
  std::size_t width = 0;  // terminal cells; 0: unlimited
  bool colour = false, escape = false;
  bool apart = false;  // the rows stand right above: an empty line goes between
};

struct View {
  Columns columns;                 // the verb's own; host and status go before them unless host is among them
  std::vector<std::string> hosts;  // all that will have a result, in inventory order; empty: not known
  std::vector<std::string> shown;  // --columns, empty: the verb's columns that are not extra
  std::string sort;                // --sort, empty: inventory order; `name,-other`: the second downwards
  std::vector<std::string> where;  // --where: rows that do not meet all of these are left out
  bool header = true;
  bool fold = false;           // one row for hosts with equal results
  bool only_failures = false;  // -q
  bool thresholds = false;     // values were held against some; -q means hosts that crossed one, too
  bool csv_raw = false;        // fields that a spreadsheet would take for formulas, as they are
  std::set<Status> statuses;   // which to show; empty: all, and in names ok and changed
  std::function<bool(const HostResult&)> keeps{};  // some row of it meets `where`; set by make_renderer(), else empty
  std::size_t width = 0;                           // terminal cells; 0: unlimited
  bool colour = false;
  bool escape = false;              // control characters from hosts are shown escaped (a terminal)
  std::string output_field;         // data field with a text of many lines, shown as a block ("stdout"); or empty
  Metrics metrics;                  // the numbers in the records, for prometheus, checkmk and nagios
  std::string noun = "host";        // what a result is about, for the conclusion
  std::string lacking;              // what hosts without a record do not have: `no NVIDIA device`; or empty
  std::string kept;                 // path of a text that is cut as far as need be, but never left out; or empty
  std::vector<std::string> hidden;  // names of columns that were left out before, for want of room
  Aside aside;
  std::function<std::string(const std::vector<std::string>&)> fold_hosts;  // names to `rpi[1-3]`; never null if fold
};

class Renderer {
 public:
  virtual ~Renderer() = default;
  /// A host is done. Never called twice for a host.
  virtual void result(const HostResult& result) = 0;
  virtual void finish(const Report& report) = 0;
  /// Whether finish() looks at the records again; if not, their long texts may be gone by then.
  virtual bool needs_records() const { return true; }
};

/// Errors: usage, for a column or sort key that is not a column of the view nor a dotted path (the nearest is named),
/// and for a condition that cannot be read.
Result<std::unique_ptr<Renderer>> make_renderer(Format format, View view, Writer write);

/// For each of `view.shown` that is a path into the JSON which no result with a record has: a sentence with what is
/// near. Nothing when there is no record at all.
std::vector<std::string> absent_columns(const View& view, const Report& report);

/// `cef_disk_used_ratio`: base units, whatever the record has. The metric's value is converted by the format.
std::string prometheus_name(const Metric& metric);
/// Every family that `--format prometheus` may write for these metrics.
std::vector<std::string> prometheus_names(const Metrics& metrics);

/// What `--format json` says of a result, of its error, of the counts, and of a whole run.
Value to_json(const HostResult& result);
Value to_json(const Summary& summary);
Value to_json(const Report& report);
/// The same without summary and results.
Value to_json_head(const Report& report);
/// A value as the table has it: `1.2 GiB`, `12.3 ms`, `51.4 °C`, `yes`, `a, b`; `-` for null.
std::string show(const Value& value, Unit unit);
/// JSON text of any value. Invalid UTF-8 in strings becomes U+FFFD; DEL, C1 controls and bidirectional overrides are
/// written as \u escapes, so that JSON is safe to look at. `indent` < 0: one line.
std::string dump(const Value& value, int indent = -1);

/// Lines of several hosts' live output as they come, each with its host's name before it (exec --stream). Keeps an
/// unfinished line until its end arrives. With one host: bytes pass through as they are. What goes to a terminal has
/// its control characters escaped, each stream by itself.
class LiveOutput {
 public:
  struct Terminals {
    bool out = false, err = false;
  };
  LiveOutput(std::vector<std::string> hosts, Terminals terminals, bool colour, Writer out, Writer err);
  void write(std::string_view host, OutputStream stream, std::string_view bytes);
  /// The host will send no more: its unfinished line is written.
  void end(std::string_view host);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cef::render

// Source: `nvidia-smi --help-query-gpu`, nvidia-smi(1); the lines of drivers 390 to 610. A card that does not answer
// has a line of its own among the others', or words in brackets in place of its values.
#include "nvidia_smi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace cef::probes {

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

// After the index, in the order of the query. The name may hold commas and stands last.
constexpr std::array<std::string_view, 10> names{
    "uuid",         "driver_version", "temperature.gpu", "utilization.gpu", "memory.used",
    "memory.total", "power.draw",     "power.limit",     "fan.speed",       "name"};
enum Place : std::size_t {
  uuid,
  driver,
  temperature,
  used,
  memory_used,
  memory_total,
  power_now,
  power_limit,
  fan,
  name
};

struct Row {
  std::int64_t index = 0;
  std::array<std::string_view, names.size()> text;
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The first fields of a line of values with ", " between them, and the rest of it.
std::optional<Lines> fields(std::string_view line, std::size_t count) {
  Lines found;
  while (found.size() + 1 < count) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    found.push_back(trim(line.substr(0, comma)));
    line.remove_prefix(comma + 1);
  }
  found.push_back(trim(line));
  return found;
}

std::optional<Row> row(std::string_view line) {
  const auto text = fields(line, names.size() + 1);
  const auto index = text ? integer((*text)[0]) : std::nullopt;
  if (!index || *index < 0) return std::nullopt;
  Row found{*index, {}};
  std::copy(text->begin() + 1, text->end(), found.text.begin());
  return found;
}

// Those of the query, or, where that failed for a field, put together of what each field's own query said.
std::vector<Row> rows(Parts& part) {
  std::vector<Row> found;
  for (const std::string_view line : part["gpus"])
    if (auto one = row(line)) found.push_back(*one);
  if (!found.empty()) return found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto answer = part.find(fmt::format("field {}", names[i]));
    if (answer == part.end()) continue;
    for (const std::string_view line : answer->second) {
      const auto text = fields(line, 2);
      const auto index = text ? integer((*text)[0]) : std::nullopt;
      if (!index || *index < 0) continue;
      auto its = std::ranges::find(found, *index, &Row::index);
      if (its == found.end()) its = found.insert(found.end(), Row{*index, {}});
      its->text[i] = (*text)[1];
    }
  }
  return found;
}

// A number, whatever unit or remark a driver adds to it; a word in its place is no value.
std::optional<double> value(std::string_view text, double least, double most) {
  const auto found = number(take_word(text));
  return found && *found >= least && *found <= most ? found : std::nullopt;
}

Value bytes_of(const std::optional<double>& mib) {
  return mib ? Value(static_cast<std::int64_t>(*mib) * mebibyte) : Value(nullptr);
}

Value text_of(std::string_view text) { return is_missing(text) ? Value(nullptr) : Value(std::string(text)); }

// Why a card has no values: what its fields say in brackets. Single ones may be unknown on a card that is well.
std::string_view trouble(const Row& row) {
  std::size_t unknown = 0;
  for (std::size_t i = temperature; i < name; ++i) {
    if (has(row.text[i], "reset") || has(row.text[i], "lost")) return trim(row.text[i], " []");
    if (has(lower(row.text[i]), "unknown error")) ++unknown;
  }
  return unknown == name - temperature ? trim(row.text[temperature], " []") : std::string_view();
}

Value card(const Row& row) {
  Value found{{"index", row.index},
              {"name", text_of(row.text[name])},
              {"uuid", text_of(row.text[uuid])},
              {"temperature_celsius", or_null(value(row.text[temperature], -60, 250))},
              {"used_pct", or_null(value(row.text[used], 0, 100))},
              {"memory_used_bytes", bytes_of(value(row.text[memory_used], 0, 1e9))},
              {"memory_total_bytes", bytes_of(value(row.text[memory_total], 0, 1e9))},
              {"power_w", or_null(value(row.text[power_now], 0, 1e5))},
              {"power_limit_w", or_null(value(row.text[power_limit], 0, 1e5))},
              {"fan_pct", or_null(value(row.text[fan], 0, 1000))},  // it may turn at more than 100 %
              {"processes", Value::array()}};
  if (const auto why = trouble(row); !why.empty()) found["error"] = std::string(why.substr(0, 200));
  return found;
}

bool tells_of_a_lost_card(std::string_view line) {
  return has(lower(line), "unable to determine the device handle for gpu");
}

// `Unable to determine the device handle for GPU1: 0000:44:00.0: Unknown Error`, or without the number: then its place
// on the bus tells it, which is the order in which cards are counted.
Value index_of_lost(std::string_view line, const Lines& pci) {
  const std::string small = lower(line);
  std::string_view rest = small;
  rest.remove_prefix(rest.find("handle for gpu") + 14);
  const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (const auto index = integer(rest.substr(0, digits)); index && *index >= 0 && *index < 1024) return *index;
  for (std::size_t i = 0; i < pci.size(); ++i)
    if (has(rest, lower(pci[i]))) return static_cast<std::int64_t>(i);
  return nullptr;
}

Value lost_card(std::string_view line, const Lines& pci) {
  Value found = card({0, {}});
  found["index"] = index_of_lost(line, pci);
  found["error"] = nvidia_complaint({line});
  return found;
}

// A version is a word; newer drivers put remarks after it.
Value version_of(const Lines& lines, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    for (const std::string_view line : lines) {
      const auto colon = line.find(':');
      if (colon == std::string_view::npos || trim(line.substr(0, colon)) != key) continue;
      std::string_view said = line.substr(colon + 1);
      if (const auto word = take_word(said); !is_missing(word) && std::isdigit(static_cast<unsigned char>(word[0])))
        return std::string(word);
    }
  return nullptr;
}

Value owner(const Lines& owners, std::int64_t pid) {
  const std::string path = fmt::format("/proc/{}", pid);
  for (std::string_view line : owners)
    if (take_word(line) == path) return line == "UNKNOWN" ? Value(nullptr) : text_or_null(line);
  return nullptr;
}

// The name of the container that the process is in, or its short id where the user may not ask docker; empty: it is in
// none.
std::string container(Parts& part, std::int64_t pid) {
  const auto known = [](const Lines& lines, std::string_view key) {
    for (std::string_view line : lines)
      if (take_word(line) == key) return std::string(trim(line));
    return std::string();
  };
  const std::string id = known(part["containers"], fmt::format("{}", pid));
  const std::string name = id.empty() ? "" : known(part["names"], id);
  return name.empty() ? id.substr(0, 12) : name;
}

// The id of a card or of a part of one (MIG), which old drivers write as MIG-<the card's>/1/0, and newer ones with an
// id of its own: `  MIG 1g.5gb Device 0: (UUID: MIG-...)` below its card in -L.
std::string_view card_of(std::string_view id, const Lines& list) {
  if (id.starts_with("MIG-GPU-")) return id.substr(4, id.find('/') - 4);
  if (!id.starts_with("MIG-")) return id;
  std::string_view card;
  for (const std::string_view line : list) {
    const auto at = line.find("(UUID: ");
    if (at == std::string_view::npos) continue;
    const std::string_view its = line.substr(at + 7, line.find(')', at) - at - 7);
    if (its.starts_with("GPU-")) card = its;
    if (its == id) return card;
  }
  return id;
}

// Each process under its card.
void add_processes(Value& record, Parts& part) {
  const Lines& list = part["list"];
  for (const std::string_view line : part["processes"]) {
    const auto text = fields(line, 4);
    const auto pid = text ? integer((*text)[1]) : std::nullopt;
    if (!pid || *pid < 0) continue;
    Value process{{"pid", *pid},
                  {"user", owner(part["owners"], *pid)},
                  {"name", text_of((*text)[3])},
                  {"memory_bytes", bytes_of(value((*text)[2], 0, 1e9))}};
    if (auto name = container(part, *pid); !name.empty()) process["container"] = std::move(name);
    Value& gpus = record["gpus"];
    const std::string_view id = card_of((*text)[0], list);
    const auto its = std::ranges::find_if(gpus, [&](const Value& gpu) { return gpu["uuid"] == id; });
    if (its != gpus.end())
      (*its)["processes"].push_back(std::move(process));
    else if (gpus.size() == 1)
      gpus[0]["processes"].push_back(std::move(process));
    else
      record["other_processes"].push_back(std::move(process));
  }
  // For the table.
  for (Value& gpu : record["gpus"]) {
    Value containers = Value::array();
    for (const Value& process : gpu["processes"])
      if (process.contains("container") && std::ranges::find(containers, process["container"]) == containers.end())
        containers.push_back(process["container"]);
    if (!containers.empty()) gpu["containers"] = std::move(containers);
  }
}

bool is_noise(std::string_view line) {
  return has(line, "ld.so") || has(line, "cannot be preloaded") || has(line, "no version information available") ||
         has(line, "setlocale") || trim(line).empty();
}

// Lost cards stand among the others, those without a number at the end.
void add_lost(Value& gpus, Parts& part) {
  for (const std::string_view line : part["gpus"]) {
    if (!tells_of_a_lost_card(line)) continue;
    Value lost = lost_card(line, part["pci"]);
    const auto same = [&](const Value& gpu) { return gpu["index"] == lost["index"]; };
    if (std::ranges::any_of(gpus, same)) lost["index"] = nullptr;  // the others were counted without it
    gpus.push_back(std::move(lost));
  }
  std::ranges::stable_sort(gpus.get_ref<Value::array_t&>(), {}, [](const Value& gpu) {
    return gpu["index"].is_null() ? std::int64_t{1} << 62 : gpu["index"].get<std::int64_t>();
  });
}

// What it warned of while it told of the cards.
Value warnings(Parts& part) {
  const Lines& status = part["status"];
  if (status.empty() || status.front() == "0" || part["gpus"].empty()) return nullptr;
  Lines said;
  for (const std::string_view line : part["gpus"])
    if (!row(line) && !tells_of_a_lost_card(line)) said.push_back(line);
  if (said.empty() && std::ranges::any_of(part["gpus"], tells_of_a_lost_card)) return nullptr;
  return Value::array({fmt::format("nvidia-smi: {} (exit status {})",
                                   said.empty() ? "it did not end well" : nvidia_complaint(said), status.front())});
}

}  // namespace

bool is_missing(std::string_view text) {
  constexpr std::string_view words[] = {"",
                                        "-",
                                        "n/a",
                                        "err!",
                                        "unknown",
                                        "unknown error",
                                        "not supported",
                                        "not available",
                                        "not found",
                                        "insufficient permissions",
                                        "gpu requires reset",
                                        "gpu is lost"};
  text = trim(text);
  return text.starts_with('[') || std::ranges::find(words, lower(text)) != std::end(words);
}

Value most(const Value& gpus, const char* key) {
  Value found;
  for (const Value& card : gpus)
    if (card[key].is_number() && (found.is_null() || card[key] > found)) found = card[key];
  return found;
}

std::string nvidia_complaint(const Lines& lines) {
  if (lines.empty()) return "it printed nothing";
  const auto told = std::ranges::find_if_not(lines, is_noise);
  std::string text(trim(told == lines.end() ? lines.front() : *told).substr(0, 200));
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

bool nvidia_has_none(const Lines& lines) {
  return std::ranges::any_of(lines, [](std::string_view line) { return line.starts_with("No devices"); });
}

Value nvidia_cards(Parts& part) {
  const std::vector<Row> told = rows(part);
  if (told.empty()) return nullptr;
  Value record{{"software", "nvidia-smi"},
               {"driver_version", version_of(part["version"], {"Driver Version", "KMD Version"})},
               {"cuda_version", version_of(part["version"], {"CUDA Version", "CUDA UMD Version"})},
               {"gpus", Value::array()}};
  for (const Row& row : told) {
    std::string_view version = row.text[driver];
    if (const auto word = take_word(version); !is_missing(word)) record["driver_version"] = std::string(word);
    record["gpus"].push_back(card(row));
  }
  add_lost(record["gpus"], part);
  add_processes(record, part);
  record["temperature_celsius"] = most(record["gpus"], "temperature_celsius");
  record["used_pct"] = most(record["gpus"], "used_pct");
  if (auto warned = warnings(part); !warned.is_null()) record["warnings"] = std::move(warned);
  return record;
}

}  // namespace cef::probes

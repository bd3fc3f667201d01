#include "disk.hpp"
#include "manifest.hpp"

#include <cef/core/file.hpp>
#include <cef/core/suggest.hpp>
#include <cef/core/value.hpp>
#include <cef/models/repository.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>
#include <unistd.h>

namespace cef::models {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 100;
constexpr std::string_view ending = ".json";

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-' || c == '+';
}

// `aihub_model` for `/x/aihub_model.tar.gz`.
std::string name_for(const fs::path& file) {
  std::string name = file.filename().string();
  for (const std::string_view suffix :
       {".zip", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz2", ".tar"})
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      name.resize(name.size() - suffix.size());
      break;
    }
  for (char& c : name)
    if (!is_name_character(c)) c = '-';
  const auto begin = name.find_first_not_of(".-");
  return begin == std::string::npos ? "" : name.substr(begin, longest_name);
}

std::optional<std::uint64_t> number_of(std::string_view version) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
  if (error != std::errc() || end != version.data() + version.size() || version.size() > 18) return std::nullopt;
  return number;
}

Error usage(std::string message, std::string hint = "") { return {Code::usage, std::move(message), std::move(hint)}; }

std::vector<std::string> versions_of(const std::vector<Model>& models, std::string_view name) {
  std::vector<std::string> versions;
  for (const Model& model : models)
    if (model.name == name) versions.push_back(model.version);
  return versions;
}

}  // namespace

Result<void> check_name(std::string_view what, std::string_view text) {
  const bool fits = !text.empty() && text.size() <= longest_name && text.front() != '.' && text.front() != '-' &&
                    std::ranges::all_of(text, is_name_character);
  if (fits) return {};
  return Unexpected(usage(
      fmt::format("'{}' cannot be {}", text, what),
      fmt::format("letters, digits, `.`, `_`, `-` and `+`, at most {}, and neither `.` nor `-` first", longest_name)));
}

Result<Reference> parse_reference(std::string_view text) {
  Reference reference;
  const auto colon = text.find(':');
  reference.name = text.substr(0, colon);
  if (colon != std::string_view::npos) reference.version = text.substr(colon + 1);
  if (const auto fits = check_name("the name of a model", reference.name); !fits) return Unexpected(fits.error());
  if (reference.version)
    if (const auto fits = check_name("a version", *reference.version); !fits) return Unexpected(fits.error());
  return reference;
}

fs::path default_folder() {
  const char* base = std::getenv("XDG_DATA_HOME");
  // A relative one is to be ignored. Source: XDG Base Directory Specification.
  if (base && fs::path(base).is_absolute()) return fs::path(base) / "cef/models";
  const auto home = expand_user("~");
  if ((home.empty() || home == "/") && ::geteuid() == 0) return "/var/lib/cef/models";
  return home / ".local/share/cef/models";
}

fs::path Repository::file_of(const Model& model) const { return folder_ / "objects" / model.sha256; }

Result<Repository::Added> Repository::add(const fs::path& file, const Order& order) {
  const std::string name = order.name.value_or(name_for(file));
  if (const auto fits = check_name("the name of a model", name); !fits) {
    Error error = fits.error();
    if (!order.name) error.message += "; --name gives it another one";
    return Unexpected(std::move(error));
  }
  if (order.version)
    if (const auto fits = check_name("a version", *order.version); !fits) return Unexpected(fits.error());
  std::error_code missing;
  if (!fs::exists(file, missing)) return Unexpected(disk_error("read", file, ENOENT));
  if (fs::is_directory(file, missing)) {
    Error error = disk_error("read", file, EISDIR);
    error.hint = "a model is one file: pack the folder first, with tar or zip";
    return Unexpected(std::move(error));
  }
  for (const char* part : {"objects", "manifests", "tmp", "derived"})
    if (const auto made = make_private_folder(folder_ / part); !made) return Unexpected(made.error());
  tidy();
  // What is taken in is not swept away while this is held.
  const auto lock = Lock::take(folder_ / "lock", Lock::Kind::shared);
  if (!lock) return Unexpected(lock.error());
  return add_locked(file, order, name);
}

Result<Repository::Added> Repository::add_locked(const fs::path& file, const Order& order, std::string name) {
  const Temporary aside(folder_ / "tmp");
  const auto taken = order.link ? take_link(file, aside.path()) : take_copy(file, aside.path());
  if (!taken) return Unexpected(taken.error());
  Model model;
  model.name = std::move(name);
  model.sha256 = taken->sha256;
  model.size = taken->size;
  model.file = file.filename().string();
  auto listing = read_archive(aside.path(), order.limits);
  if (!listing) {
    Error error = listing.error();
    error.message = fmt::format("{}: {}", file.string(), error.message);
    return Unexpected(std::move(error));
  }
  if (*listing) {
    model.format = std::move((*listing)->format);
    model.entries = std::move((*listing)->entries);
    model.unpacked_bytes = (*listing)->unpacked_bytes;
    model.files = (*listing)->files;
  } else {
    model.unpacked_bytes = model.size;
    model.entries.push_back({model.file, ArchiveEntry::Type::file, model.size, {}});
  }
  auto added = record(std::move(model), order, aside.path());
  if (added) added->way = order.link ? Added::Way::linked : taken->cloned ? Added::Way::cloned : Added::Way::copied;
  return added;
}

// One run at a time: which number is the next one is decided here.
Result<Repository::Added> Repository::record(Model model, const Order& order, const fs::path& taken) {
  const fs::path place = folder_ / "manifests" / model.name;
  if (const auto made = make_private_folder(place); !made) return Unexpected(made.error());
  const auto lock = Lock::take(folder_ / "record.lock", Lock::Kind::exclusive);
  if (!lock) return Unexpected(lock.error());
  const auto known = list();
  if (!known) return Unexpected(known.error());
  // A number is not given twice, also when its version was removed: hosts may have that one still.
  std::uint64_t last = 0;
  if (const auto text = read_file(place / "last"))
    last = number_of(std::string_view(*text).substr(0, text->find('\n'))).value_or(0);
  const Model* same = nullptr;
  for (const Model& each : *known) {
    if (each.name != model.name) continue;
    last = std::max(last, number_of(each.version).value_or(0));
    if (each.trouble) continue;  // may be written anew
    const bool is_it = order.version ? each.version == *order.version : each.sha256 == model.sha256;
    if (is_it && each.sha256 != model.sha256)
      return Unexpected(usage(fmt::format("{} is there already, and holds something else", each.reference()),
                              "choose another --version, or remove it: cef model rm"));
    if (is_it) same = &each;
  }
  // Also when it is there: what was damaged is mended by this.
  if (const auto placed = move_into_place(taken, folder_ / "objects" / model.sha256); !placed)
    return Unexpected(placed.error());
  if (same) return Added{*same, false, {}};
  model.version = order.version.value_or(std::to_string(last + 1));
  model.added = std::chrono::system_clock::now();
  last = std::max(last, number_of(model.version).value_or(0));
  for (const auto& [name, text] : {std::pair(std::string("last"), fmt::format("{}\n", last)),
                                   std::pair(model.version + std::string(ending), write_manifest(model))})
    if (const auto written = write_file(place / name, text); !written) return Unexpected(written.error());
  for (const auto& folder : {place, place.parent_path()})
    if (const auto synced = sync_folder(folder); !synced) return Unexpected(synced.error());
  return Added{std::move(model), true, {}};
}

Result<std::vector<Model>> Repository::list() const {
  std::vector<Model> models;
  const auto names = names_in(folder_ / "manifests");
  if (!names) return Unexpected(names.error());
  for (const fs::path& name : *names) {
    const auto files = names_in(folder_ / "manifests" / name);
    if (!files) return Unexpected(files.error());
    for (const fs::path& file : *files) {
      if (!file.string().ends_with(ending)) continue;
      const auto path = folder_ / "manifests" / name / file;
      const auto text = read_file(path);
      if (!text && !fs::exists(path)) continue;  // removed at this moment
      if (!text) return Unexpected(text.error());
      auto model = read_manifest(*text);
      const std::string version = file.string().substr(0, file.string().size() - ending.size());
      if (!model || model->name != name || model->version != version) {
        model.emplace();
        model->name = name.string();
        model->version = version;
        model->trouble =
            Error{Code::io_failed, fmt::format("{} is not the manifest of a model", path.string()),
                  fmt::format("it was written by another cef, or damaged: cef model rm {}, and add it again",
                              model->reference())};
      }
      models.push_back(std::move(*model));
    }
  }
  std::ranges::sort(models, {}, [](const Model& model) { return std::tuple(model.name, model.added, model.version); });
  return models;
}

Result<Model> Repository::find(const Reference& reference) const {
  auto models = list();
  if (!models) return Unexpected(models.error());
  std::optional<Model> found;
  std::vector<std::string> names;
  for (Model& model : *models) {
    if (names.empty() || names.back() != model.name) names.push_back(model.name);
    if (model.name == reference.name && (!reference.version || model.version == *reference.version)) found = model;
  }
  if (found && found->trouble) return Unexpected(std::move(*found->trouble));
  if (found) return std::move(*found);
  const auto versions = versions_of(*models, reference.name);
  if (!versions.empty())
    return Unexpected(Error{Code::nothing_matched,
                            fmt::format("there is no version '{}' of {}", *reference.version, reference.name),
                            fmt::format("versions: {}", fmt::join(versions, ", "))});
  const auto near = nearest(reference.name, names);
  return Unexpected(Error{Code::nothing_matched,
                          fmt::format("there is no model '{}' in {}{}", reference.name, folder_.string(),
                                      near ? fmt::format(": did you mean '{}'?", *near) : std::string()),
                          names.empty() ? "cef model add FILE puts one there" : "cef model list shows them"});
}

Result<void> Repository::verify(const Model& model) const {
  const fs::path file = file_of(model);
  std::error_code error;
  const auto name = model.reference();
  if (!fs::exists(file, error))
    return Unexpected(Error{Code::no_such_file, fmt::format("the file of {} is gone: {}", name, file.string()),
                            "add it again, and all that shares it is whole"});
  const auto hashed = hash_of(file);
  if (!hashed) return Unexpected(hashed.error());
  if (hashed->sha256 == model.sha256) return {};
  return Unexpected(Error{
      Code::checksum_mismatch,
      fmt::format("the file of {} is not what was added: {} has the SHA-256 {}", name, file.string(), hashed->sha256),
      "add it again, and all that shares it is whole"});
}

Result<Repository::Removed> Repository::remove(const std::vector<Model>& models) {
  const auto lock = Lock::take(folder_ / "lock", Lock::Kind::exclusive);
  if (!lock) return Unexpected(lock.error());
  for (const Model& model : models) {
    const fs::path place = folder_ / "manifests" / model.name;
    if (::unlink((place / (model.version + std::string(ending))).c_str()) != 0) {
      if (errno == ENOENT)
        return Unexpected(Error{Code::nothing_matched, fmt::format("{} is gone already", model.reference()), ""});
      return Unexpected(disk_error("remove", place, errno));
    }
    if (const auto synced = sync_folder(place); !synced) return Unexpected(synced.error());
  }
  return sweep();
}

// Nothing: nobody can tell, as one is in trouble.
Result<std::optional<std::vector<std::string>>> Repository::hashes_in_use() const {
  const auto models = list();
  if (!models) return Unexpected(models.error());
  std::vector<std::string> hashes;
  for (const Model& model : *models) {
    if (model.trouble) return std::optional<std::vector<std::string>>();
    hashes.push_back(model.sha256);
  }
  std::ranges::sort(hashes);
  return std::optional(std::move(hashes));
}

// With the lock held.
Result<Repository::Removed> Repository::sweep() {
  const auto used = hashes_in_use();
  if (!used) return Unexpected(used.error());
  Removed removed;
  if (!*used) return removed;
  for (const char* part : {"objects", "derived", "tmp"}) {
    const auto names = names_in(folder_ / part);
    if (!names) return Unexpected(names.error());
    for (const fs::path& name : *names) {
      const std::string hash = name.string().substr(0, name.string().find('.'));
      if (part != std::string_view("tmp") && std::ranges::binary_search(**used, hash)) continue;
      std::error_code error;
      const auto size = fs::file_size(folder_ / part / name, error);
      if (::unlink((folder_ / part / name).c_str()) != 0) continue;
      if (part != std::string_view("objects")) continue;
      removed.files.push_back(name);
      removed.bytes += error ? 0 : size;
    }
  }
  return removed;
}

// What runs left that were killed; not while another one is at work.
void Repository::tidy() {
  const auto lock = Lock::take(folder_ / "lock", Lock::Kind::exclusive_now);
  if (lock && *lock) (void)sweep();
}

Result<Repository::Packed> Repository::tar_gz_of(const Model& model, const ArchiveLimits& limits,
                                                 const std::atomic<bool>& stop) const {
  const auto place = folder_ / "derived";
  const auto note = place / (model.sha256 + std::string(ending));
  Packed packed;
  packed.file = place / (model.sha256 + ".tar.gz");
  const auto is_there = [&] {
    const auto text = read_file(note);
    const Value known = text ? Value::parse(*text, nullptr, false) : Value();
    std::error_code error;
    const auto size = fs::file_size(packed.file, error);
    if (error || !known.is_object() || known.value("size_bytes", std::uint64_t{0}) != size) return false;
    packed.sha256 = known.value("sha256", "");
    packed.size = size;
    return true;
  };
  if (is_there()) return packed;
  if (const auto made = make_private_folder(place); !made) return Unexpected(made.error());
  // A run that needs the same waits for this one's, and finds it there.
  const auto shared = Lock::take(folder_ / "lock", Lock::Kind::shared);
  if (!shared) return Unexpected(shared.error());
  const auto own = Lock::take(folder_ / "derived.lock", Lock::Kind::exclusive);
  if (!own) return Unexpected(own.error());
  if (is_there()) return packed;
  const Temporary aside(folder_ / "tmp");
  if (const auto made = to_tar_gz(file_of(model), aside.path(), limits, stop); !made) return Unexpected(made.error());
  const auto hashed = hash_of(aside.path());
  if (!hashed) return Unexpected(hashed.error());
  packed.sha256 = hashed->sha256;
  packed.size = hashed->size;
  if (const auto placed = move_into_place(aside.path(), packed.file); !placed) return Unexpected(placed.error());
  const Value known = {{"sha256", packed.sha256}, {"size_bytes", packed.size}};
  if (const auto written = write_file(note, known.dump() + '\n'); !written) return Unexpected(written.error());
  return packed;
}

}  // namespace cef::models

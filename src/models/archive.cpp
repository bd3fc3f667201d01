#include "archive_entry.hpp"
#include "libarchive.hpp"

#include <cef/core/descriptor.hpp>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>

namespace cef::models {

namespace {

using Type = ArchiveEntry::Type;

constexpr std::size_t block = 256 << 10;

Error system_error(const char* doing, const std::filesystem::path& file, int reason) {
  return {Code::io_failed, fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(reason)), ""};
}

struct Free {
  void operator()(archive* it) const { LIBARCHIVE(archive_free)(it); }
};
using Archive = std::unique_ptr<archive, Free>;

// libarchive takes names apart by the thread's locale; in C, which programs begin with, it would replace what is not
// ASCII.
class Utf8Locale {
 public:
  Utf8Locale() : own_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), former_(own_ ? ::uselocale(own_) : nullptr) {}
  ~Utf8Locale() {
    if (!own_) return;
    ::uselocale(former_);
    ::freelocale(own_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t own_, former_;
};

std::string words_of(archive* from) {
  const char* text = LIBARCHIVE(archive_error_string)(from);
  return text ? text : "no reason is given";
}

Error broken(archive* from) {
  return {Code::unpack_failed, fmt::format("the archive is damaged: {}", words_of(from)),
          "compare its checksum with that of where it came from"};
}

// Bytes that only tell of a shape that compresses well are not bombs; a gigabyte of them is.
Error too_large(const ArchiveLimits& limits, std::uint64_t packed) {
  return {Code::unpack_failed, fmt::format("it unpacks to more than {} bytes, from {}", limits.max_unpacked, packed),
          "--max-unpacked allows more, if that is what it should be"};
}

const char* suffix_of(int filter) {
  switch (filter) {
    case ARCHIVE_FILTER_GZIP:
      return ".gz";
    case ARCHIVE_FILTER_XZ:
      return ".xz";
    case ARCHIVE_FILTER_ZSTD:
      return ".zst";
    case ARCHIVE_FILTER_BZIP2:
      return ".bz2";
    default:
      return "";
  }
}

std::string format_of(archive* from) {
  if ((LIBARCHIVE(archive_format)(from) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP) return "zip";
  std::string format = "tar";
  for (int i = LIBARCHIVE(archive_filter_count)(from) - 1; i >= 0; --i)
    format += suffix_of(LIBARCHIVE(archive_filter_code)(from, i));
  return format;
}

Result<Type> type_of(archive_entry* entry, std::string_view path) {
  if (LIBARCHIVE(archive_entry_hardlink)(entry)) return Type::hard_link;
  switch (LIBARCHIVE(archive_entry_filetype)(entry)) {
    case AE_IFREG:
      return Type::file;
    case AE_IFDIR:
      return Type::folder;
    case AE_IFLNK:
      return Type::symlink;
    default:
      return Unexpected(refused(path, "is a device, a pipe or a socket"));
  }
}

// One way through an archive; each entry is looked at before its bytes are read.
class Reader {
 public:
  explicit Reader(const ArchiveLimits& limits) : limits_(limits), check_(limits) {}

  // False: it is no archive.
  Result<bool> open(const std::filesystem::path& file) {
    struct stat about {};
    const int reason = ::stat(file.c_str(), &about) != 0 ? errno : S_ISREG(about.st_mode) ? 0 : EINVAL;
    if (reason != 0) return Unexpected(system_error("read", file, reason));
    packed_ = static_cast<std::uint64_t>(about.st_size);
    if (const auto loaded = libarchive::load(); !loaded) return Unexpected(loaded.error());
    from_.reset(LIBARCHIVE(archive_read_new)());
    for (const auto support :
         {&LIBARCHIVE(archive_read_support_filter_gzip), &LIBARCHIVE(archive_read_support_filter_xz),
          &LIBARCHIVE(archive_read_support_filter_zstd), &LIBARCHIVE(archive_read_support_filter_bzip2),
          &LIBARCHIVE(archive_read_support_format_zip), &LIBARCHIVE(archive_read_support_format_tar)})
      support(from_.get());
    // By its name, not by a descriptor: then it can seek, and goes by the table at a zip file's end.
    return LIBARCHIVE(archive_read_open_filename)(from_.get(), file.c_str(), block) == ARCHIVE_OK;
  }

  // The next one, or nothing at the end.
  Result<std::optional<ArchiveEntry>> next() {
    for (;;) {
      const int told = LIBARCHIVE(archive_read_next_header)(from_.get(), &raw_);
      if (told == ARCHIVE_EOF) return std::optional<ArchiveEntry>();
      if (told == ARCHIVE_FATAL || told == ARCHIVE_RETRY || told == ARCHIVE_FAILED)
        return Unexpected(broken(from_.get()));
      any_ = true;
      const char* name = LIBARCHIVE(archive_entry_pathname)(raw_);
      const std::string_view path = name ? name : "";
      if (LIBARCHIVE(archive_entry_is_encrypted)(raw_)) return Unexpected(encrypted(path));
      const auto type = type_of(raw_, path);
      if (!type) return Unexpected(type.error());
      const char* target =
          *type == Type::hard_link ? LIBARCHIVE(archive_entry_hardlink)(raw_) : LIBARCHIVE(archive_entry_symlink)(raw_);
      auto entry = check_.look(path, *type, LIBARCHIVE(archive_entry_perm)(raw_), target ? target : "");
      if (!entry) return Unexpected(entry.error());
      if (!*entry) continue;
      // What is announced is not to be trusted, but where it is too much already nothing need be read.
      if (LIBARCHIVE(archive_entry_size_is_set)(raw_) && LIBARCHIVE(archive_entry_size)(raw_) > 0 &&
          static_cast<std::uint64_t>(LIBARCHIVE(archive_entry_size)(raw_)) > limits_.max_unpacked)
        return Unexpected(too_large(limits_, packed_));
      return entry;
    }
  }

  // A piece of the entry's bytes, and where in it they stand; no bytes: its end.
  struct Piece {
    const void* bytes = nullptr;
    std::size_t size = 0;
    std::int64_t place = 0;
  };
  Result<Piece> piece() {
    Piece piece;
    for (;;) {
      const int told = LIBARCHIVE(archive_read_data_block)(from_.get(), &piece.bytes, &piece.size, &piece.place);
      if (told == ARCHIVE_EOF) return Piece{nullptr, 0, ends_at_};
      if (told == ARCHIVE_RETRY) continue;
      if (told != ARCHIVE_OK) return Unexpected(data_error());
      if (piece.size == 0) continue;
      const std::int64_t before = ends_at_;
      ends_at_ = std::max(ends_at_, piece.place + static_cast<std::int64_t>(piece.size));
      // Holes count: a host may not keep them as holes.
      unpacked_ += static_cast<std::uint64_t>(ends_at_ - before);
      if (const bool is_bomb = unpacked_ > limits_.ratio_free && unpacked_ / limits_.max_ratio > packed_;
          unpacked_ > limits_.max_unpacked || is_bomb)
        return Unexpected(is_bomb ? bomb() : too_large(limits_, packed_));
      return piece;
    }
  }
  void begin_entry() { ends_at_ = 0; }

  archive* from() const { return from_.get(); }
  archive_entry* raw() const { return raw_; }
  bool any() const { return any_; }
  std::uint64_t unpacked() const { return unpacked_; }

 private:
  static Error encrypted(std::string_view path) {
    Error error = refused(path, "is encrypted");
    error.hint = "hosts would need its password: make the archive without one";
    return error;
  }
  Error data_error() const {
    const std::string words = words_of(from_.get());
    if (words.find("ncrypt") != std::string::npos || words.find("assphrase") != std::string::npos)
      return encrypted(LIBARCHIVE(archive_entry_pathname)(raw_) ? LIBARCHIVE(archive_entry_pathname)(raw_) : "");
    return broken(from_.get());
  }
  Error bomb() const {
    return {Code::unpack_failed,
            fmt::format("it unpacks to more than {} times its size, as bombs do: {} bytes hold {} and more",
                        limits_.max_ratio, packed_, unpacked_),
            "--max-unpacked allows more, if that is what it should be"};
  }

  const ArchiveLimits& limits_;
  Utf8Locale locale_;
  Archive from_;
  archive_entry* raw_ = nullptr;
  EntryCheck check_;
  bool any_ = false;
  std::uint64_t packed_ = 0, unpacked_ = 0;
  std::int64_t ends_at_ = 0;
};

struct Writer {
  Archive to{LIBARCHIVE(archive_write_new)()};

  Result<void> failed() const {
    return Unexpected(Error{Code::io_failed, fmt::format("cannot write the archive anew: {}", words_of(to.get())), ""});
  }
  Result<void> open(const Descriptor& file) const {
    archive* it = to.get();
    // Restricted pax: plain ustar but where an entry needs more, which BusyBox reads as well.
    if (LIBARCHIVE(archive_write_set_format_pax_restricted)(it) != ARCHIVE_OK ||
        LIBARCHIVE(archive_write_add_filter_gzip)(it) != ARCHIVE_OK ||
        // Weights hardly compress: the least effort costs little of the size and saves most of the time.
        LIBARCHIVE(archive_write_set_filter_option)(it, "gzip", "compression-level", "1") != ARCHIVE_OK ||
        // The same archive becomes the same bytes.
        LIBARCHIVE(archive_write_set_filter_option)(it, "gzip", "timestamp", nullptr) != ARCHIVE_OK ||
        LIBARCHIVE(archive_write_open_fd)(it, file.get()) != ARCHIVE_OK)
      return failed();
    return {};
  }
};

// `entry` without what belongs to another machine.
void make_plain(archive_entry* entry, const ArchiveEntry& known) {
  LIBARCHIVE(archive_entry_copy_pathname)(entry, known.path.c_str());
  if (known.type == Type::hard_link) LIBARCHIVE(archive_entry_copy_hardlink)(entry, known.target.c_str());
  LIBARCHIVE(archive_entry_set_uid)(entry, 0);
  LIBARCHIVE(archive_entry_set_gid)(entry, 0);
  LIBARCHIVE(archive_entry_copy_uname)(entry, "");
  LIBARCHIVE(archive_entry_copy_gname)(entry, "");
  LIBARCHIVE(archive_entry_xattr_clear)(entry);
  LIBARCHIVE(archive_entry_acl_clear)(entry);
  LIBARCHIVE(archive_entry_sparse_clear)(entry);
  LIBARCHIVE(archive_entry_unset_atime)(entry);
  LIBARCHIVE(archive_entry_unset_ctime)(entry);
  LIBARCHIVE(archive_entry_unset_birthtime)(entry);
  // zip files made on Windows have no modes.
  const unsigned least = known.type == Type::folder ? 0700 : 0600;
  LIBARCHIVE(archive_entry_set_perm)
  (entry, static_cast<__LA_MODE_T>((LIBARCHIVE(archive_entry_perm)(entry) & 0777) | least));
}

Result<void> copy_bytes(Reader& reader, const Writer& writer, const std::atomic<bool>& stop) {
  static constexpr std::array<char, 65536> zeros{};
  std::int64_t written = 0;
  const auto put = [&](const void* bytes, std::size_t size) {
    written += static_cast<std::int64_t>(size);
    return LIBARCHIVE(archive_write_data)(writer.to.get(), bytes, size) == static_cast<la_ssize_t>(size);
  };
  const auto fill_up = [&](std::int64_t place) {
    while (written < place)
      if (!put(zeros.data(), static_cast<std::size_t>(std::min<std::int64_t>(place - written, zeros.size()))))
        return false;
    return true;
  };
  const std::int64_t size = LIBARCHIVE(archive_entry_size)(reader.raw());
  for (;;) {
    if (stop) return Unexpected(Error{Code::interrupted, "it was broken off", ""});
    const auto piece = reader.piece();
    if (!piece) return Unexpected(piece.error());
    const bool fine = fill_up(piece->bytes ? piece->place : size) && (!piece->bytes || put(piece->bytes, piece->size));
    if (!fine) return writer.failed();
    if (!piece->bytes) return {};
  }
}

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::folder:
      return "folder";
    case Type::symlink:
      return "symlink";
    case Type::hard_link:
      return "hard link";
    default:
      return "file";
  }
}

Result<std::optional<Listing>> read_archive(const std::filesystem::path& file, const ArchiveLimits& limits) {
  Reader reader(limits);
  const auto opened = reader.open(file);
  if (!opened) return Unexpected(opened.error());
  if (!*opened) return std::optional<Listing>();
  Listing listing;
  for (;;) {
    auto entry = reader.next();
    // A file of no known format ends here as well.
    if (!entry && !reader.any() && LIBARCHIVE(archive_format)(reader.from()) == 0) return std::optional<Listing>();
    if (!entry) return Unexpected(entry.error());
    if (!*entry) break;
    reader.begin_entry();
    const std::uint64_t before = reader.unpacked();
    for (auto piece = reader.piece();; piece = reader.piece()) {
      if (!piece) return Unexpected(piece.error());
      if (!piece->bytes) break;
    }
    // A hole at the end has no bytes that are read.
    (*entry)->size = reader.unpacked() - before;
    if ((*entry)->type == Type::file && LIBARCHIVE(archive_entry_size_is_set)(reader.raw()))
      (*entry)->size = std::max<std::uint64_t>(
          (*entry)->size, static_cast<std::uint64_t>(LIBARCHIVE(archive_entry_size)(reader.raw())));
    listing.unpacked_bytes += (*entry)->size;
    if (listing.unpacked_bytes > limits.max_unpacked) return Unexpected(too_large(limits, listing.unpacked_bytes));
    if ((*entry)->type != Type::folder) ++listing.files;
    listing.entries.push_back(std::move(**entry));
  }
  if (listing.entries.empty()) return std::optional<Listing>();
  listing.format = format_of(reader.from());
  return std::optional(std::move(listing));
}

Result<void> to_tar_gz(const std::filesystem::path& file, const std::filesystem::path& target,
                       const ArchiveLimits& limits, const std::atomic<bool>& stop) {
  Reader reader(limits);
  const auto opened = reader.open(file);
  if (!opened) return Unexpected(opened.error());
  const Descriptor to(::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (to.get() < 0) return Unexpected(system_error("write", target, errno));
  const Writer writer;
  if (const auto begun = writer.open(to); !begun) return begun;
  for (;;) {
    auto entry = reader.next();
    if (!entry) return Unexpected(entry.error());
    if (!*entry) break;
    reader.begin_entry();
    make_plain(reader.raw(), **entry);
    if (LIBARCHIVE(archive_write_header)(writer.to.get(), reader.raw()) < ARCHIVE_WARN) return writer.failed();
    if ((*entry)->type != Type::file) continue;
    if (const auto copied = copy_bytes(reader, writer, stop); !copied) return copied;
  }
  if (LIBARCHIVE(archive_write_close)(writer.to.get()) != ARCHIVE_OK) return writer.failed();
  if (::fsync(to.get()) != 0) return Unexpected(system_error("write", target, errno));
  return {};
}

}  // namespace cef::models

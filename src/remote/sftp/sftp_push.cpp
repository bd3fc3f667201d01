#include "sftp_push.hpp"

#include "sftp_packet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cef::remote {

using namespace sftp;

namespace {

constexpr std::size_t most_in_flight = 64;

}  // namespace

bool is_sftp_answer(std::string_view bytes) { return bytes.size() >= 5 && bytes[0] == '\0' && bytes[4] == version; }

SftpPush::SftpPush(const Source& source, const PushOrders& orders)
    : source_(source), orders_(orders), path_(orders.dest), out_(sftp_hello), turns_(orders.pace, orders.total_pace) {
  // Paths without a slash before them are in the folder that a login begins in.
  if (path_ == "~") path_ = ".";
  if (path_.starts_with("~/")) path_ = path_.size() == 2 ? "." : path_.substr(2);
}

void SftpPush::fail(Code code, std::string message) {
  if (phase_ == Phase::over) return;
  error_ = Error{code, std::move(message), ""};
  phase_ = Phase::over;
}

void SftpPush::fail_by(std::uint32_t said, std::string_view doing) {
  const Code code = said == Status::no_such_file        ? Code::no_such_file
                    : said == Status::permission_denied ? Code::permission_denied
                    : phase_ == Phase::writing          ? Code::disk_full
                                                        : Code::command_failed;
  const bool has_part =
      phase_ == Phase::writing || phase_ == Phase::closing || phase_ == Phase::renaming || phase_ == Phase::removing;
  fail(code, fmt::format("{} cannot be {} over SFTP: {}", orders_.dest, doing, reason_of(said)));
  if (has_part) phase_ = Phase::dropping;
}

// The part: the next transfer begins anew, and what is there takes room.
void SftpPush::drop() {
  std::string body;
  put(body, part_);
  request(remove_file, body);
  dropped_ = true;
}

void SftpPush::request(std::uint8_t type, std::string_view body) {
  out_.erase(0, given_);
  given_ = 0;
  put(out_, static_cast<std::uint32_t>(body.size() + 5));
  out_ += static_cast<char>(type);
  put(out_, ++id_);
  out_ += body;
}

std::optional<std::string_view> SftpPush::give(std::size_t most, Clock::time_point now) {
  if (given_ < out_.size()) {
    const auto piece = std::string_view(out_).substr(given_, most);
    given_ += piece.size();
    return piece;
  }
  if (!data_.empty()) {
    const auto piece = data_.substr(0, most);
    data_.remove_prefix(piece.size());
    return piece;
  }
  if (phase_ == Phase::over) return std::nullopt;
  if (phase_ == Phase::dropping && !dropped_) {
    drop();
    return give(most, now);
  }
  if (phase_ == Phase::writing && at_ < source_.size()) return next_write(most, now);
  progress_at_.reset();
  return std::string_view();
}

std::optional<std::string_view> SftpPush::next_write(std::size_t most, Clock::time_point now) {
  progress_at_ = std::max(now, turns_.due());
  if (writes_.size() >= most_in_flight) return std::string_view();
  const std::size_t size = turns_.next(std::min(piece_bytes, source_.size() - at_), now);
  if (size == 0) {
    piece_ = std::vector<char>();
    return std::string_view();
  }
  piece_.resize(size);
  const auto piece = source_.read(at_, piece_);
  if (at_ + size == source_.size() && source_.has_changed()) {
    fail(Code::transfer_interrupted,
         fmt::format("{} has changed on this machine while it was sent, or could not be read", source_.name()));
    return std::nullopt;
  }
  std::string body;
  put(body, handle_);
  put64(body, at_);
  put(body, static_cast<std::uint32_t>(size));
  out_.clear();
  given_ = 0;
  put(out_, static_cast<std::uint32_t>(body.size() + 5 + size));
  out_ += static_cast<char>(write_file);
  put(out_, ++id_);
  out_ += body;
  writes_.insert(id_);
  data_ = piece;
  at_ += size;
  if (orders_.progress) orders_.progress(static_cast<std::int64_t>(at_));
  return give(most, now);
}

Result<SftpPush::Clock::time_point> SftpPush::tick(Clock::time_point now) {
  // Closing waits for a disk, which may take its time.
  if (phase_ != Phase::writing && phase_ != Phase::closing && phase_ != Phase::over)
    return patience_.until(id_, now, orders_.stall);
  if (phase_ != Phase::writing || !progress_at_) return Clock::time_point::max();
  if (const auto turn = turns_.wake(now)) return *turn;
  if (orders_.stall.count() <= 0) return Clock::time_point::max();
  const auto until = *progress_at_ + orders_.stall;
  if (now < until) return until;
  return Unexpected(Error{Code::transfer_stalled,
                          fmt::format("the host has taken nothing for {}", show_duration(orders_.stall)), ""});
}

void SftpPush::hear(std::string_view bytes) {
  in_ += bytes;
  while (in_.size() >= 4 && phase_ != Phase::over) {
    const std::size_t size = Reader(in_).number();
    if (size == 0 || size > longest_packet)
      return fail(Code::unexpected_output, "the host's SFTP server sent a packet of no or of too many bytes");
    if (in_.size() < 4 + size) return;
    const std::string packet = in_.substr(4, size);
    in_.erase(0, 4 + size);
    hear_packet(packet);
  }
}

void SftpPush::hear_packet(std::string_view packet) {
  const auto type = static_cast<std::uint8_t>(packet.front());
  Reader reader(packet.substr(1));
  if (phase_ == Phase::dropping) {  // of what was under way nothing counts any more
    if (dropped_ && reader.number() == id_) phase_ = Phase::over;
    return;
  }
  if (phase_ == Phase::hello && type == version) return hear_version(reader);
  const std::uint32_t id = reader.number();
  const bool is_write = writes_.erase(id) > 0;
  if (is_write && phase_ == Phase::closing) {  // of mode and time, and of the disk
    const std::uint32_t said = reader.number();
    if (type != status || said != ok) fail_by(said, "given its mode and time");
    return;
  }
  if (phase_ != Phase::hello && (is_write || id == id_)) {
    if (phase_ == Phase::target || phase_ == Phase::within || phase_ == Phase::linked) return hear_target(type, reader);
    if (phase_ == Phase::proving && type == attrs) return hear_proof(reader);
    if (phase_ == Phase::resolving && type == names) {
      if (reader.number() == 1)
        if (const auto real = reader.text(); real.starts_with('/')) path_ = real;
      return open();
    }
    if (phase_ == Phase::opening && type == handle) {
      handle_ = reader.text();
      phase_ = Phase::writing;
      if (source_.size() == 0) finish();
      return;
    }
    if (type == status) return hear_status(reader);
  }
  fail(Code::unexpected_output, fmt::format("the host's SFTP server answered what was not asked (type {})", type));
}

void SftpPush::hear_version(sftp::Reader& reader) {
  version_known_ = true;
  if (const auto number = reader.number(); number != 3)
    return fail(Code::unsupported_platform, fmt::format("the host's SFTP server speaks version {}, not 3", number));
  while (!reader.empty()) {
    const auto name = reader.text();
    (void)reader.text();
    has_rename_ = has_rename_ || name == "posix-rename@openssh.com";
    has_fsync_ = has_fsync_ || name == "fsync@openssh.com";
  }
  std::string body;
  put(body, path_);
  request(stat_file, body);
  phase_ = Phase::target;
}

void SftpPush::hear_target(std::uint8_t type, sftp::Reader& reader) {
  there_.reset();
  if (type == attrs) {
    there_ = reader.attributes();
  } else if (const auto said = reader.number(); type != status || said != Status::no_such_file) {
    return fail_by(said, "looked at");
  }
  if (phase_ == Phase::target) {
    const bool is_folder = there_ && (there_->mode & kinds) == folder;
    if (path_.ends_with('/') && !is_folder) return fail(Code::no_such_file, orders_.dest + ": there is no such folder");
    if (is_folder) {
      path_ += (path_.ends_with('/') ? "" : "/") + (orders_.name.empty() ? source_.name() : orders_.name);
      std::string body;
      put(body, path_);
      request(stat_file, body);
      phase_ = Phase::within;
      return;
    }
  }
  if (there_ && phase_ == Phase::linked)
    return fail(Code::no_such_file, orders_.dest + ": it is a symbolic link to nothing");
  if (!there_ && phase_ != Phase::linked) {
    std::string body;
    put(body, path_);
    request(lstat_file, body);
    phase_ = Phase::linked;
    return;
  }
  if (there_ && (there_->mode & kinds) != file && (there_->mode & kinds) != 0)
    return fail(Code::not_a_file, orders_.dest + ": it is no file");
  equal_ = there_ && !orders_.force && there_->size == source_.size() &&
           there_->modified == static_cast<std::uint32_t>(source_.modified());
  changed_ = !equal_;
  if (equal_ || orders_.check) {
    phase_ = Phase::over;
    return;
  }
  there_ ? resolve() : open();
}

// A link stays what it is: the file that it leads to is replaced.
void SftpPush::resolve() {
  std::string body;
  put(body, path_);
  request(real_path, body);
  phase_ = Phase::resolving;
}

void SftpPush::open() {
  const auto slash = path_.rfind('/') + 1;  // 0 where there is none
  part_ = path_.substr(0, slash) + '.' + path_.substr(slash).substr(0, 240) + ".cef-part";
  std::string body;
  put(body, part_);
  request(remove_file, body);
  phase_ = Phase::clearing;
}

// One of its own: what somebody else has under that name is not written into.
void SftpPush::create() {
  std::string body;
  put(body, part_);
  put(body, std::uint32_t{2 | 8 | 32});  // write, create, and nobody else's
  put(body, std::uint32_t{4});           // with a mode
  put(body, std::uint32_t{0600});
  request(open_file, body);
  phase_ = Phase::opening;
}

// All is written: mode and time, to the disk, and closed. The last answer counts, and one that is an error does.
void SftpPush::finish() {
  std::string body;
  put(body, handle_);
  put(body, std::uint32_t{4 | 8});
  put(body, orders_.mode ? *orders_.mode : there_ ? there_->mode & 0777 : source_.mode() & ~022U);
  put(body, static_cast<std::uint32_t>(source_.modified()));
  put(body, static_cast<std::uint32_t>(source_.modified()));
  request(fsetstat, body);
  writes_.insert(id_);
  if (has_fsync_) {
    body.clear();
    put(body, std::string_view("fsync@openssh.com"));
    put(body, handle_);
    request(extended, body);
    writes_.insert(id_);
  }
  body.clear();
  put(body, handle_);
  request(close_file, body);
  phase_ = Phase::closing;
}

// Whether what is to be put in place is still what was written: a later push of the same file takes the name.
void SftpPush::prove() {
  std::string body;
  put(body, part_);
  request(stat_file, body);
  phase_ = Phase::proving;
}

void SftpPush::hear_proof(sftp::Reader& reader) {
  const auto found = reader.attributes();
  if (found.size != source_.size() || found.modified != static_cast<std::uint32_t>(source_.modified()))
    return fail(Code::transfer_interrupted, fmt::format("another transfer of {} has taken over", orders_.dest));
  rename();
}

void SftpPush::rename() {
  std::string body;
  if (has_rename_) put(body, std::string_view("posix-rename@openssh.com"));
  put(body, part_);
  put(body, path_);
  request(has_rename_ ? extended : rename_file, body);
  phase_ = Phase::renaming;
}

void SftpPush::hear_status(sftp::Reader& reader) {
  const std::uint32_t said = reader.number();
  switch (phase_) {
    case Phase::resolving:
      return open();
    case Phase::clearing:  // of an earlier part; where it cannot be, the next one cannot be made
      return create();
    case Phase::opening:
      return fail_by(said, "written");
    case Phase::writing:
      if (said != ok) return fail_by(said, "written");
      if (at_ == source_.size() && writes_.empty() && data_.empty()) finish();
      return;
    case Phase::closing:
      if (said != ok) return fail_by(said, "closed");
      return prove();
    case Phase::proving:
      return fail_by(said, "put in place");
    case Phase::renaming:
      // Without OpenSSH's extension there is no way to replace a file at once.
      if (said == failure && !has_rename_ && there_) {
        std::string body;
        put(body, path_);
        request(remove_file, body);
        phase_ = Phase::removing;
        return;
      }
      if (said != ok) return fail_by(said, "put in place");
      phase_ = Phase::over;
      return;
    case Phase::removing:
      if (said != ok) return fail_by(said, "replaced");
      there_.reset();
      return rename();
    default:
      return fail(Code::unexpected_output, "the host's SFTP server answered what was not asked");
  }
}

}  // namespace cef::remote

#include "sftp_pull.hpp"

#include "sftp_push.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::remote {

using namespace sftp;

namespace {

constexpr std::size_t most_in_flight = 64, most_unsized = std::size_t{16} << 20;
constexpr Milliseconds look_again{5};

}  // namespace

SftpPull::SftpPull(PullSink& sink, const PullOrders& orders, std::optional<std::int64_t> here_modified)
    : sink_(sink),
      orders_(orders),
      here_modified_(here_modified),
      path_(orders.path),
      out_(sftp_hello),
      turns_(orders.pace, orders.total_pace) {
  if (path_.starts_with("~/")) path_.erase(0, 2);
}

void SftpPull::fail(Code code, std::string message) {
  if (phase_ == Phase::over) return;
  error_ = Error{code, std::move(message), ""};
  phase_ = Phase::over;
}

void SftpPull::fail_by(std::uint32_t said, std::string_view doing) {
  const Code code = said == Status::no_such_file        ? Code::no_such_file
                    : said == Status::permission_denied ? Code::permission_denied
                                                        : Code::command_failed;
  fail(code, fmt::format("{} cannot be {} over SFTP: {}", orders_.path, doing, reason_of(said)));
}

void SftpPull::request(std::uint8_t type, std::string_view body) {
  out_.erase(0, given_);
  given_ = 0;
  put(out_, static_cast<std::uint32_t>(body.size() + 5));
  out_ += static_cast<char>(type);
  put(out_, ++id_);
  out_ += body;
}

std::optional<std::string_view> SftpPull::give(std::size_t most, Clock::time_point now) {
  if (phase_ == Phase::settling) settle();
  if (given_ == out_.size() && phase_ == Phase::reading) ask_further(now);
  if (given_ < out_.size()) {
    const auto piece = std::string_view(out_).substr(given_, most);
    given_ += piece.size();
    return piece;
  }
  if (phase_ == Phase::over || phase_ == Phase::settling) return std::nullopt;
  return std::string_view();
}

bool SftpPull::ask_further(Clock::time_point now) {
  if (!moved_at_) moved_at_ = now;
  bool asked = false;
  while (asked_up_to_ < there_.size && asked_.size() < most_in_flight) {
    const std::size_t size = turns_.next(std::min(piece_bytes, there_.size - asked_up_to_), now);
    if (size == 0) break;
    ask_for({asked_up_to_, size});
    asked_up_to_ += size;
    asked = true;
  }
  return asked;
}

void SftpPull::ask_for(Piece piece) {
  std::string body;
  put(body, handle_);
  put64(body, piece.offset);
  put(body, static_cast<std::uint32_t>(piece.size));
  request(read_file, body);
  asked_[id_] = piece;
}

Result<SftpPull::Clock::time_point> SftpPull::tick(Clock::time_point now) {
  if (phase_ == Phase::settling) return now + look_again;
  if (phase_ != Phase::reading && phase_ != Phase::over) return patience_.until(id_, now, orders_.stall);
  if (phase_ != Phase::reading || !moved_at_) return Clock::time_point::max();
  if (const auto turn = turns_.wake(now)) return *turn;
  if (orders_.stall.count() <= 0) return Clock::time_point::max();
  const auto until = *moved_at_ + orders_.stall;
  if (now < until) return until;
  return Unexpected(Error{Code::transfer_stalled,
                          fmt::format("the host has sent nothing for {}, after {} of {} bytes",
                                      show_duration(orders_.stall), taken_, there_.size),
                          ""});
}

void SftpPull::hear(std::string_view bytes, Clock::time_point now) {
  in_ += bytes;
  std::size_t at = 0;
  while (in_.size() - at >= 4 && phase_ != Phase::over) {
    const std::size_t size = Reader(std::string_view(in_).substr(at)).number();
    if (size == 0 || size > longest_packet)
      return fail(Code::unexpected_output, "the host's SFTP server sent a packet of no or of too many bytes");
    if (in_.size() - at < 4 + size) break;
    hear_packet(std::string_view(in_).substr(at + 4, size), now);
    at += 4 + size;
  }
  in_.erase(0, at);
}

void SftpPull::hear_packet(std::string_view packet, Clock::time_point now) {
  const auto type = static_cast<std::uint8_t>(packet.front());
  Reader reader(packet.substr(1));
  if (phase_ == Phase::hello && type == version) return hear_version(reader);
  const std::uint32_t id = reader.number();
  if (const auto asked = asked_.find(id); asked != asked_.end()) {
    const Piece piece = asked->second;
    asked_.erase(asked);
    moved_at_ = now;
    return there_.size == 0 ? hear_unsized(type, reader) : hear_piece(piece, type, reader);
  }
  if (phase_ != Phase::hello && id == id_) {
    if (phase_ == Phase::target) return hear_target(type, reader);
    if (phase_ == Phase::opening && type == handle) {
      handle_ = reader.text();
      phase_ = Phase::reading;
      if (there_.size == 0) return ask_for({0, piece_bytes});
      if (const auto begun = sink_.begin(0, there_.size); !begun)
        return fail(begun.error().code, begun.error().message);
      return;
    }
    if (type == status && phase_ == Phase::opening) return fail_by(reader.number(), "opened");
    if (type == attrs && phase_ == Phase::proving) return hear_proof(reader);
    if (type == status && phase_ == Phase::proving) return fail_by(reader.number(), "looked at again");
    if (type == status && phase_ == Phase::closing) {
      phase_ = Phase::settling;
      return settle();
    }
  }
  fail(Code::unexpected_output, fmt::format("the host's SFTP server answered what was not asked (type {})", type));
}

void SftpPull::hear_version(Reader& reader) {
  if (const auto number = reader.number(); number != 3)
    return fail(Code::unsupported_platform, fmt::format("the host's SFTP server speaks version {}, not 3", number));
  std::string body;
  put(body, path_.empty() ? "." : path_);
  request(stat_file, body);
  phase_ = Phase::target;
}

void SftpPull::hear_target(std::uint8_t type, Reader& reader) {
  if (type != attrs) return fail_by(reader.number(), "looked at");
  there_ = reader.attributes();
  is_folder_ = (there_.mode & kinds) == folder;
  if (is_folder_)
    return fail(Code::unsupported_platform,
                fmt::format("{} is a folder, and the host offers SFTP and no shell: files are fetched one by one",
                            orders_.path));
  if ((there_.mode & kinds) != file && (there_.mode & kinds) != 0)
    return fail(Code::not_a_file, fmt::format("{} is no file on the host", orders_.path));
  const auto here = sink_.target_size();
  equal_ = !orders_.force && here && *here == there_.size && here_modified_ == std::int64_t{there_.modified};
  changed_ = !equal_;
  if (equal_ || orders_.check) {
    phase_ = Phase::over;
    return;
  }
  std::string body;
  put(body, path_);
  put(body, std::uint32_t{1});  // read
  put(body, std::uint32_t{0});  // without attributes
  request(open_file, body);
  phase_ = Phase::opening;
}

// A file of the kernel's says that it has no bytes, and has some: where it ends, its size is known.
void SftpPull::hear_unsized(std::uint8_t type, Reader& reader) {
  if (type == data) {
    unsized_ += reader.text();
    if (unsized_.size() > most_unsized)
      return fail(Code::unexpected_output, fmt::format("{} says that it is empty, and has no end", orders_.path));
    return ask_for({unsized_.size(), piece_bytes});
  }
  if (const auto said = reader.number(); type != status || said != end_of_file) return fail_by(said, "read");
  there_.size = taken_ = asked_up_to_ = unsized_.size();
  if (const auto begun = sink_.begin(0, there_.size); !begun) return fail(begun.error().code, begun.error().message);
  if (const auto taken = there_.size > 0 ? sink_.take(unsized_) : Result<void>(); !taken)
    return fail(taken.error().code, taken.error().message);
  close();
}

// Servers may give less than was asked for.
void SftpPull::hear_piece(Piece piece, std::uint8_t type, Reader& reader) {
  if (type != data) {
    const std::uint32_t said = reader.number();
    if (type == status && said == end_of_file)
      return fail(Code::transfer_interrupted, fmt::format("{} became shorter while it was fetched", orders_.path));
    return fail_by(said, "read");
  }
  const std::string_view bytes = reader.text();
  if (bytes.empty() || bytes.size() > piece.size)
    return fail(Code::unexpected_output, "the host's SFTP server sent other bytes than it was asked for");
  waiting_[piece.offset] = bytes;
  if (bytes.size() < piece.size) ask_for({piece.offset + bytes.size(), piece.size - bytes.size()});
  take_in_order();
}

void SftpPull::take_in_order() {
  for (auto next = waiting_.find(taken_); next != waiting_.end(); next = waiting_.find(taken_)) {
    if (const auto taken = sink_.take(next->second); !taken) return fail(taken.error().code, taken.error().message);
    taken_ += next->second.size();
    waiting_.erase(next);
  }
  if (orders_.progress) orders_.progress(static_cast<std::int64_t>(taken_), static_cast<std::int64_t>(there_.size));
  if (taken_ == there_.size) prove();
}

// Whether what came is of one file, which nobody wrote to meanwhile.
void SftpPull::prove() {
  std::string body;
  put(body, handle_);
  request(fstat_file, body);
  phase_ = Phase::proving;
}

void SftpPull::hear_proof(Reader& reader) {
  const auto found = reader.attributes();
  // One that has grown was as long as that at the beginning.
  if (found.size < there_.size || (found.size == there_.size && found.modified != there_.modified))
    return fail(Code::transfer_interrupted, fmt::format("{} has changed while it was fetched", orders_.path));
  close();
}

void SftpPull::close() {
  std::string body;
  put(body, handle_);
  request(close_file, body);
  phase_ = Phase::closing;
}

void SftpPull::settle() {
  const auto ended = sink_.end(false);
  if (!ended) return;
  if (!*ended) return fail(ended->error().code, ended->error().message);
  phase_ = Phase::over;
}

}  // namespace cef::remote

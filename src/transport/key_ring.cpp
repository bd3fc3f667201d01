#include "key_ring.hpp"

#include <fmt/format.h>

namespace cef::transport {

KeyRing::Entry& KeyRing::entry(const std::string& path) {
  auto& place = entries_[path];
  if (!place) place = std::make_unique<Entry>(Entry{read_key_file(path), Entry::State::idle, {}});
  return *place;
}

ssh_key KeyRing::certified(const KeyFile& file, const std::string& certificate, std::string& remark) {
  const auto [place, is_new] = certified_.try_emplace({file.path, certificate});
  Certified& made = place->second;
  if (is_new) made.key = with_certificate(file, certificate, made.remark);
  if (!made.remark.empty()) remark = made.remark;
  return made.key.get();
}

bool KeyRing::unlock_now(const std::string& path, const Secret& passphrase) {
  return transport::unlock(entry(path).file, std::string(passphrase.reveal()));
}

asio::awaitable<Result<void>> KeyRing::unlock(const std::string& path, std::shared_ptr<Waiter> waiter) {
  Entry& wanted = entry(path);
  if (wanted.state == Entry::State::idle && !wanted.file.locked.empty() && passphrase_) {
    wanted.state = Entry::State::unlocking;
    // A copy, so that nobody sees the file half changed.
    const auto copy = std::make_shared<KeyFile>();
    copy->path = wanted.file.path;
    copy->locked = wanted.file.locked;
    copy->base64 = wanted.file.base64;
    workers_.start(
        [copy, passphrase = std::string(passphrase_->reveal())] { (void)transport::unlock(*copy, passphrase); },
        [&wanted, copy] {
          wanted.file = std::move(*copy);
          wanted.state = Entry::State::done;
          for (const auto& weak : wanted.waiting)
            if (const auto waiting = weak.lock()) waiting->notify();
          wanted.waiting.clear();
        });
  }
  while (wanted.state == Entry::State::unlocking) {
    wanted.waiting.push_back(waiter);
    if (co_await waiter->notified() == Wake::ready) continue;
    if (waiter->state() == Wake::stopped) co_return Unexpected(stop_.error());
    co_return Unexpected(Error{Code::auth_timeout, fmt::format("key file {} was not decrypted in time", path),
                               "give it longer with -T"});
  }
  co_return Result<void>{};
}

}  // namespace cef::transport

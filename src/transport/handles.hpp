// libssh's handles as owners.
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <memory>
#include <type_traits>

namespace cef::transport {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* handle) const {
    release(handle);
  }
};

using SessionHandle = std::unique_ptr<ssh_session_struct, Release<ssh_free>>;
using KeyHandle = std::unique_ptr<ssh_key_struct, Release<ssh_key_free>>;
using ChannelHandle = std::unique_ptr<ssh_channel_struct, Release<ssh_channel_free>>;

/// An event loop of libssh's own that holds one session; it must go before the session does.
class EventHandle {
 public:
  explicit EventHandle(ssh_session session) : session_(session), event_(ssh_event_new()) {
    ssh_event_add_session(event_, session_);
  }
  ~EventHandle() {
    ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
  }
  EventHandle(const EventHandle&) = delete;
  EventHandle& operator=(const EventHandle&) = delete;
  ssh_event get() const { return event_; }

 private:
  ssh_session session_;
  ssh_event event_;
};

}  // namespace cef::transport

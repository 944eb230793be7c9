// SPDX-License-Identifier: Apache-2.0
#include "core/process/preload.hpp"

#include <poll.h>
#include <unistd.h>

#include <forkmap/exception_text.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "core/process/inherited_state.hpp"
#include "core/process/message_socket.hpp"
#include "core/process/reserved_status.hpp"
#include "core/process/standard_streams.hpp"

namespace forkmap::process {

namespace {

// Waits for room: here, unlike later, the host's death ends the zygote in any wait.
void tell_host(int socket, const Event& event) {
  while (send_message(socket, event) == SendResult::full) {
    pollfd writable{socket, POLLOUT, 0};
    ::poll(&writable, 1, -1);
  }
}

void report_failure(int socket, std::uint32_t number, std::string_view text) {
  Event event;
  event.kind = EventKind::preload_failed;
  event.number = number;
  const std::size_t length = std::min(text.size(), event.text.size() - 1);
  std::copy_n(text.data(), length, event.text.data());
  tell_host(socket, event);
}

// Lives on the heap as long as the guard, which may call back when the stack is gone.
struct Preload {
  const ZygotePlan& plan;
  int socket;
  std::optional<InheritedState> state;  // until the last step has run; it holds descriptors
  pid_t zygote = ::getpid();
  std::uint32_t number = 0;

  Preload(const ZygotePlan& zygote_plan, int socket_fd)
      : plan(zygote_plan), socket(socket_fd), state(socket_fd) {}

  [[nodiscard]] bool is_same_process() const noexcept { return ::getpid() == zygote; }

  [[nodiscard]] std::string origin() const { return "preload of " + plan.preload[number].name; }

  void announce() const {
    Event event;
    event.kind = EventKind::preloading;
    event.number = number;
    tell_host(socket, event);
  }

  [[noreturn]] void leave(LeavingBy how, int status) const {
    // A process that the hook forked ends as it wants to; it is not the zygote.
    if (!is_same_process()) flush_and_exit(status);
    std::string text = origin() + " called ";
    switch (how) {
      case LeavingBy::exit:
        text += "exit(" + std::to_string(status) + ")";
        break;
      case LeavingBy::quick_exit:
        text += "quick_exit(" + std::to_string(status) + ")";
        break;
      case LeavingBy::pthread_exit:
        text += "pthread_exit";
        break;
    }
    report_failure(socket, number, text);
    flush_and_exit(exit_code(ReservedStatus::preload_failed));
  }

  std::optional<std::string> run_step() const {
    try {
      return plan.preload[number].run();
    } catch (const std::exception& error) {
      return origin() + " threw an exception: " + std::string(detail::ExceptionText(error).get());
    } catch (...) {
      if (is_pthread_exit_caught()) leave(LeavingBy::pthread_exit, 0);
      return origin() + " threw an exception of unknown type";
    }
  }
};

void leave_preload(void* preload, LeavingBy how, int status) {
  static_cast<const Preload*>(preload)->leave(how, status);
}

}  // namespace

PreloadResult run_preload(const ZygotePlan& plan, int socket, ExitGuard& guard) {
  if (const auto complaint = complaint_about_threads("a library's fork handler")) {
    report_failure(socket, 0, *complaint);
    return PreloadResult::failed;
  }
  if (plan.preload.empty()) return PreloadResult::done;
  auto* preload = new Preload(plan, socket);  // as long-lived as the guard
  guard.direct(&leave_preload, preload);
  for (; preload->number < plan.preload.size(); ++preload->number) {
    preload->announce();
    std::optional<std::string> failure = preload->run_step();
    if (!preload->is_same_process()) {
      flush_and_exit(exit_code(ReservedStatus::returned_copy));
    }
    if (!failure) failure = preload->state->restore(preload->origin());
    if (failure) {
      report_failure(socket, preload->number, *failure);
      return PreloadResult::failed;
    }
  }
  preload->state.reset();
  return PreloadResult::done;
}

}  // namespace forkmap::process

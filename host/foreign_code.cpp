// SPDX-License-Identifier: Apache-2.0
#include "host/foreign_code.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/write_all.hpp"
#include "host/result_writer.hpp"

namespace forkmap::host {

namespace {

constexpr std::array kDeadly = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,    SIGABRT, SIGTRAP,
                                SIGSYS,  SIGALRM, SIGPROF, SIGVTALRM, SIGXCPU, SIGXFSZ,
                                SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,   SIGUSR1, SIGUSR2};
constexpr std::size_t kStackBytes = std::size_t{64} << 10;

// For handlers, which get no argument of ours. Written by the one thread of the command.
struct Watch {
  bool is_on = false;
  bool runs = false;  // foreign code does
  pid_t process = 0;
  std::string_view what;
  std::uint64_t item = 0;  // 0: `what` says it
  ResultWriter* results = nullptr;
  int exit_status = 0;
  bool keeps_status = false;
  void (*go_on)() = nullptr;
  std::array<struct sigaction, kDeadly.size()> before{};
  stack_t stack_before{};
};
Watch watch;
std::array<char, kStackBytes> handler_stack;

// For handlers: parts of a line, written at once.
class Line {
 public:
  Line& add(std::string_view text) noexcept {
    const std::size_t size = std::min(text.size(), text_.size() - size_);
    std::memcpy(text_.data() + size_, text.data(), size);
    size_ += size;
    return *this;
  }
  Line& add(std::uint64_t number) noexcept {
    std::array<char, 24> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return add({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  void write() const noexcept {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text_.data(), size_);
  }

 private:
  std::array<char, 2048> text_;
  std::size_t size_ = 0;
};

// Results that are finished and not written.
void write_results() noexcept {
  if (watch.results == nullptr) return;
  const ResultWriter& results = *std::exchange(watch.results, nullptr);
  (void)base::write_all(results.target_fd(), results.unwritten(), base::WhenFull::wait);
}

void say_who(std::string_view did) noexcept {
  Line line;
  line.add("forkmap: ");
  if (watch.item != 0) {
    line.add("item ").add(watch.item).add(" ");
  } else {
    line.add(watch.what).add(" ");
  }
  line.add(did);
  if (watch.keeps_status) {
    line.add("; the results were complete before");
  } else {
    line.add(
        " in the process of the command (a serial run has no other), which ends here; the "
        "results before are written");
  }
  line.add("\n").write();
}

// Past the _exit() below.
[[noreturn]] void end_process(int status) noexcept {
  for (;;) ::syscall(SYS_exit_group, status);
}

void on_signal(int signal, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  const auto* const place = std::ranges::find(kDeadly, signal);
  ::sigaction(signal, &watch.before[static_cast<std::size_t>(place - kDeadly.begin())], nullptr);
  if (watch.runs && ::getpid() == watch.process) {
    watch.runs = false;
    write_results();
    std::array<char, 64> text{};
    const char* const name = ::sigabbrev_np(signal);
    std::string_view did = "was ended by a signal";
    if (name != nullptr) {
      constexpr std::string_view begin = "was killed by SIG";
      std::memcpy(text.data(), begin.data(), begin.size());
      const std::size_t size = std::min(std::strlen(name), text.size() - begin.size());
      std::memcpy(text.data() + begin.size(), name, size);
      did = {text.data(), begin.size() + size};
    }
    say_who(did);
    if (watch.keeps_status) end_process(watch.exit_status);
  }
  errno = error;
  // An instruction that faults does so again when this returns; else the signal is sent again.
  const bool comes_again = info->si_code > 0 && (signal == SIGSEGV || signal == SIGBUS ||
                                                 signal == SIGFPE || signal == SIGILL);
  if (!comes_again) ::raise(signal);
}

[[noreturn]] void leave(std::string_view did) {
  watch.runs = false;
  write_results();
  std::fflush(nullptr);  // as exit() would, of what functions have written
  say_who(did);
  end_process(watch.exit_status);
}

bool is_watched() noexcept { return watch.is_on && watch.runs && ::getpid() == watch.process; }

void on_exit_called(int status, void* /*nothing*/) {
  if (!is_watched()) return;
  const std::string did = "called exit(" + std::to_string(status) + ")";
  if (watch.go_on == nullptr) leave(did);
  say_who(did);
  ::on_exit(&on_exit_called, nullptr);  // for the next destructor that does so
  watch.go_on();
  end_process(watch.exit_status);
}

void on_quick_exit_called() {
  if (!is_watched()) return;
  leave("called quick_exit()");
}

// A plugin that calls _exit() comes here, because the program is searched before the C library. No
// exit handler runs then, and the status would be the one of a run that went well.
[[noreturn]] void intercept_exit(int status) noexcept {
  if (is_watched()) leave("called _exit(" + std::to_string(status) + ")");
  end_process(status);
}

}  // namespace

ForeignCode::ForeignCode(int exit_status) {
  FORKMAP_CHECK(!watch.is_on);
  watch = Watch{};
  watch.is_on = true;
  watch.process = ::getpid();
  watch.exit_status = exit_status;
  // The C library cannot be made to forget them, and runs those of the last watch first.
  FORKMAP_CHECK(::on_exit(&on_exit_called, nullptr) == 0);
  FORKMAP_CHECK(std::at_quick_exit(&on_quick_exit_called) == 0);
  stack_t stack{};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  ::sigaltstack(&stack, &watch.stack_before);
  struct sigaction action{};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kDeadly.size(); ++i) {
    ::sigaction(kDeadly[i], nullptr, &watch.before[i]);
    // A sanitizer's handler is called afterwards; what is ignored stays ignored.
    const bool is_ignored =
        (watch.before[i].sa_flags & SA_SIGINFO) == 0 && watch.before[i].sa_handler == SIG_IGN;
    if (!is_ignored) ::sigaction(kDeadly[i], &action, nullptr);
  }
}

ForeignCode::~ForeignCode() {
  for (std::size_t i = 0; i < kDeadly.size(); ++i) {
    struct sigaction now{};
    ::sigaction(kDeadly[i], nullptr, &now);
    const bool is_ours = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == &on_signal;
    if (is_ours) ::sigaction(kDeadly[i], &watch.before[i], nullptr);
  }
  ::sigaltstack(&watch.stack_before, nullptr);
  watch = Watch{};
}

void ForeignCode::set_results(ResultWriter* results) noexcept { watch.results = results; }

void ForeignCode::begin(std::string_view what) noexcept {
  watch.what = what;
  watch.item = 0;
  watch.runs = true;
}

void ForeignCode::begin_item(std::uint64_t number) noexcept {
  watch.item = number;
  watch.runs = true;
}

void ForeignCode::end() noexcept { watch.runs = false; }

void ForeignCode::keep_status(int status, void (*go_on)()) {
  watch.exit_status = status;
  watch.keeps_status = true;
  watch.go_on = go_on;
}

void ForeignCode::leave_after_pthread_exit() { leave("called pthread_exit()"); }

}  // namespace forkmap::host

// NOLINTBEGIN(bugprone-reserved-identifier): they stand in front of those of the C library
extern "C" __attribute__((noreturn, visibility("default"))) void _exit(int status) {
  forkmap::host::intercept_exit(status);
}
extern "C" __attribute__((noreturn, visibility("default"))) void _Exit(int status) noexcept {
  forkmap::host::intercept_exit(status);
}
// NOLINTEND(bugprone-reserved-identifier)

// SPDX-License-Identifier: Apache-2.0
#include "core/worker/crash_handler.hpp"

#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "core/lane/crash_record.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::pool {

namespace {

constexpr std::array kCrashSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
constexpr int kPatience_s = 2;  // for the record

// What the handler works with, since a handler has no argument of its own. Written before it is
// installed.
struct Scene {
  lane::CrashRecord* record;
  const std::atomic<std::uint64_t>* progress;
  pid_t pid;
  process::StackRange stack;
};
Scene scene;
// The thread that writes the record, and what made it. Only the first crash is told.
std::atomic<pid_t> writer{0};
int first_signal;
siginfo_t first_info;
// The writer takes the stack of an item that has run too long, and will not go on.
bool is_overrun;

// The registers that matter, where the kernel has stored them.
struct Registers {
  unsigned long long* program_counter;
  unsigned long long* stack_pointer;
};
Registers registers_of(ucontext_t& context) noexcept {
#if defined(__x86_64__)
  auto* const all = reinterpret_cast<unsigned long long*>(context.uc_mcontext.gregs);
  return {all + REG_RIP, all + REG_RSP};
#elif defined(__aarch64__)
  return {&context.uc_mcontext.pc, &context.uc_mcontext.sp};
#endif
}

// Lets the process end by the signal when the handler returns: the signal is blocked until then,
// and waits. Its information is the one of the fault, which the kernel lets a process send to
// itself only.
void end_by(int signal, siginfo_t& info) noexcept {
  struct sigaction by_default{};
  by_default.sa_handler = SIG_DFL;
  ::sigaction(signal, &by_default, nullptr);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::pthread_sigmask(SIG_BLOCK, &only, nullptr);
  const pid_t process = ::getpid();
  const auto thread = static_cast<pid_t>(::syscall(SYS_gettid));
  if (::syscall(SYS_rt_tgsigqueueinfo, process, thread, signal, &info) != 0) {
    ::syscall(SYS_tgkill, process, thread, signal);
  }
}

// The record took too long: something that the unwinder needs is locked for ever.
void on_alarm(int) noexcept {
  end_by(first_signal, first_info);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, first_signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);  // ends here
}

void set_alarm() noexcept {
  struct sigaction action{};
  action.sa_handler = on_alarm;
  action.sa_flags = SA_ONSTACK;
  ::sigaction(SIGALRM, &action, nullptr);
  itimerval limit{};
  limit.it_value.tv_sec = kPatience_s;
  ::setitimer(ITIMER_REAL, &limit, nullptr);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
}

struct Walk {
  std::uintptr_t from;  // frames before this address are the handler's own; 0: there are none
  bool begun;
  std::size_t frames;
  std::uintptr_t frame_end = 0;  // of the innermost function's frame; 0: not known
};

void publish(std::size_t frames) noexcept {
  // SYNC: crash-length
  scene.record->length_bytes.store(lane::length_with_frames(frames), std::memory_order_release);
}

void add_frame(std::size_t& frames, std::uintptr_t address) noexcept {
  if (frames == lane::kMostFrames) return;
  scene.record->fields.frames[frames++] = address;
  publish(frames);
}

_Unwind_Reason_Code take_frame(_Unwind_Context* context, void* data) noexcept {
  auto& walk = *static_cast<Walk*>(data);
  const std::uintptr_t address = ::_Unwind_GetIP(context);
  if (!walk.begun && walk.from != 0) {
    walk.begun = address == walk.from;
    return _URC_NO_REASON;
  }
  if (walk.frame_end == 0) walk.frame_end = ::_Unwind_GetCFA(context);
  if (address == 0 || walk.frames == lane::kMostFrames) return _URC_END_OF_STACK;
  add_frame(walk.frames, address);
  return _URC_NO_REASON;
}

// After a call of what is no code, nothing tells how to unwind from there; but the call has left
// its return address. Puts the registers where the call was.
bool step_back_to_call(const Registers& registers, ucontext_t& context) noexcept {
#if defined(__x86_64__)
  static_cast<void>(context);
  // The kernel gives registers as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto* const top = reinterpret_cast<const std::uintptr_t*>(*registers.stack_pointer);
  *registers.program_counter = *top - 1;  // inside the call, for the unwinder's tables
  *registers.stack_pointer += sizeof *top;
#elif defined(__aarch64__)
  *registers.program_counter = context.uc_mcontext.regs[30] - 4;
#endif
  return *registers.program_counter != 0;
}

void write_frames(ucontext_t& context, bool is_access, bool jumped_nowhere) noexcept {
  const Registers registers = registers_of(context);
  const unsigned long long pc = *registers.program_counter;
  const unsigned long long sp = *registers.stack_pointer;
  std::size_t frames = 0;
  add_frame(frames, pc);
  if (jumped_nowhere && step_back_to_call(registers, context)) {
    add_frame(frames, *registers.program_counter + 1);
  }
  Walk walk{*registers.program_counter, false, frames};
  ::_Unwind_Backtrace(take_frame, &walk);
  // A function that cannot touch its own frame has no more stack, whichever stack that is.
  lane::CrashFields& fields = scene.record->fields;
  const bool in_frame = is_access && fields.address >= sp && fields.address < walk.frame_end;
  if (in_frame && !jumped_nowhere) fields.flags |= lane::kStackOverflow;
  *registers.program_counter = pc;
  *registers.stack_pointer = sp;
}

void write_record(int signal, const siginfo_t& info, ucontext_t& context, pid_t thread) noexcept {
  const Registers registers = registers_of(context);
  lane::CrashFields& fields = scene.record->fields;
  fields.signal = signal;
  fields.code = info.si_code;
  fields.pid = scene.pid;
  fields.thread = thread;
  fields.program_counter = *registers.program_counter;
  fields.stack_pointer = *registers.stack_pointer;
  fields.progress = scene.progress->load(std::memory_order_relaxed);  // relaxed: our own
  bool is_access = false;
  bool jumped_nowhere = false;
  if (info.si_code <= 0) {
    fields.sender_pid = info.si_pid;
  } else if (signal != SIGABRT && signal != SIGSYS && info.si_code != SI_KERNEL) {
    fields.address = reinterpret_cast<std::uintptr_t>(info.si_addr);
    fields.flags |= lane::kHasAddress;
    is_access = signal == SIGSEGV || signal == SIGBUS;
    if (is_access &&
        process::is_stack_overflow(fields.address, fields.stack_pointer, scene.stack)) {
      fields.flags |= lane::kStackOverflow;
    }
    jumped_nowhere = is_access && fields.address == fields.program_counter;
  }
  publish(0);
  write_frames(context, is_access, jumped_nowhere);
}

void on_crash(int signal, siginfo_t* info, void* context) noexcept {
  if (::getpid() != scene.pid) return end_by(signal, *info);  // H3
  const auto thread = static_cast<pid_t>(::syscall(SYS_gettid));
  pid_t holder = 0;
  // Relaxed: of what it orders, another thread reads nothing before on_alarm(), seconds later.
  if (writer.compare_exchange_strong(holder, thread, std::memory_order_relaxed)) {
    first_signal = signal;
    first_info = *info;
    set_alarm();
    write_record(signal, *info, *static_cast<ucontext_t*>(context), thread);
  } else if (holder != thread || is_overrun) {
    for (;;) ::pause();  // the other thread's signal ends this one, too, or the zygote does
  }
  // Here also after a fault of the handler itself: the record then ends where that was.
  end_by(first_signal, first_info);
}

// The zygote asks for the stack of an item that has run for its time limit, and names the item. If
// it is still that one, it stays so: this thread, which alone could end it, never returns. Else
// nothing has happened.
void on_overrun(int signal, siginfo_t* info, void* context) noexcept {
  const int kept_errno = errno;
  const auto thread = static_cast<pid_t>(::syscall(SYS_gettid));
  const auto asked = reinterpret_cast<std::uintptr_t>(info->si_value.sival_ptr);
  // Relaxed: this thread writes the word.
  const bool is_still_there = ::getpid() == scene.pid && thread == scene.pid &&
                              info->si_code == SI_QUEUE &&
                              scene.progress->load(std::memory_order_relaxed) == asked;
  pid_t holder = 0;
  // Relaxed: as in on_crash().
  if (is_still_there && writer.compare_exchange_strong(holder, thread, std::memory_order_relaxed)) {
    is_overrun = true;
    write_record(signal, *info, *static_cast<ucontext_t*>(context), thread);
    for (;;) ::kill(scene.pid, SIGSTOP);  // the zygote sees it, and need not wait for longer
  }
  errno = kept_errno;
}

_Unwind_Reason_Code stop_at_once(_Unwind_Context*, void*) noexcept { return _URC_END_OF_STACK; }

}  // namespace

void prepare_crash_handler() noexcept { ::_Unwind_Backtrace(stop_at_once, nullptr); }

void install_crash_handler(const lane::LaneView& lane, const process::StackRange& stack) noexcept {
  scene = {&lane::crash_record(lane), &lane.worker_words().progress, ::getpid(), stack};
  struct sigaction action{};
  action.sa_sigaction = on_crash;
  // A fault in the handler comes to the handler again, instead of ending the process by itself.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : kCrashSignals) ::sigaction(signal, &action, nullptr);
  action.sa_sigaction = on_overrun;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigaction(process::kStackSignal, &action, nullptr);
}

void record_exit() noexcept {
  if (scene.record == nullptr || ::getpid() != scene.pid) return;
  const auto thread = static_cast<pid_t>(::syscall(SYS_gettid));
  pid_t holder = 0;
  // Relaxed: as in on_crash().
  if (!writer.compare_exchange_strong(holder, thread, std::memory_order_relaxed)) return;
  lane::CrashFields& fields = scene.record->fields;
  fields.pid = scene.pid;
  fields.thread = thread;
  fields.progress = scene.progress->load(std::memory_order_relaxed);  // relaxed: our own
  publish(0);
  Walk walk{0, true, 0};
  ::_Unwind_Backtrace(take_frame, &walk);
}

}  // namespace forkmap::pool

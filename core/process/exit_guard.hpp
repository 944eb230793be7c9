// SPDX-License-Identifier: Apache-2.0
//
// Keeps exit(), quick_exit() and pthread_exit() in forkmap's own processes away from the handlers
// that the host had registered before the fork: those belong to the host, which lives on.
//
// exit() runs handlers in the reverse order of their registration, and so does quick_exit(). So a
// handler registered last before the fork runs before all of the host's; it ends the process by
// _exit.
//  X1 The handlers are registered in the host, since registering takes a lock of the C library that
//     a fork does not reset: if another thread of the host held it at that moment, a child would
//     wait for it for ever. The host takes them back after the fork; in it they do nothing.
//  X2 What preload has registered comes before the guard's handlers then. So where the lock is free
//     the worker registers them once more. It is if the host had no other thread at the fork, or
//     the zygote has tried it (lock_trial.hpp).
//
// pthread_exit() of the main thread unwinds the stack; who runs foreign code at the bottom of the
// process catches that (is_pthread_exit_caught) and ends the process, before frames of the host are
// unwound. Where a frame in between cannot be unwound, the C library goes on to the thread-specific
// keys; a key's destructor is the second net.
//
// Limits: destructors of thread_local objects that the host's thread had made before the fork run
// first in exit(), and so does what another thread of the host registers in the moment between
// enter() and the fork; the C library offers no place in front of them.
#pragma once

#include <cstdint>

namespace forkmap::process {

enum class LeavingBy : std::uint8_t { exit, quick_exit, pthread_exit };

class ExitGuard {
 public:
  // Must not return. `status` is what exit() or quick_exit() was called with, 0 for pthread_exit.
  // It also runs in processes forked from this one: it compares pids if that matters to it.
  using Handler = void (*)(void* context, LeavingBy how, int status);

  ExitGuard() = default;
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;
  ~ExitGuard() = default;

  // In the host, around a fork. Throws SystemError.
  void enter();
  void withdraw() noexcept;
  // In the host, before a fork: takes the lock so many times. A thread that wants it meanwhile
  // sleeps, and needs some microseconds to wake up, in which nobody holds it. Without that, one
  // that does nothing but register handlers holds it at up to 199 of 200 forks; with it, and
  // another count each time, at one of five.
  static void make_others_wait(int times) noexcept;

  [[nodiscard]] bool is_lock_free() const noexcept { return lock_is_free_; }  // known to be

  // In the child, first of all: tries the lock, and tells the host on this socket; leaves the
  // process if it is held.
  void try_lock(int socket) noexcept;

  // In a child, where the guard is never deleted: the C library keeps its address. From now on
  // `handler` is what runs. Takes no lock. Throws SystemError.
  void direct(Handler handler, void* context);
  // The same, before every handler registered so far (X2).
  void direct_first(Handler handler, void* context);
  // The same, whether the lock is known to be free or not: for a process that is watched.
  void arm(Handler handler, void* context);

 private:
  Handler handler_ = nullptr;
  void* context_ = nullptr;
  bool has_key_ = false;
  bool lock_is_free_ = false;  // of the C library's list, in the child
  void register_handlers();
  static void on_exit_called(void* guard, int status);
  static void on_quick_exit_called(void* nothing, int status);
  static void on_key_destroyed(void* guard);
  [[noreturn]] void run(LeavingBy how, int status);
};

// Inside catch (...): true if it has caught the unwinding of pthread_exit(), which is no exception
// object of the language's.
[[nodiscard]] bool is_pthread_exit_caught() noexcept;

}  // namespace forkmap::process

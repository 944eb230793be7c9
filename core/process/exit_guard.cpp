// SPDX-License-Identifier: Apache-2.0
#include "core/process/exit_guard.hpp"

#include <cxxabi.h>
#include <pthread.h>
#include <sys/single_threaded.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>

#include "core/base/system_error.hpp"
#include "core/process/lock_trial.hpp"
#include "core/process/reserved_status.hpp"

// What at_quick_exit() is made of. Its handlers are declared to take an argument (null here); the C
// library calls them, and those of __cxa_atexit, with the status as a second one. Tests check that
// the status arrives. Both are registered for a `shared_object`, for which they can be taken back:
// here the guard's own address.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" int __cxa_at_quick_exit(void (*function)(void*), void* shared_object) noexcept;

namespace forkmap::process {

namespace {

// Whom a quick_exit handler, which has no argument of its own, speaks for: the guard armed last.
ExitGuard* guard_of_this_process = nullptr;

}  // namespace

// Not by catch (abi::__forced_unwind&): the C library has no such object, so that the reference
// would be one to nothing.
bool is_pthread_exit_caught() noexcept { return std::current_exception() == nullptr; }

void ExitGuard::register_handlers() {
  const auto on_exit = reinterpret_cast<void (*)()>(&ExitGuard::on_exit_called);
  if (abi::__cxa_atexit(reinterpret_cast<void (*)(void*)>(on_exit), this, this) != 0) {
    base::throw_system_error("register an exit handler", ENOMEM);
  }
  const auto on_quick_exit = reinterpret_cast<void (*)()>(&ExitGuard::on_quick_exit_called);
  if (__cxa_at_quick_exit(reinterpret_cast<void (*)(void*)>(on_quick_exit), this) != 0) {
    base::throw_system_error("register a quick_exit handler", ENOMEM);
  }
}

void ExitGuard::enter() {
  lock_is_free_ = __libc_single_threaded != 0;
  register_handlers();
}

void ExitGuard::try_lock(int socket) noexcept {
  process::try_lock(socket, [this] { register_handlers(); });
  lock_is_free_ = true;
}

// Runs the exit handler, which does nothing here, and forgets both.
void ExitGuard::withdraw() noexcept { abi::__cxa_finalize(this); }

void ExitGuard::make_others_wait(int times) noexcept {
  static char token;
  for (int i = 0; i < times; ++i) (void)abi::__cxa_atexit([](void*) {}, nullptr, &token);
  abi::__cxa_finalize(&token);
}

void ExitGuard::direct(Handler handler, void* context) {
  handler_ = handler;
  context_ = context;
  guard_of_this_process = this;
  if (has_key_) return;
  pthread_key_t key{};
  if (const int error = ::pthread_key_create(&key, &ExitGuard::on_key_destroyed); error != 0) {
    base::throw_system_error("make a thread-specific key", error);
  }
  if (const int error = ::pthread_setspecific(key, this); error != 0) {
    base::throw_system_error("set a thread-specific key", error);
  }
  has_key_ = true;
}

void ExitGuard::direct_first(Handler handler, void* context) {
  direct(handler, context);
  if (lock_is_free_) register_handlers();
}

void ExitGuard::arm(Handler handler, void* context) {
  direct(handler, context);
  register_handlers();
}

void ExitGuard::run(LeavingBy how, int status) {
  handler_(context_, how, status);
  ::_exit(exit_code(ReservedStatus::setup_failed));
}

void ExitGuard::on_exit_called(void* guard, int status) {
  auto* const self = static_cast<ExitGuard*>(guard);
  if (self->handler_ != nullptr) self->run(LeavingBy::exit, status);  // else this is the host
}

void ExitGuard::on_quick_exit_called(void* /*nothing*/, int status) {
  if (guard_of_this_process != nullptr) guard_of_this_process->run(LeavingBy::quick_exit, status);
}

void ExitGuard::on_key_destroyed(void* guard) {
  static_cast<ExitGuard*>(guard)->run(LeavingBy::pthread_exit, 0);
}

}  // namespace forkmap::process

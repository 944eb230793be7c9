// SPDX-License-Identifier: Apache-2.0
#include "core/process/exit_guard.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>

#include "core/base/system_error.hpp"
#include "core/process/reserved_status.hpp"

// What at_quick_exit() is made of. Its handlers are declared to take nothing; the C library calls
// them like those of __cxa_atexit, with an argument (null here) and the status. Tests check that
// the status arrives.
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

void ExitGuard::arm(Handler handler, void* context) {
  handler_ = handler;
  context_ = context;
  if (::on_exit(&ExitGuard::on_exit_called, this) != 0) {
    base::throw_system_error("register an exit handler", ENOMEM);
  }
  guard_of_this_process = this;
  const auto untyped = reinterpret_cast<void (*)()>(&ExitGuard::on_quick_exit_called);
  if (__cxa_at_quick_exit(reinterpret_cast<void (*)(void*)>(untyped), nullptr) != 0) {
    base::throw_system_error("register a quick_exit handler", ENOMEM);
  }
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

void ExitGuard::run(LeavingBy how, int status) {
  handler_(context_, how, status);
  ::_exit(exit_code(ReservedStatus::setup_failed));
}

void ExitGuard::on_exit_called(int status, void* guard) {
  static_cast<ExitGuard*>(guard)->run(LeavingBy::exit, status);
}

void ExitGuard::on_quick_exit_called(void* /*nothing*/, int status) {
  guard_of_this_process->run(LeavingBy::quick_exit, status);
}

void ExitGuard::on_key_destroyed(void* guard) {
  static_cast<ExitGuard*>(guard)->run(LeavingBy::pthread_exit, 0);
}

}  // namespace forkmap::process

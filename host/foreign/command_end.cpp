// SPDX-License-Identifier: Apache-2.0
#include "host/foreign/command_end.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include "core/base/stdio_streams.hpp"
#include "core/plugin/fortran_units.hpp"
#include "core/plugin/object_end.hpp"
#include "host/foreign/code_watch.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;

constexpr auto kLimit = 2s;

// Never given back: exit() may come to it when the stack of its maker is gone.
struct End {
  plugin::ObjectEnd objects;
  int status = 0;
  CodeWatch* watch = nullptr;
  std::string running = "the end of a plugin";
};
End* end_of_this_process = nullptr;

// "/proc/self/fd/5" is a private copy, which has the name of the plugin's file.
std::string name_of(const link_map& object) {
  std::string name = object.l_name;
  if (!name.starts_with("/proc/self/fd/")) return name;
  std::array<char, 4096> link{};
  const ssize_t size = ::readlink(name.c_str(), link.data(), link.size());
  if (size <= 0) return name;
  name.assign(link.data(), static_cast<std::size_t>(size));
  constexpr std::string_view memory = "/memfd:";
  if (name.starts_with(memory)) name.erase(0, memory.size());
  if (const auto deleted = name.rfind(" (deleted)"); deleted != std::string::npos) {
    name.erase(deleted);
  }
  return name;
}

void run_all() {
  const plugin::FortranUnits units;
  units.flush_all();
  end_of_this_process->objects.run();
  base::flush_all_streams();
}

// The command has no other thread, and forks no more.
bool watch_the_time() {
  sigset_t all{};
  sigset_t before{};
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  const int error = ::pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        std::this_thread::sleep_for(kLimit);
        // Not through stdio, whose lock the other thread may hold.
        ::dprintf(
            STDERR_FILENO,
            "forkmap: %s was not done after 2 s and is left; the results were complete before\n",
            end_of_this_process->running.c_str());
        ::syscall(SYS_exit_group, end_of_this_process->status);  // not the one that is watched
        return nullptr;
      },
      nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error == 0;
}

[[noreturn]] void leave(int status) {
#if defined(__SANITIZE_ADDRESS__)
  __lsan_do_leak_check();
#endif
  ::_exit(status);
}

}  // namespace

void end_command(const plugin::ObjectList& own, int status) {
  const plugin::Objects brought = own.added();
  if (brought.empty()) leave(status);
  const auto begins = [](const link_map& object) {
    End& end = *end_of_this_process;
    end.running = "the end of " + name_of(object) + " (destructors, exit handlers)";
    if (end.watch != nullptr) end.watch->begin(end.running);
  };
  end_of_this_process = new End{plugin::ObjectEnd(brought, begins), status};
  if (!watch_the_time()) {
    std::fprintf(stderr,
                 "forkmap: no thread can be started to watch the end of plugins, so their "
                 "destructors do not run\n");
    leave(status);
  }
  CodeWatch foreign_code(status);
  foreign_code.keep_status(status, &run_all);
  foreign_code.begin(end_of_this_process->running);
  end_of_this_process->watch = &foreign_code;
  run_all();
  foreign_code.end();
  leave(status);
}

}  // namespace forkmap::host

// SPDX-License-Identifier: Apache-2.0
#include "core/worker/worker_end.hpp"

#include <forkmap/plugin.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

#include "core/base/death_text.hpp"
#include "core/base/stdio_streams.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/object_end.hpp"
#include "core/process/exit_guard.hpp"

namespace forkmap::pool {

namespace {

bool is_declined(const plugin::PluginEntry& entry) noexcept {
  return (plugin::flags_of(*entry.descriptor) & FORKMAP_LEAVES_AT_ONCE) != 0;
}

// What a plugin that declines brought is ended only if another one needs it. Whose function loaded
// an object after the fork is not known: it is ended unless somebody declines.
plugin::Objects objects_to_end(const plugin::RegistryTable& table,
                               const plugin::ObjectList& at_fork) {
  plugin::Objects objects;
  bool is_any_declined = false;
  for (const plugin::PluginEntry& entry : table.plugins()) {
    if (is_declined(entry)) {
      is_any_declined = true;
    } else {
      objects.insert(objects.end(), entry.objects.begin(), entry.objects.end());
    }
  }
  if (!is_any_declined) {
    const plugin::Objects later = at_fork.added();
    objects.insert(objects.end(), later.begin(), later.end());
  }
  // A plugin may have unloaded by itself what it had loaded by itself.
  const plugin::Objects loaded = at_fork.loaded();
  std::erase_if(objects, [&loaded](const link_map* object) {
    return std::ranges::find(loaded, object) == loaded.end();
  });
  return objects;
}

// A timer that no foreign code can block, ignore or take back. Where the system refuses it, the
// host's own patience is the limit.
void kill_after(std::chrono::seconds limit) noexcept {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;
  itimerspec time{};
  time.it_value.tv_sec = limit.count();
  ::timer_settime(timer, 0, &time, nullptr);
}

struct End {
  plugin::ObjectEnd objects;
  plugin::FortranUnits units;
  lane::WorkerWords* words;
  process::ExitGuard guard = {};

  // A run-time library of the program's own is not among the objects, so its units are written
  // here.
  void run() {
    units.flush_all();
    objects.run();
    units.flush_all();
    base::flush_all_streams();
    // SYNC: phase
    words->phase.store(lane::WorkerPhase::ended, std::memory_order_release);
  }
};

// exit() inside a destructor: its process ends what is left, and then itself.
void go_on(void* context, process::LeavingBy /*how*/, int /*status*/) {
  auto* const end = static_cast<End*>(context);
  end->guard.arm(&go_on, end);  // for the next that does so
  end->run();
  ::_exit(0);
}

const plugin::PluginEntry* plugin_of(const plugin::RegistryTable& table, const link_map& object) {
  for (const plugin::PluginEntry& entry : table.plugins()) {
    if (!entry.objects.empty() && entry.objects.front() == &object) return &entry;
  }
  return nullptr;
}

}  // namespace

void end_plugins(const plugin::RegistryTable& table, const plugin::ObjectList& at_fork,
                 const plugin::FortranUnits& units, lane::WorkerWords& words) {
  kill_after(kEndLimit);
  const auto note = [&table, &words](const link_map& object) {
    const plugin::PluginEntry* const entry = plugin_of(table, object);
    leave_message(words, entry == nullptr ? std::string_view(object.l_name) : entry->path);
  };
  // Never given back: exit() may come to it when this stack is gone.
  auto* const end = new End{plugin::ObjectEnd(objects_to_end(table, at_fork), note), units, &words};
  end->guard.arm(&go_on, end);
  end->run();
}

std::optional<std::string> bad_end_text(const lane::WorkerWords& words, pid_t pid, int status,
                                        const std::string& how) {
  // SYNC: phase
  const lane::WorkerPhase phase = words.phase.load(std::memory_order_acquire);
  const bool is_ending = phase == lane::WorkerPhase::ending;
  const bool in_peace = WIFEXITED(status) && WEXITSTATUS(status) == 0 && !is_ending;
  if (in_peace || (!is_ending && phase != lane::WorkerPhase::leaving)) return std::nullopt;
  const std::string message = left_message(words);
  std::string text = "worker " + std::to_string(pid) + " ";
  if (!is_ending) {
    return text + as_predicate(how) + " in its stop hook" +
           (message.empty() ? "" : " (" + message + ")") + "; its results are complete";
  }
  const std::string what = "what " + (message.empty() ? std::string("plugins") : message) +
                           " had begun (destructors, exit handlers, open files)";
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
    text += "was killed because it had not ended " + what + " within " +
            std::to_string(kEndLimit.count()) + " s";
  } else {
    text += as_predicate(how) + " while it ended " + what;
  }
  return text + "; its results are complete, but what it had still to write there may be lost";
}

std::string left_message(const lane::WorkerWords& words) {
  const std::size_t size = std::min<std::size_t>(words.message_bytes, lane::kMessageBytes);
  return {words.message, size};
}

void leave_message(lane::WorkerWords& words, std::string_view text) noexcept {
  const std::size_t size = std::min(text.size(), lane::kMessageBytes);
  words.message_bytes = 0;
  if (size > 0) std::memcpy(words.message, text.data(), size);
  words.message_bytes = static_cast<std::uint32_t>(size);
}

}  // namespace forkmap::pool

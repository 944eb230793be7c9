// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/probe_subject.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "core/base/process_state.hpp"
#include "core/base/signal_actions.hpp"
#include "core/base/unique_fd.hpp"
#include "core/plugin/binding.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/image_name.hpp"
#include "core/plugin/loader.hpp"
#include "core/plugin/probe_messages.hpp"

namespace forkmap::plugin {

namespace {

constexpr std::uint64_t kMoreMemoryBytes = std::uint64_t{64}
                                           << 30;  // address space over the host's
constexpr rlim_t kMoreSeconds = 5;                 // of CPU over the time limit

int report_to = -1;  // for the handlers of exit, which take no argument of ours

void report_exit(int status, void*) {
  (void)send_probe_message(report_to, ProbeKind::left, std::to_string(status));
  ::_exit(0);
}

// A plugin that calls exit() must not run the host's exit handlers, nor flush its buffers twice.
void catch_exits(int report_fd) {
  report_to = report_fd;
  ::on_exit(report_exit, nullptr);
  std::at_quick_exit([] { report_exit(0, nullptr); });
}

void limit(int resource, rlim_t value) noexcept {
  rlimit limits{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limits) != 0) return;
  if (limits.rlim_max != RLIM_INFINITY && value > limits.rlim_max) return;
  limits.rlim_cur = value;
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limits);
}

void set_limits(std::chrono::milliseconds time_limit) noexcept {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, static_cast<rlim_t>(time_limit.count() / 1000) + kMoreSeconds);
  unsigned long pages = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  if (pages != 0) {
    limit(RLIMIT_AS,
          pages * static_cast<unsigned long>(::sysconf(_SC_PAGESIZE)) + kMoreMemoryBytes);
  }
}

void redirect_streams(int output_fd) noexcept {
  const base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) ::dup2(null.get(), STDIN_FILENO);
  ::dup2(output_fd, STDOUT_FILENO);
  ::dup2(output_fd, STDERR_FILENO);
}

std::size_t threads_of_this_process() {
  std::error_code error;
  const std::filesystem::directory_iterator tasks("/proc/self/task", error);
  return error ? 1 : static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

void report_descriptor(const forkmap_plugin* descriptor, int report_fd) {
  const auto functions = check_descriptor(descriptor);
  ProbeMessages messages;
  messages.add(ProbeKind::name, descriptor->name);
  messages.add(ProbeKind::version, descriptor->version);
  if (descriptor->preload != nullptr || descriptor->start != nullptr ||
      descriptor->stop != nullptr) {
    messages.add(ProbeKind::has_hooks, "");
  }
  for (const CheckedFunction& function : functions) {
    std::string text = function.record->name;
    text += '\0';
    text += types::to_text(function.signature);
    text += '\0';
    if (function.record->doc != nullptr) text += function.record->doc;
    text += '\0';
    if ((function.record->flags & FORKMAP_ONCE) != 0) text += '1';
    if (function.record->run_vector != nullptr) text += 'v';
    messages.add(ProbeKind::function, text);
  }
  messages.add(ProbeKind::complete, "");
  (void)messages.send(report_fd);
}

// False: what loading has changed refuses the plugin. What stays changed is found at each look, and
// told at the last.
bool report_changes(const base::StateChanges& changes, bool is_last, int report_fd) {
  using Outcome = base::StateChange::Outcome;
  const auto send = [report_fd](ProbeKind kind, const std::string& text) {
    (void)send_probe_message(report_fd, kind, text);
  };
  for (const base::StateChange& change : changes) {
    if (change.outcome == Outcome::put_back) {
      send(ProbeKind::warning, "a constructor changes " + change.what + "; the host puts it back");
    } else if (change.outcome == Outcome::harmless && is_last) {
      send(ProbeKind::warning, "a constructor changes " + change.what + "; they stay changed");
    }
  }
  const auto fault = fault_of(changes);
  if (fault) send(ProbeKind::fault, *fault);
  return !fault;
}

void look_at(const OpenedPlugin& plugin, int report_fd) {
  const auto send = [report_fd](ProbeKind kind, const std::string& text) {
    (void)send_probe_message(report_fd, kind, text);
  };
  const base::ProcessState state;
  send(ProbeKind::step, "open");
  const HiddenCopies hidden(plugin);
  const Binding binding(plugin);
  void* const handle = ::dlopen(plugin.image_path().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const text = ::dlerror();
    return send(ProbeKind::fault, plugin.with_file_name(text == nullptr ? "unknown reason" : text));
  }
  if (!report_changes(state.restore(), false, report_fd)) return;
  if (const std::size_t threads = threads_of_this_process(); threads > 1) {
    send(ProbeKind::warning, "its constructors leave " + std::to_string(threads - 1) +
                                 " threads running; workers are forked without them");
  }
  send(ProbeKind::step, "bind");
  try {
    for (const std::string& text : binding.settle(handle)) send(ProbeKind::warning, text);
  } catch (const std::invalid_argument& fault) {
    return send(ProbeKind::fault, fault.what());
  }
  send(ProbeKind::step, "descriptor");
  auto* const entry = reinterpret_cast<PluginEntryPoint*>(::dlsym(handle, FORKMAP_ENTRY_SYMBOL));
  if (entry == nullptr) return send(ProbeKind::fault, no_plugin_text(plugin.path));
  try {
    const forkmap_plugin* const descriptor = entry();
    if (!report_changes(state.restore(), true, report_fd)) return;
    report_descriptor(descriptor, report_fd);
  } catch (const std::invalid_argument& fault) {
    return send(ProbeKind::fault, fault.what());
  }
}

}  // namespace

void become_probe_process(pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  ::setsid();
  base::reset_signal_actions([](int) { return false; });
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void run_probe_subject(const OpenedPlugin& plugin, pid_t guard, int report_fd, int output_fd,
                       std::chrono::milliseconds time_limit) noexcept {
  become_probe_process(guard);
  set_limits(time_limit);
  redirect_streams(output_fd);
  catch_exits(report_fd);
  look_at(plugin, report_fd);
  ::_exit(0);
}

}  // namespace forkmap::plugin

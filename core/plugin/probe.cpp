// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/probe.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <utility>

#include <forkmap/error.hpp>

#include "core/base/needed_calls.hpp"
#include "core/base/pidfd.hpp"
#include "core/base/signal_names.hpp"
#include "core/base/system_error.hpp"
#include "core/plugin/loading_hints.hpp"
#include "core/plugin/probe_guard.hpp"
#include "core/plugin/probe_messages.hpp"

namespace forkmap::plugin {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kGuardGrace = std::chrono::seconds(10);  // for the guard's own work
constexpr std::size_t kPrintedBytes = 1024;             // of the subject's output, the last ones

// For what a probe says; its number is high, and reading it does not block.
base::Pipe make_report_pipe() {
  base::Pipe pipe = base::make_pipe();
  pipe.read = base::moved_high(std::move(pipe.read));
  pipe.write = base::moved_high(std::move(pipe.write));
  if (::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0) {
    base::throw_system_error("set up a pipe for a probe (fcntl)", errno);
  }
  return pipe;
}

// All that came out of a probe.
struct Findings {
  ProbeReport report;
  std::string step = "open";
  std::optional<std::string> fault;
  std::optional<std::string> exit_status;  // exit() was called
  bool complete = false;
  bool timed_out = false;
  std::optional<int> wait_status;  // the guard's last word
  std::string printed;
};

ProbedFunction parse_function(const std::string& text) {
  ProbedFunction function;
  std::size_t begin = 0;
  for (std::string* part : {&function.name, &function.signature, &function.doc}) {
    const auto end = text.find('\0', begin);
    if (end == std::string::npos) throw std::runtime_error("its list of functions is damaged");
    *part = text.substr(begin, end - begin);
    begin = end + 1;
  }
  const std::string_view marks = std::string_view(text).substr(begin);
  function.once = marks.find('1') != std::string_view::npos;
  function.vectorized = marks.find('v') != std::string_view::npos;
  return function;
}

void take(ProbeMessage message, Findings& findings) {
  ProbeReport& report = findings.report;
  switch (message.kind) {
    case ProbeKind::step:
      findings.step = std::move(message.text);
      break;
    case ProbeKind::fault:
      findings.fault = std::move(message.text);
      break;
    case ProbeKind::warning:
      report.warnings.push_back(std::move(message.text));
      break;
    case ProbeKind::name:
      report.name = std::move(message.text);
      break;
    case ProbeKind::version:
      report.version = std::move(message.text);
      break;
    case ProbeKind::has_hooks:
      report.has_hooks = true;
      break;
    case ProbeKind::function:
      report.functions.push_back(parse_function(message.text));
      break;
    case ProbeKind::complete:
      findings.complete = true;
      break;
    case ProbeKind::left:
      findings.exit_status = std::move(message.text);
      break;
    case ProbeKind::ended:
      findings.wait_status = std::atoi(message.text.c_str());
      break;
    case ProbeKind::timed_out:
      findings.timed_out = true;
      break;
  }
}

// False at the end of the pipe.
bool take_printed(int fd, std::string& printed) {
  char buffer[4096];
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  if (got == 0) return false;
  if (got > 0) printed.append(buffer, static_cast<std::size_t>(got));
  if (printed.size() > kPrintedBytes) printed.erase(0, printed.size() - kPrintedBytes);
  return true;
}

Findings listen(const base::Pipe& report, const base::Pipe& output, int guard_pidfd,
                Clock::time_point limit) {
  Findings findings;
  ProbeMessageReader reader;
  pollfd waits[] = {
      {report.read.get(), POLLIN, 0}, {output.read.get(), POLLIN, 0}, {guard_pidfd, POLLIN, 0}};
  bool guard_ended = false;
  while (!findings.wait_status && !guard_ended && waits[0].fd >= 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now());
    if (left.count() <= 0) break;
    if (::poll(waits, 3, static_cast<int>(left.count())) < 0) continue;
    guard_ended = waits[2].revents != 0;  // before the pipe is read: nothing comes after that
    if (waits[1].revents != 0 && !take_printed(waits[1].fd, findings.printed)) waits[1].fd = -1;
    if (!reader.take_from(waits[0].fd)) waits[0].fd = -1;
    try {
      while (auto message = reader.next()) take(std::move(*message), findings);
    } catch (const std::runtime_error& fault) {
      findings.fault = fault.what();
      break;
    }
  }
  while (waits[1].fd >= 0) {
    pollfd rest{waits[1].fd, POLLIN, 0};
    if (::poll(&rest, 1, 0) <= 0 || !take_printed(waits[1].fd, findings.printed)) break;
  }
  return findings;
}

// What the subject printed last, on one line.
std::string printed_text(const std::string& printed) {
  std::string line;
  for (const char letter : printed) {
    const bool blank = static_cast<unsigned char>(letter) <= ' ';
    if (!blank) line += letter;
    if (blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line.empty() ? line : "; it printed: " + line;
}

std::string time_text(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                  : std::to_string(time.count()) + " ms";
}

// Why the plugin is refused; nothing if it is not.
std::optional<std::string> refusal(const Findings& findings, std::chrono::milliseconds time_limit) {
  if (findings.fault) return findings.fault;
  if (findings.complete) return std::nullopt;
  const std::string where = findings.step == "open"   ? "its constructors ran"
                            : findings.step == "bind" ? "its tables of symbols were read"
                                                      : "its descriptor was asked for and read";
  const std::string printed = printed_text(findings.printed);
  if (findings.exit_status) {
    return "it called exit(" + *findings.exit_status + ") while " + where + printed;
  }
  if (findings.timed_out) {
    return "not done after " + time_text(time_limit) + ", while " + where + printed;
  }
  if (!findings.wait_status) return "the probe was killed from outside while " + where + printed;
  if (WIFSIGNALED(*findings.wait_status)) {
    return "killed by " + base::signal_name(WTERMSIG(*findings.wait_status)) + " while " + where +
           printed;
  }
  return "it ended its process, with status " + std::to_string(WEXITSTATUS(*findings.wait_status)) +
         ", while " + where + printed;
}

bool is_child(int pidfd) noexcept {
  siginfo_t ignored{};
  constexpr int kOnlyLook = WEXITED | WNOHANG | WNOWAIT;
  return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &ignored, kOnlyLook) == 0;
}

// The guard ends by itself, at the latest after its time limit. It is not killed: the host may reap
// any child, so its number may be another process's by now.
[[noreturn]] void leave_unwatched(pid_t guard, int error_number) {
  while (::waitpid(guard, nullptr, 0) < 0 && errno == EINTR) {
  }
  base::throw_system_error("watch a process that probes (pidfd_open)", error_number);
}

}  // namespace

// A guard that has not told its last word yet may still have to kill what the subject has started.
void ProbeEnd::wait() noexcept {
  if (!guard_) return;
  base::wait_for_end(guard_.get(),
                     std::chrono::ceil<std::chrono::milliseconds>(limit_ - Clock::now()));
  base::send_signal(guard_.get(), SIGKILL);
  siginfo_t ignored{};
  const auto guard = static_cast<id_t>(guard_.get());
  while (::waitid(P_PIDFD, guard, &ignored, WEXITED) != 0 && errno == EINTR) {
  }
  guard_.reset();
  report_.reset();
}

ProbeReport probe(const OpenedPlugin& plugin, std::chrono::milliseconds time_limit, ProbeEnd& end) {
  base::require_needed_calls();
  base::Pipe report = make_report_pipe();
  base::Pipe output = make_report_pipe();
  const pid_t host = ::getpid();
  // Asked for the time before the fork, too: what is looked up at the first call of a library is
  // inherited.
  end.limit_ = Clock::now() + time_limit + kGuardGrace;
  const pid_t guard = ::fork();
  if (guard < 0)
    base::throw_system_error("fork a process to probe " + plugin.path + " (fork)", errno);
  if (guard == 0) guard_probe(plugin, host, report.write.get(), output.write.get(), time_limit);
  // Closed first: the pidfd then finds a number that is free.
  report.write.reset();
  output.write.reset();
  end.guard_ = base::open_pidfd(guard);
  if (!end.guard_ && errno != ESRCH) leave_unwatched(guard, errno);
  // Somebody else may have reaped it; its report is in the pipe.
  if (end.guard_ && !is_child(end.guard_.get())) end.guard_.reset();

  Findings findings = listen(report, output, end.guard_.get(), end.limit_);
  end.report_ = std::move(report.read);
  if (const auto reason = refusal(findings, time_limit))
    throw LoadError(plugin.path, findings.step, *reason + hints_for(*reason, plugin.path));
  return std::move(findings.report);
}

}  // namespace forkmap::plugin

// SPDX-License-Identifier: Apache-2.0
#include "core/process/exit_status.hpp"

#include <cctype>
#include <csignal>
#include <cstring>

#include "core/base/signal_names.hpp"
#include "core/process/reserved_status.hpp"

namespace forkmap::process {

namespace {

// "Segmentation fault" -> "segmentation fault", but "CPU time limit exceeded" stays as it is.
std::string lower_case_start(std::string text) {
  const bool starts_with_word =
      text.size() > 1 && std::islower(static_cast<unsigned char>(text[1]));
  if (starts_with_word) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

}  // namespace

std::string wait_status_text(int status) {
  if (WIFSIGNALED(status)) {
    std::string text = "killed by " + base::signal_name(WTERMSIG(status));
    if (const char* meaning = ::sigdescr_np(WTERMSIG(status))) {
      text += " (" + lower_case_start(meaning);
      // The kernel sends it for nothing else, and says no more of what it has killed for that.
      if (WTERMSIG(status) == SIGSYS) text += ": a seccomp filter forbids it";
      text += ")";
    }
    return text;
  }
  if (WIFSTOPPED(status)) return "stopped by " + base::signal_name(WSTOPSIG(status));
  const int code = WEXITSTATUS(status);
  std::string text = "exited with status " + std::to_string(code);
  if (const char* meaning = meaning_of(static_cast<ReservedStatus>(code)))
    text += std::string(" (") + meaning + ")";
  return text;
}

int wait_status_of(const siginfo_t& info) noexcept {
  switch (info.si_code) {
    case CLD_EXITED:
      return (info.si_status & 0xff) << 8;
    case CLD_DUMPED:
      return (info.si_status & 0x7f) | 0x80;
    case CLD_KILLED:
      return info.si_status & 0x7f;
    case CLD_STOPPED:
    case CLD_TRAPPED:
      return ((info.si_status & 0xff) << 8) | 0x7f;
    case CLD_CONTINUED:
      return 0xffff;
    default:
      return 0;
  }
}

}  // namespace forkmap::process

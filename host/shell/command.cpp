// SPDX-License-Identifier: Apache-2.0
#include "host/shell/command.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "host/cli/command_line.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/standard_error.hpp"
#include "host/cli/usage_error.hpp"
#include "host/shell/help.hpp"
#include "host/shell/script.hpp"

namespace forkmap::host {

int shell_command(Arguments arguments) {
  CommandLine command_line(shell_help());
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  if (line->words.size() > 1) throw UsageError("shell takes one file of statements at most");
  // For `serial`, whose functions print as the shell does.
  const BlockingDescriptor output(STDOUT_FILENO);
  const BlockingDescriptor errors(STDERR_FILENO);
  // The parent may ignore SIGCHLD, and then no child can be waited for.
  ::signal(SIGCHLD, SIG_DFL);
  if (line->words.empty() || line->words.front() == "-") {
    return ShellScript("standard input", STDIN_FILENO).run();
  }
  const std::string& path = line->words.front();
  base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw UsageError("cannot open " + path + ": " + base::error_text(errno));
  file = base::moved_high(std::move(file));
  return ShellScript(path, file.get()).run();
}

}  // namespace forkmap::host

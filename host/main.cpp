// SPDX-License-Identifier: Apache-2.0
//
// The table of commands, and what becomes of their errors.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <forkmap/error.hpp>

#include "core/base/failing_writes.hpp"
#include "core/base/printable_text.hpp"
#include "core/base/system_error.hpp"
#include "core/plugin/loading_hints.hpp"
#include "host/cli/command.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/stack_limit.hpp"
#include "host/cli/standard_descriptors.hpp"
#include "host/cli/standard_error.hpp"
#include "host/cli/usage_error.hpp"
#include "host/demo/command.hpp"
#include "host/foreign/command_end.hpp"
#include "host/merge/command.hpp"
#include "host/plugin/build.hpp"
#include "host/plugin/cflags.hpp"
#include "host/plugin/inspect.hpp"
#include "host/plugin/list.hpp"
#include "host/plugin/new.hpp"
#include "host/run/agent_command.hpp"
#include "host/run/command.hpp"
#include "host/shell/command.hpp"
#include "host/text/table.hpp"
#include "host/watch/top_command.hpp"

namespace {

using namespace forkmap::host;
namespace base = forkmap::base;

constexpr Command kCommands[] = {
    {"run", "run a function of a plugin over items", &run_command},
    {"merge", "join what the shards of a run have written", &merge_command},
    {"top", "show a run that goes on, from another terminal", &top_command},
    {"list", "list the functions of plugins", &list_command},
    {"inspect", "say what a plugin's file is, or why it is refused", &inspect_command},
    {"build", "make a plugin of a source file", &build_command},
    {"shell", "run a script of statements, or a session at a prompt", &shell_command},
    {"demo", "play the lesson with real computation", &demo_command},
    {"new", "write a plugin project that builds at once", &new_command},
    {"cflags", "print the compiler flags for a plugin", &cflags_command},
    {"agent", "take part in a run of another machine (run --nodes starts it)", &agent_command},
};

void print_help() {
  std::vector<std::vector<std::string>> rows;
  for (const Command& command : kCommands) {
    rows.push_back({"  " + std::string(command.name), std::string(command.summary)});
  }
  const std::string text =
      "usage: forkmap COMMAND ...\n\n"
      "Maps functions of plugins (shared objects) over many items, in forked worker "
      "processes.\n\n" +
      aligned(rows) +
      "\n  forkmap help COMMAND     what a command does, its options, and examples\n"
      "  forkmap --version        the version\n\n"
      "To begin with:\n"
      "  forkmap list                          which functions there are\n"
      "  forkmap run arith:square 1 2 3 4 5    1 4 9 16 25, a line each\n"
      "  forkmap new mine                      a plugin of your own\n";
  std::fputs(text.c_str(), stdout);
}

const Command& find_command(const std::string& name) {
  const auto* const found = std::ranges::find(kCommands, name, &Command::name);
  if (found != std::end(kCommands)) return *found;
  std::string names;
  for (const Command& command : kCommands) names += " " + std::string(command.name);
  throw UsageError("there is no command \"" + name + "\"; there are:" + names);
}

int dispatch(std::vector<std::string> words) {
  if (words.empty()) {
    print_help();
    return kNothingRun;
  }
  const std::string first = words.front();
  words.erase(words.begin());
  const bool wants_help = first == "help" || first == "--help" || first == "-h";
  if (first == "--version" || first == "version") {
    std::puts("forkmap " FORKMAP_VERSION);
  } else if (wants_help && words.empty()) {
    print_help();
  } else if (wants_help) {
    const std::vector<std::string> help = {"--help"};
    return find_command(words.front()).run(help);
  } else {
    return find_command(first).run(words);
  }
  return kSucceeded;
}

int report(const std::exception& error, int status) {
  const std::string text = error.what();
  write_to_standard_error(
      "forkmap: " + base::printable_lines(text + forkmap::plugin::hints_for(text)) + "\n");
  return status;
}

int run(std::vector<std::string> words) {
  try {
    require_stack();
    return dispatch(std::move(words));
  } catch (const UsageError& error) {
    return report(error, kNothingRun);
  } catch (const forkmap::LoadError& error) {
    return report(error, kNothingRun);
  } catch (const forkmap::UnknownFunction& error) {
    return report(error, kNothingRun);
  } catch (const forkmap::AmbiguousFunction& error) {
    return report(error, kNothingRun);
  } catch (const forkmap::InvalidOption& error) {
    return report(error, kNothingRun);
  } catch (const forkmap::NotSupported& error) {
    return report(error, kNothingRun);
  } catch (const std::exception& error) {
    return report(error, kCannotGoOn);
  }
}

}  // namespace

int main(int argc, char** argv) {
  complete_standard_descriptors();
  forkmap::base::let_writes_fail(SIGXFSZ);
  const forkmap::plugin::ObjectList own_objects;
  int status = run({argv + std::min(argc, 1), argv + argc});
  // What commands print goes through stdio; a full disk shows here at the latest.
  const bool is_written = std::fflush(stdout) == 0;
  const std::string why = is_written ? "" : ": " + forkmap::base::error_text(errno);
  if (!is_written || std::ferror(stdout) != 0) {
    write_to_standard_error("forkmap: cannot write to standard output" + why + "\n");
    status = kCannotGoOn;
  }
  end_command(own_objects, status);
}

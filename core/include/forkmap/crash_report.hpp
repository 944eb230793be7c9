// SPDX-License-Identifier: Apache-2.0
//
// What is known of the death of a worker while an item ran.
#pragma once

#include <forkmap/requirements.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <forkmap/outcome.hpp>

namespace forkmap {

// Address and what follows it to the frames come from a signal handler in the worker, as far as it
// could run: not after SIGKILL, an exit, or a stack overflow of a thread that a function has made.
struct CrashReport {
  // Which items: one, or those of a call of a vectorized function, which are then run again alone.
  std::size_t index = 0;       // of the (first) item in the whole input, from 0
  std::uint64_t position = 0;  // of it in its map, from 0
  std::uint64_t map = 0;       // that map: how many were opened in the pool before it
  std::uint32_t count = 1;
  std::string function = {};  // full name
  int attempt = 1;            // from 1
  int attempts = 1;           // as many are made at most
  bool is_final = true;       // the item is not tried again

  int worker = 0;  // number, from 0
  pid_t pid = 0;
  std::uint32_t node = 0;  // where the worker was; 0: this machine
  std::string how = {};    // "killed by SIGSEGV (segmentation fault)"
  std::optional<int> signal = {};
  std::optional<int> exit_status = {};
  ProcessUsage usage = {};

  std::string cause = {};  // "SEGV_MAPERR: nothing is mapped at the address"; empty: not known
  bool stack_overflow = false;
  std::optional<std::uintptr_t> address = {};  // of the fault
  std::optional<pid_t> thread = {};            // that crashed, if it was not the worker's own
  std::optional<std::uintptr_t> program_counter = {};
  std::optional<std::uintptr_t> stack_pointer = {};
  // "in faulty.so: crash(long)+0x6", "in libc.so.6: abort+0xd3, called from ..."; may be empty
  std::string place = {};
  std::vector<std::string> frames = {};  // innermost first

  // What the worker printed last, 4 KiB at most, by items from `printed_since` to this one; where
  // its output is WorkerOutput::forward or tag.
  std::string printed = {};
  std::size_t printed_since = 0;

  std::string plugin_path = {};      // empty for a function of the embedding program
  std::string plugin_build_id = {};  // hex; may be empty
};

}  // namespace forkmap

// SPDX-License-Identifier: Apache-2.0
//
// What foreign code (a constructor of a shared object, a preload hook) may change in the process
// that runs it, without being asked:
//   what signals do, which are blocked, the stack of handlers
//   how floating point rounds, timers, resource limits
//   working directory, umask, descriptors 0 to 2
//   processors, priority, scheduling, locked memory, locale, name and other settings of prctl()
//   which process it is, ids, session, root directory, namespaces, seccomp, no_new_privs: these
//   cannot be put back
//   the environment: it is not put back, because libraries keep pointers into it
// Of this thread where a thread has its own. A save or a look costs some tens of microseconds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace forkmap::base {

struct StateChange {
  enum class Outcome : std::uint8_t {
    put_back,
    stays,     // the system does not let this process put it back
    lost,      // what was needed to put it back is gone: a descriptor of ours was closed
    harmless,  // not put back on purpose
  };
  std::string what;  // "the working directory"
  Outcome outcome = Outcome::put_back;
};
using StateChanges = std::vector<StateChange>;

// One thing of a process, remembered when it is made.
class StatePart {
 public:
  StatePart() = default;
  StatePart(const StatePart&) = delete;
  StatePart& operator=(const StatePart&) = delete;
  virtual ~StatePart() = default;
  // Puts it back, and adds what had been changed.
  virtual void restore(StateChanges& changes) const = 0;
};

class ProcessState {
 public:
  // Remembers the state of this moment.
  ProcessState();
  // Puts it back. Returns what had been changed.
  StateChanges restore() const;

 private:
  std::vector<std::unique_ptr<const StatePart>> parts_;  // in the order of restoring
};

// "the working directory, the umask": of those with this outcome.
[[nodiscard]] std::string changes_text(const StateChanges& changes, StateChange::Outcome outcome);

// Without changing it, as umask() does, where /proc tells.
[[nodiscard]] mode_t current_umask() noexcept;

}  // namespace forkmap::base

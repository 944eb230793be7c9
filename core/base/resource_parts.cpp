// SPDX-License-Identifier: Apache-2.0
//
// Parts of a ProcessState: resource limits, processors and priority, locked memory.
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/base/memory_locks.hpp"
#include "core/base/state_parts.hpp"

namespace forkmap::base {

namespace {

using Outcome = StateChange::Outcome;

constexpr std::array kNames = {
    "RLIMIT_CPU",      "RLIMIT_FSIZE", "RLIMIT_DATA",   "RLIMIT_STACK",
    "RLIMIT_CORE",     "RLIMIT_RSS",   "RLIMIT_NPROC",  "RLIMIT_NOFILE",
    "RLIMIT_MEMLOCK",  "RLIMIT_AS",    "RLIMIT_LOCKS",  "RLIMIT_SIGPENDING",
    "RLIMIT_MSGQUEUE", "RLIMIT_NICE",  "RLIMIT_RTPRIO", "RLIMIT_RTTIME"};
static_assert(kNames.size() == RLIM_NLIMITS);

rlimit limit_now(std::size_t resource) noexcept {
  rlimit limit{};
  ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
  return limit;
}

bool same_limit(const rlimit& left, const rlimit& right) noexcept {
  return left.rlim_cur == right.rlim_cur && left.rlim_max == right.rlim_max;
}

class Limits final : public StatePart {
 public:
  Limits() {
    for (std::size_t i = 0; i < before_.size(); ++i) before_[i] = limit_now(i);
  }
  void restore(StateChanges& changes) const override {
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (same_limit(limit_now(i), before_[i])) continue;
      const bool is_back = ::setrlimit(static_cast<__rlimit_resource_t>(i), &before_[i]) == 0;
      changes.push_back({kNames[i], is_back ? Outcome::put_back : Outcome::stays});
    }
  }

 private:
  std::array<rlimit, RLIM_NLIMITS> before_{};
};

int io_priority() noexcept {
  constexpr int kProcess = 1;
  return static_cast<int>(::syscall(SYS_ioprio_get, kProcess, 0));
}
bool set_io_priority(int priority) noexcept {
  constexpr int kProcess = 1;
  return ::syscall(SYS_ioprio_set, kProcess, 0, priority) == 0;
}

class Scheduling final : public StatePart {
 public:
  Scheduling() { ::sched_getparam(0, &parameter_); }
  void restore(StateChanges& changes) const override {
    const auto add = [&changes](const char* what, bool is_back) {
      changes.push_back({what, is_back ? Outcome::put_back : Outcome::stays});
    };
    cpu_set_t processors{};
    if (has_processors_ && ::sched_getaffinity(0, sizeof processors, &processors) == 0 &&
        CPU_EQUAL(&processors, &processors_) == 0) {
      add("the processors that it runs on (OMP_PROC_BIND, sched_setaffinity)",
          ::sched_setaffinity(0, sizeof processors_, &processors_) == 0);
    }
    if (::getpriority(PRIO_PROCESS, 0) != nice_) {
      add("the priority (nice)", ::setpriority(PRIO_PROCESS, 0, nice_) == 0);
    }
    sched_param parameter{};
    ::sched_getparam(0, &parameter);
    if (::sched_getscheduler(0) != policy_ ||
        parameter.sched_priority != parameter_.sched_priority) {
      add("the scheduling policy", ::sched_setscheduler(0, policy_, &parameter_) == 0);
    }
    if (io_priority() != io_priority_) {
      add("the priority of reading and writing (ioprio)", set_io_priority(io_priority_));
    }
  }

 private:
  cpu_set_t processors_{};
  bool has_processors_ = ::sched_getaffinity(0, sizeof processors_, &processors_) == 0;
  int nice_ = ::getpriority(PRIO_PROCESS, 0);
  int policy_ = ::sched_getscheduler(0);
  sched_param parameter_{};
  int io_priority_ = io_priority();
};

// No call tells the system not to lock what is mapped from now on and to leave alone what is
// locked: what mlock() had locked one by one is unlocked, too. Without mlockall() it stays locked.
class MemoryLocks final : public StatePart {
 public:
  void restore(StateChanges& changes) const override {
    if (filled_ || !fills_new_memory()) return;
    changes.push_back({"that all its memory is locked (mlockall)",
                       ::munlockall() == 0 ? Outcome::put_back : Outcome::stays});
  }

 private:
  bool filled_ = fills_new_memory();
};

}  // namespace

StatePartPointer limits_part() { return std::make_unique<Limits>(); }
StatePartPointer scheduling_part() { return std::make_unique<Scheduling>(); }
StatePartPointer memory_locks_part() { return std::make_unique<MemoryLocks>(); }

}  // namespace forkmap::base

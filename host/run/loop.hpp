// SPDX-License-Identifier: Apache-2.0
//
// The loop of a run, apart from what it turns over: outcomes come from the pool and go to the
// results, until the last has gone.
//  R1 It sleeps only if, after the last thing that it did, nothing is ready. Whatever is done may
//     make something ready: what is written makes room for outcomes that wait, a step of the pool
//     meets the rule of --halt, a signal ends what was awaited. So is_ready() is asked last, and
//     does nothing.
//  R2 sleep() may do something before it sleeps; then it returns instead.
#pragma once

#include <cstdint>

namespace forkmap::host {

class RunParts {
 public:
  RunParts() = default;
  RunParts(const RunParts&) = delete;
  RunParts& operator=(const RunParts&) = delete;
  virtual ~RunParts() = default;

  enum class Taken : std::uint8_t {
    outcomes,  // some were taken; there may be more
    nothing,   // there are none, or no room for them
    end        // there will be none any more
  };

  // Signals, the rule of --halt, those who ask for the status.
  virtual void attend() = 0;
  // One step of the pool, and outcomes that are there then to the results.
  virtual Taken take() = 0;
  // Whatever waits to be written, as far as it can be written now.
  virtual void write() = 0;
  // Without doing anything: take() or write() would get on.
  [[nodiscard]] virtual bool is_ready() const = 0;
  // Until something of this may have changed.
  virtual void sleep() = 0;
};

void run_loop(RunParts& run);

}  // namespace forkmap::host

// SPDX-License-Identifier: Apache-2.0
#include "host/run/halt_watch.hpp"

#include "host/cli/exit_codes.hpp"

namespace forkmap::host {

HaltWatch::HaltWatch(const HaltRule& rule, bool reduces, RunJob& job)
    : rule_(rule), job_(job), reduces_(reduces) {
  if (rule_.when != HaltRule::When::never && rule_.count == 0) total_ = job.input()->count_all();
}

bool HaltWatch::is_met_now(HaltRule::Facts facts) {
  if (rule_.when == HaltRule::When::never || met_) return false;
  if (total_) facts.total = total_;
  met_ = rule_.is_met(facts);
  if (met_) job_.diagnostics().say(rule_.text(facts));
  return met_;
}

int HaltWatch::status(int status) const noexcept {
  // A reduction over a part of the items has printed nothing; a fault of the run stays one.
  if (!met_ || reduces_ || status == kCannotGoOn) return status;
  if (rule_.why == HaltRule::Why::success || job_.failed() == 0) return kSucceeded;
  return kItemsFailed;
}

}  // namespace forkmap::host

// SPDX-License-Identifier: Apache-2.0
#include "core/pool/orphans.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/process/session.hpp"

namespace forkmap::pool {

namespace {
constexpr auto kSweepPatience = std::chrono::seconds(2);
}  // namespace

Orphans::Orphans() {
  ::prctl(PR_GET_CHILD_SUBREAPER, &former_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Orphans::~Orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, former_); }

bool Orphans::is_zygote(pid_t pid) const {
  return std::ranges::any_of(zygotes_, [pid](const auto* zygote) { return zygote->pid() == pid; });
}

void Orphans::look() {
  std::vector<pid_t> children = process::children_of_this_process();
  // Asked after the children: one that has ended by now may have handed some of them over.
  if (std::ranges::any_of(zygotes_, &process::ZygoteLink::ended)) return;
  std::erase_if(children, [this](pid_t child) { return is_zygote(child); });
  std::erase_if(children, process::reap_if_ended);
  strangers_ = std::move(children);
}

void Orphans::sweep() {
  const pid_t session = ::getsid(0);
  const auto is_kept = [&](pid_t child) {
    return is_zygote(child) || ::getsid(child) == session ||
           std::ranges::find(strangers_, child) != strangers_.end();
  };
  (void)process::kill_stray_children(is_kept, std::chrono::steady_clock::now() + kSweepPatience);
}

}  // namespace forkmap::pool

// SPDX-License-Identifier: Apache-2.0
//
// What a zygote leaves behind that was killed before it could end what its workers had started:
// processes in sessions of their own. For programs whose children are forkmap's alone (the
// command); one for all pools of the process. Runs in the host, one thread.
//  R1 While all zygotes live, none of their descendants is a child of this process: orphans go to
//     the zygote above them. So who is a child then is a stranger: inherited through exec, or
//     adopted because this process is process 1.
//  R2 Swept are children that are no strangers, no zygotes, and not of this process' own session
//     (which zygotes and all below them have left).
#pragma once

#include <sys/types.h>

#include <vector>

#include "core/process/zygote_link.hpp"

namespace forkmap::pool {

class Orphans {
 public:
  Orphans();  // makes this process a child subreaper
  Orphans(const Orphans&) = delete;
  Orphans& operator=(const Orphans&) = delete;
  ~Orphans();

  // That a zygote lives; it goes before the zygote, and this object outlives it.
  class Entry {
   public:
    Entry(Orphans& orphans, const process::ZygoteLink& zygote)
        : orphans_(orphans), zygote_(zygote) {
      orphans_.zygotes_.push_back(&zygote_);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { std::erase(orphans_.zygotes_, &zygote_); }

   private:
    Orphans& orphans_;
    const process::ZygoteLink& zygote_;
  };

  // From time to time: notes strangers (R1), and reaps those that have ended.
  void look();
  // After the end of a zygote: kills and reaps what it has left (R2). It may still be among the
  // added ones.
  void sweep();

 private:
  int former_ = 0;  // whether it was a subreaper before
  std::vector<const process::ZygoteLink*> zygotes_;
  std::vector<pid_t> strangers_;

  [[nodiscard]] bool is_zygote(pid_t pid) const;
};

}  // namespace forkmap::pool

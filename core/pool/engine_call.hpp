// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pool/loop.hpp"

namespace forkmap::pool {

// A call of the owner's, from its begin to its end. Calls may be one inside another: user code that
// the engine calls may use it.
class EngineCall {
 public:
  explicit EngineCall(Loop& loop) : loop_(loop) { loop_.enter(); }  // throws WrongThread
  EngineCall(const EngineCall&) = delete;
  EngineCall& operator=(const EngineCall&) = delete;
  ~EngineCall() { loop_.leave(); }

 private:
  Loop& loop_;
};

}  // namespace forkmap::pool

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

// A call of the owner's, from its begin to its end. Calls may be one inside another: user code that
// the engine calls may use it.
class EngineCall {
 public:
  explicit EngineCall(EngineCore& core) : core_(core) { core_.enter(); }  // throws WrongThread
  EngineCall(const EngineCall&) = delete;
  EngineCall& operator=(const EngineCall&) = delete;
  ~EngineCall() { core_.leave(); }

 private:
  EngineCore& core_;
};

}  // namespace forkmap::pool

// SPDX-License-Identifier: Apache-2.0
//
// Passes on what nodes tell of their workers, beside outcomes.
#pragma once

#include "core/node/remote_node.hpp"
#include "core/node/remote_rules.hpp"

namespace forkmap::node {

class RemoteTelling {
 public:
  // It outlives this.
  explicit RemoteTelling(const RemoteRules& rules) : rules_(rules) {}

  // A text says why the message cannot be, and nobody was told anything.
  [[nodiscard]] Fault take_printed(const RemoteNode& node, const Message& message) const;

 private:
  const RemoteRules& rules_;
};

}  // namespace forkmap::node

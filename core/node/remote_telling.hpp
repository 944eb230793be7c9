// SPDX-License-Identifier: Apache-2.0
//
// Passes on what nodes tell of their workers, beside outcomes. A message that cannot be is told to
// nobody, not even in part: a text says why.
#pragma once

#include <string_view>

#include "core/node/node_event.hpp"
#include "core/node/remote_node.hpp"
#include "core/node/remote_rows.hpp"
#include "core/node/remote_rules.hpp"
#include "core/site/events.hpp"

namespace forkmap::node {

class RemoteTelling {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // All outlive it.
  RemoteTelling(const RemoteRules& rules, const plugin::RegistryTable& table,
                const pool::Events& events, const RemoteRows& rows)
      : rules_(rules), table_(table), events_(events), rows_(rows) {}

  [[nodiscard]] bool wants_events() const noexcept { return events_.are_watched(); }

  [[nodiscard]] Fault take_printed(const RemoteNode& node, const Message& message) const;
  [[nodiscard]] Fault take_crash(const RemoteNode& node, const Message& message) const;
  [[nodiscard]] Fault take_events(RemoteNode& node, const Message& message, TimePoint now) const;

 private:
  const RemoteRules& rules_;
  const plugin::RegistryTable& table_;
  const pool::Events& events_;
  const RemoteRows& rows_;

  void notice_of(const RemoteNode& node, std::string_view text) const;
  [[nodiscard]] const plugin::FunctionEntry* function(std::string_view full_name) const;
  [[nodiscard]] Fault bind(NodeEvent& event) const;
  void tell(RemoteNode& node, const NodeEvent& event, TimePoint now) const;
};

}  // namespace forkmap::node

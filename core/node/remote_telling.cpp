// SPDX-License-Identifier: Apache-2.0
#include "core/node/remote_telling.hpp"

namespace forkmap::node {

Fault RemoteTelling::take_printed(const RemoteNode& node, const Message& message) const {
  Printed printed;
  if (Fault fault = from_message(message, printed); !fault.empty()) return fault;
  if (printed.cut_bytes > 0 && rules_.notice) {
    rules_.notice("node " + node.name() + ": " + std::to_string(printed.cut_bytes) +
                  " bytes that its workers printed are missing here: nobody could take them");
  }
  if (rules_.printed && !printed.bytes.empty()) rules_.printed(node.name(), printed.bytes);
  if (!rules_.printed_line) return {};
  for (const PrintedLine& line : printed.lines) {
    rules_.printed_line(node.name(), line.worker, line.pid, line.line);
  }
  return {};
}

}  // namespace forkmap::node

// SPDX-License-Identifier: Apache-2.0
#include "core/node/messages.hpp"
#include "core/node/wire_parts.hpp"

namespace forkmap::node {

namespace {

constexpr std::uint64_t kLeastLineBytes = sizeof(int) + sizeof(pid_t) + 1;

}  // namespace

Message to_message(const Printed& printed) {
  Message message{.type = FrameType::printed};
  WireWriter out(message.payload);
  out.put(printed.cut_bytes);
  out.put(printed.bytes);
  out.put_short(printed.lines.size());
  for (const PrintedLine& line : printed.lines) {
    out.put(line.worker);
    out.put(line.pid);
    out.put(line.line);
  }
  return message;
}

Fault from_message(const Message& message, Printed& to) {
  if (message.payload.size() > kMostPrintedBytes) {
    return "more output at once than an agent sends";
  }
  WireReader in(message.payload);
  in.get(to.cut_bytes);
  in.get(to.bytes);
  to.lines.resize(in.get_count(kLeastLineBytes));
  for (PrintedLine& line : to.lines) {
    get_worker(in, line.worker);
    in.get(line.pid);
    in.get(line.line);
  }
  in.expect_end();
  return in.fault();
}

}  // namespace forkmap::node

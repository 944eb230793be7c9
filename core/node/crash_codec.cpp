// SPDX-License-Identifier: Apache-2.0
//
// What the coordinator knows better of a crash is not sent: function, index, position and node.
#include <forkmap/options.hpp>

#include "core/node/credit_policy.hpp"
#include "core/node/messages.hpp"
#include "core/node/wire_parts.hpp"

namespace forkmap::node {

Message to_message(const Crash& crash) {
  Message message{.type = FrameType::crash, .words = {crash.block, crash.row, 0}};
  const CrashReport& report = crash.report;
  WireWriter out(message.payload);
  out.put(report.count);
  out.put(report.attempt);
  out.put(report.attempts);
  out.put(report.is_final);
  out.put(report.worker);
  out.put(report.pid);
  out.put(report.how);
  out.put(report.signal);
  out.put(report.exit_status);
  put_usage(out, report.usage);
  out.put(report.cause);
  out.put(report.stack_overflow);
  out.put(report.address);
  out.put(report.thread);
  out.put(report.program_counter);
  out.put(report.stack_pointer);
  out.put(report.place);
  put_texts(out, report.frames);
  out.put(report.printed);
  out.put(std::uint64_t{report.printed_since});
  out.put(report.plugin_path);
  out.put(report.plugin_build_id);
  return message;
}

Fault from_message(const Message& message, Crash& to) {
  if (message.payload.size() > kMostCrashBytes) return "a crash report that is too long";
  if (message.words[1] > UINT32_MAX) return "a crash of a row that no block has";
  to.block = message.words[0];
  to.row = static_cast<std::uint32_t>(message.words[1]);
  CrashReport& report = to.report;
  WireReader in(message.payload);
  in.get(report.count);
  if (in.is_good() && (report.count == 0 || report.count > kMostBlockRows)) {
    in.fail("a crash of " + std::to_string(report.count) + " items");
  }
  in.get(report.attempt);
  in.get(report.attempts);
  if (in.is_good() && (report.attempt < 1 || report.attempts < report.attempt ||
                       report.attempts > kMostRetries + 1)) {
    in.fail("an attempt that cannot be");
  }
  in.get(report.is_final);
  get_worker(in, report.worker);
  in.get(report.pid);
  in.get(report.how);
  in.get(report.signal);
  in.get(report.exit_status);
  get_usage(in, report.usage);
  in.get(report.cause);
  in.get(report.stack_overflow);
  in.get(report.address);
  in.get(report.thread);
  in.get(report.program_counter);
  in.get(report.stack_pointer);
  in.get(report.place);
  get_texts(in, report.frames);
  in.get(report.printed);
  in.get(report.printed_since);
  in.get(report.plugin_path);
  in.get(report.plugin_build_id);
  in.expect_end();
  return in.fault();
}

}  // namespace forkmap::node

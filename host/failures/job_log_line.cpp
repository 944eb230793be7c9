// SPDX-License-Identifier: Apache-2.0
#include "host/failures/job_log_line.hpp"

#include <string>

#include "host/text/item_text.hpp"

namespace forkmap::host {

namespace {

using Steady = std::chrono::steady_clock;
using System = std::chrono::system_clock;

System::time_point as_date(Steady::time_point time) {
  return System::now() - std::chrono::duration_cast<System::duration>(Steady::now() - time);
}

bool was_never_run(const ResultBatch& batch) {
  if (batch.errors.empty()) return false;
  const ErrorKind kind = batch.errors.front().kind;
  return kind == ErrorKind::cancelled || kind == ErrorKind::not_run;
}

}  // namespace

std::optional<LoggedTask> job_log_line(const ItemNumbering& numbers,
                                       const plugin::FunctionEntry& function,
                                       const ItemInput& input, const ResultBatch& batch) {
  if (was_never_run(batch)) return std::nullopt;
  LoggedTask task;
  task.number = numbers.number_of(batch.first);
  const bool is_timed = batch.ended != Steady::time_point{};
  task.begun = as_date(is_timed ? batch.begun : Steady::now());
  task.run_time = batch.ended - batch.begun;
  task.command = function.full_name;
  input.read_texts(batch.first, batch.count, [&](std::string_view text) {
    task.sent_bytes += text.size();
    if (batch.count == 1) task.command += " " + shown_item(text, input.delimiter(), ItemCut::none);
  });
  if (batch.count > 1) {
    task.command += " (" + std::to_string(batch.count) + " items)";
  }
  if (!batch.errors.empty()) {
    const ItemError& error = batch.errors.front();
    task.signal = error.signal.value_or(0);
    task.exit_value = error.exit_status.value_or(error.signal ? 0 : 1);
  }
  return task;
}

}  // namespace forkmap::host

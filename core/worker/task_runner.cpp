// SPDX-License-Identifier: Apache-2.0
#include "core/worker/task_runner.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/lane/task_codes.hpp"
#include "core/types/item_status.hpp"
#include "core/types/parse_lines.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::pool {

namespace {

using ArgumentColumns = std::array<forkmap_column, FORKMAP_MAX_COLUMNS>;
using ResultColumns = std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS>;

constexpr types::Type kLineType{FORKMAP_STR};

std::uint32_t items_complete(const forkmap_chunk& chunk) {
  // Relaxed: this process wrote the word.
  return lane::progress_items(__atomic_load_n(chunk.progress, __ATOMIC_RELAXED));
}

// No early end, and eight at a time: this looks at every item of a task in the arena.
bool are_values(const unsigned char* status, std::uint32_t count) {
  constexpr std::uint64_t kEight = 0x0101'0101'0101'0101U * FORKMAP_STATUS_VALUE;
  std::uint64_t others = 0;
  std::uint32_t item = 0;
  for (; count - item >= sizeof kEight; item += sizeof kEight) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, status + item, sizeof eight);
    others |= eight ^ kEight;
  }
  for (; item < count; ++item) others |= status[item] ^ std::uint64_t{FORKMAP_STATUS_VALUE};
  return others == 0;
}

void move_into_arena(const lane::InputCell& task, const std::byte* window, std::byte* arena,
                     const plugin::FunctionEntry& entry, ArgumentColumns& arguments,
                     ResultColumns& results) {
  std::array<std::uint64_t, 2 * FORKMAP_MAX_COLUMNS> offsets{};
  const std::size_t count = entry.signature.arguments.size() + entry.signature.results.size();
  const bool inside = count * sizeof(std::uint64_t) <= lane::kInputPayloadBytes;
  std::memcpy(offsets.data(), inside ? task.payload : window, count * sizeof(std::uint64_t));
  std::size_t next = 0;
  for (std::size_t column = 0; column < entry.signature.arguments.size(); ++column) {
    arguments[column] = forkmap_column{};
    arguments[column].type = entry.signature.arguments[column].code;
    arguments[column].values = arena + offsets[next++];
  }
  for (std::size_t column = 0; column < entry.signature.results.size(); ++column) {
    results[column].values = arena + offsets[next++];
  }
}

// A worker that is woken shall not push the host off its core: the host has more lines to hand out
// and results to write then, and the other workers wait for it. A batch process begins when a core
// is free, and has the same share of it. Another policy than the usual one was somebody's wish.
void let_host_finish() {
  if (::sched_getscheduler(0) != SCHED_OTHER) return;
  const sched_param no_priority{};
  ::sched_setscheduler(0, SCHED_BATCH, &no_priority);
}

}  // namespace

TaskRunner::TaskRunner(const WorkerContext& context, lane::LaneView view,
                       const types::Floats& floats, PrintMarks& marks)
    : context_(context), view_(view), marks_(marks) {
  host_.floats = floats;
  host_.failure_context = &marks_;
  host_.on_failure = [](void* told, std::uint64_t item) {
    static_cast<PrintMarks*>(told)->note_failure(static_cast<std::uint32_t>(item));
  };
}

void TaskRunner::lay_out(const plugin::FunctionEntry& entry, const lane::InputCell& task) {
  if (layouts_.entry == &entry && layouts_.input_capacity == task.input_capacity &&
      layouts_.count == task.count && layouts_.text == task.text.is_text()) {
    return;
  }
  layouts_.entry = &entry;
  layouts_.input_capacity = task.input_capacity;
  layouts_.count = task.count;
  layouts_.text = task.text.is_text();
  const types::Signature& signature = entry.signature;
  layouts_.results = types::layout_columns(types::Part::results, signature.results, task.count);
  if (task.text.is_text()) {
    layouts_.inputs =
        types::layout_columns(types::Part::inputs, {&kLineType, 1}, task.input_capacity);
    layouts_.arguments =
        types::layout_columns(types::Part::inputs, signature.arguments, task.count);
  } else {
    layouts_.inputs =
        types::layout_columns(types::Part::inputs, signature.arguments, task.input_capacity);
  }
  host_.parameters = context_.parameters;
  host_.result_layout = &layouts_.results;
  forkmap_chunk& chunk = layouts_.chunk;
  chunk = {};
  chunk.table = types::chunk_table();
  chunk.size_bytes = sizeof(forkmap_chunk);
  chunk.argument_count = static_cast<std::uint32_t>(signature.arguments.size());
  chunk.result_count = static_cast<std::uint32_t>(signature.results.size());
  chunk.count = task.count;
  chunk.progress = reinterpret_cast<std::uint64_t*>(&view_.worker_words().progress);
  chunk.bytes_capacity = view_.shape().window_bytes - layouts_.results.bytes_offset_bytes;
  chunk.seed = context_.seed;
  chunk.function = entry.record;
  chunk.host = &host_;
}

// This process's table does not change, so most often the entry is that of the task before.
const plugin::FunctionEntry* TaskRunner::find(std::uint32_t function) const noexcept {
  const plugin::FunctionEntry* const last = layouts_.entry;
  return last != nullptr && last->number == function ? last : context_.table->find(function);
}

void TaskRunner::run(const lane::WorkerLane::Claim& claim) {
  const lane::InputCell& task = *claim.task;
  lane::ResultCell& cell = view_.result_cell(claim.cell);
  cell.completed = task.count;
  cell.flags = 0;
  cell.bytes_used = 0;
  cell.text_bytes = 0;
  const plugin::FunctionEntry* const entry = find(task.function);
  if (entry == nullptr) {
    cell.flags = kStaleFunction;
    return;
  }
  lay_out(*entry, task);
  marks_.begin_task(claim.turn, task.first_index, task.index_stride);

  std::byte* const window = view_.result_window(task.window);
  std::byte* const head = task.results == lane::Place::cell ? cell.payload : window;
  ResultColumns results;  // as many as there are
  types::result_columns(layouts_.results, head, results.data());

  types::ChunkHost& host = host_;
  host.left_floats = false;
  host.may_skip_status = false;
  host.in_vector = false;
  host.all_values = false;
  host.errors = reinterpret_cast<types::ErrorPlace*>(window + layouts_.results.errors_offset_bytes);

  forkmap_chunk chunk = layouts_.chunk;
  chunk.turn = claim.turn;
  chunk.results = results.data();
  chunk.status = reinterpret_cast<unsigned char*>(head + layouts_.results.status_offset_bytes);
  chunk.bytes = reinterpret_cast<unsigned char*>(window + layouts_.results.bytes_offset_bytes);
  chunk.first_index = task.first_index;
  chunk.index_stride = task.index_stride;
  host.item_by_item = (task.flags & lane::kItemByItem) != 0;

  ArgumentColumns arguments;
  chunk.arguments = arguments.data();
  const std::byte* const inputs =
      task.inputs == lane::Place::cell ? task.payload : view_.input_window(task.window);
  int outcome = FORKMAP_RUN_COMPLETE;
  if (task.inputs == lane::Place::arena) {
    move_into_arena(task, inputs, context_.arena, *entry, arguments, results);
    host.may_skip_status = true;
    outcome = run_columns(chunk);
  } else if (task.text.is_text()) {
    outcome = run_text(chunk, task, inputs);
  } else {
    types::argument_columns(layouts_.inputs, inputs, arguments.data());
    // A payload in the cell is fixed columns only; a bytes area is always in the window.
    outcome = run_columns(chunk);
  }

  cell.completed = host.all_values ? task.count : std::min(items_complete(chunk), task.count);
  if (task.inputs == lane::Place::arena && cell.completed == task.count &&
      (host.all_values || are_values(chunk.status, task.count))) {
    cell.flags |= kAllValues;
  }
  cell.bytes_used = chunk.bytes_used;
  if (host.left_floats) cell.flags |= kLeftFloats;
  if (outcome == FORKMAP_RUN_WINDOW_FULL) cell.flags |= lane::kWindowFull;
  if (outcome == FORKMAP_RUN_REFUSED) cell.flags |= kRefusedFunction;
  if (task.text.is_printed() && outcome == FORKMAP_RUN_COMPLETE) {
    write_text(task, cell, chunk, head, view_.shape().window_bytes);
  }
}

// Runs items [chunk.first, chunk.count). An item that does not fit the empty window is settled
// here; one that only does not fit behind others is left to the host, which sends it again.
int TaskRunner::run_columns(forkmap_chunk& chunk) {
  for (;;) {
    const int outcome = types::run_chunk(chunk);
    if (outcome != FORKMAP_RUN_WINDOW_FULL) return outcome;
    const std::uint32_t complete = items_complete(chunk);
    if (complete != 0) return outcome;
    const std::string text = "the result needs " + std::to_string(chunk.needed_bytes) +
                             " bytes and an empty window has " +
                             std::to_string(chunk.bytes_capacity - FORKMAP_MAX_MESSAGE_BYTES) +
                             "; raise window_bytes";
    chunk.bytes_used = 0;
    if (!types::settle_item(chunk, 0, FORKMAP_STATUS_PAYLOAD_TOO_LARGE, text)) return outcome;
    chunk.first = 1;
    if (chunk.count == 1) return FORKMAP_RUN_COMPLETE;
  }
}

int TaskRunner::run_text(forkmap_chunk& chunk, const lane::InputCell& task,
                         const std::byte* inputs) {
  if (!std::exchange(lets_host_finish_, true)) let_host_finish();
  forkmap_column lines{};
  types::argument_columns(layouts_.inputs, inputs, &lines);
  const types::TextRules rules{task.text.delimiter, task.text.terminator, task.text.raw};
  auto* const arguments = const_cast<forkmap_column*>(chunk.arguments);
  if (types::lines_are_arguments(lines, task.count, rules, layouts_.arguments)) {
    lines.type = layouts_.arguments.types[0].code;
    *arguments = lines;
    return run_columns(chunk);
  }

  // An element of an array takes two characters of text at least and eight bytes at most; each
  // stretch may be padded to eight.
  const std::uint64_t bytes_capacity =
      8 * (task.input_bytes + task.count * (1 + layouts_.arguments.column_count));
  const std::uint64_t need = layouts_.arguments.bytes_offset_bytes + bytes_capacity;
  if (arguments_.size() < need) arguments_.resize(need);
  std::byte* const base = arguments_.data();
  types::begin_columns(layouts_.arguments, base);
  types::argument_columns(layouts_.arguments, base, arguments);
  types::ParsedRows rows{layouts_.arguments, base, 0, bytes_capacity};
  types::BadText bad;
  for (std::uint64_t item = 0; item < task.count;) {
    // A stretch of good lines is run as one; the line that ends it is settled as BadItem. Before
    // the lines there is readable memory: the column of their ends.
    std::uint64_t end = types::parse_lines(lines, item, task.count, rules, rows, bad);
    const bool is_bad = end < task.count;
    if (end > item) {
      chunk.first = item;
      chunk.count = end;
      const int outcome = run_columns(chunk);
      if (outcome != FORKMAP_RUN_COMPLETE) return outcome;
    }
    if (is_bad) {
      chunk.count = task.count;
      if (!types::settle_item(chunk, end, types::kUnparsed,
                              bad_item_text(bad.column, bad.reason))) {
        return FORKMAP_RUN_WINDOW_FULL;
      }
      // The columns of the bad row are closed, so that the next row begins behind them.
      types::close_row(layouts_.arguments, base, end, rows.bytes_used);
      ++end;
    }
    item = end;
  }
  return FORKMAP_RUN_COMPLETE;
}

// The text area follows the bytes area: ends of the lines if they are wanted, then the lines.
// Without room for it the host prints the columns itself.
void TaskRunner::write_text(const lane::InputCell& task, lane::ResultCell& cell,
                            const forkmap_chunk& chunk, std::byte* result_head,
                            std::uint64_t window_bytes) {
  ArgumentColumns columns{};
  types::readable_columns(layouts_.results, result_head, columns.data());
  for (forkmap_column& column : columns) column.bytes = chunk.bytes;
  const types::TextRules rules{task.text.delimiter, task.text.terminator, task.text.raw};
  const std::uint64_t offset =
      text_area_offset_bytes(layouts_.results.bytes_offset_bytes + chunk.bytes_used);
  const bool has_ends = task.text.form == lane::TextForm::lines;
  const std::uint64_t ends_bytes = has_ends ? task.count * sizeof(std::uint64_t) : 0;
  if (offset + ends_bytes >= window_bytes) return;
  std::byte* const area = view_.result_window(task.window) + offset;
  types::TextRoom room;
  room.begin = reinterpret_cast<char*>(area + ends_bytes);
  room.size_bytes = window_bytes - offset - ends_bytes;
  room.ends = has_ends ? reinterpret_cast<std::uint64_t*>(area) : nullptr;
  const auto text_bytes =
      types::print_lines(layouts_.results, {columns.data(), chunk.status, task.count}, rules, room);
  if (!text_bytes) return;
  cell.text_bytes = *text_bytes;
  cell.flags |= lane::kHasText;
}

}  // namespace forkmap::pool

// SPDX-License-Identifier: Apache-2.0
//
// The one large message of an agent: outcomes, with errors in full.
#include <algorithm>
#include <forkmap/options.hpp>
#include <utility>

#include "core/node/messages.hpp"
#include "core/node/wire_parts.hpp"

namespace forkmap::node {

namespace {

constexpr std::uint64_t kLeastErrorBytes = 16;
constexpr std::uint64_t kLeastPartBytes = 16;

// But for the node, which the coordinator knows better.
void put_error(WireWriter& out, const ItemError& error) {
  out.put(std::uint64_t{error.index});
  out.put(static_cast<std::uint8_t>(error.kind));
  out.put(error.function);
  out.put(error.message);
  out.put(error.attempt);
  out.put(error.pid);
  out.put(error.signal);
  out.put(error.exit_status);
  out.put(error.needed);
  out.put(error.held);
  out.put(error.column);
  out.put(error.address);
  out.put(error.place);
  put_texts(out, error.frames);
  out.put(error.printed);
  out.put(std::uint64_t{error.printed_since});
  out.put(error.usage.has_value());
  if (error.usage) put_usage(out, *error.usage);
  out.put(error.earlier);
}

void get_error(WireReader& in, ItemError& error) {
  in.get(error.index);
  in.get_enum(error.kind, ErrorKind::cancelled);
  in.get(error.function);
  in.get(error.message);
  in.get(error.attempt);
  if (error.attempt < 0 || error.attempt > kMostRetries + 1) in.fail("an attempt that cannot be");
  in.get(error.pid);
  in.get(error.signal);
  in.get(error.exit_status);
  in.get(error.needed);
  in.get(error.held);
  in.get(error.column);
  in.get(error.address);
  in.get(error.place);
  get_texts(in, error.frames);
  in.get(error.printed);
  in.get(error.printed_since);
  bool has_usage = false;
  in.get(has_usage);
  if (has_usage) get_usage(in, error.usage.emplace());
  in.get(error.earlier);
}

// Rows that have, or have not, a value come in runs.
void put_status(WireWriter& out, const std::vector<std::uint8_t>& status) {
  for (std::size_t row = 0; row < status.size();) {
    std::size_t end = row;
    while (end < status.size() && status[end] == status[row]) ++end;
    out.put(status[row]);
    out.put_short(end - row);
    row = end;
  }
}

void get_status(WireReader& in, std::vector<std::uint8_t>& status, std::uint64_t count) {
  while (status.size() < count && in.is_good()) {
    std::uint8_t value = 0;
    in.get(value);
    const std::uint64_t rows = in.get_short();
    if (value > 1 || rows == 0 || rows > count - status.size()) {
      return in.fail("statuses that are none of a part's");
    }
    status.insert(status.end(), rows, value);
  }
}

void put_lines(WireWriter& out, const BlockPart& part) {
  put_status(out, part.status);
  std::uint64_t end = 0;
  for (std::size_t row = 0; row < part.status.size(); ++row) {
    if (part.status[row] == 0) continue;
    out.put_short(part.ends[row] - end);
    end = part.ends[row];
  }
  out.put(part.text);
}

void get_lines(WireReader& in, BlockPart& part, std::uint64_t count) {
  get_status(in, part.status, count);
  std::uint64_t end = 0;
  for (std::size_t row = 0; row < part.status.size() && in.is_good(); ++row) {
    if (part.status[row] != 0) {
      const std::uint64_t bytes = in.get_short();
      if (bytes > kMostMessageBytes) return in.fail("a line that is too long");
      end += bytes;
    }
    part.ends.push_back(end);
  }
  in.get(part.text);
  if (in.is_good() && end != part.text.size()) in.fail("lines that are not those of its rows");
}

// The signature says what columns there are: whoever knows it looks further (fault_of_image). They
// begin with the status of each row.
void get_columns(WireReader& in, BlockPart& part, std::uint64_t count) {
  const auto bytes = in.get_bytes(in.get_short());
  if (!in.is_good()) return;
  if (bytes.size() < count) return in.fail("columns that are too short");
  part.columns.assign(bytes.begin(), bytes.end());
  for (const std::byte status : bytes.first(count)) {
    if (status > std::byte{1}) return in.fail("statuses that are none of a part's");
    part.status.push_back(std::to_integer<std::uint8_t>(status));
  }
}

void put_part(WireWriter& out, const BlockPart& part) {
  out.put(part.block);
  out.put(part.row);
  out.put(part.worker);
  out.put(part.pid);
  put_time(out, part.time);
  out.put_short(part.status.size());
  out.put(!part.columns.empty());
  if (part.columns.empty()) {
    put_lines(out, part);
  } else {
    out.put_short(part.columns.size());
    out.put_bytes(part.columns.data(), part.columns.size());
  }
  out.put_short(part.errors.size());
  for (const ItemError& error : part.errors) put_error(out, error);
}

void get_part(WireReader& in, BlockPart& part) {
  in.get(part.block);
  in.get(part.row);
  in.get(part.worker);
  in.get(part.pid);
  get_time(in, part.time);
  // Each has the length of its line, a byte of columns, or an error.
  const std::uint64_t count = in.get_count(1);
  if (!in.is_good()) return;
  if (count == 0) return in.fail("a part without rows");
  bool has_columns = false;
  in.get(has_columns);
  has_columns ? get_columns(in, part, count) : get_lines(in, part, count);
  const auto failed = static_cast<std::size_t>(std::ranges::count(part.status, std::uint8_t{0}));
  part.errors.resize(in.get_count(kLeastErrorBytes));
  for (ItemError& error : part.errors) get_error(in, error);
  if (!in.is_good()) return;
  if (failed != part.errors.size()) in.fail("errors that are not those of its rows");
}

}  // namespace

Message to_message(const Parts& parts) {
  Message message{.type = FrameType::parts};
  WireWriter out(message.payload);
  out.put_short(parts.parts.size());
  for (const BlockPart& part : parts.parts) put_part(out, part);
  return message;
}

Fault from_message(const Message& message, Parts& to) {
  WireReader in(message.payload);
  to.parts.clear();
  to.parts.resize(in.get_count(kLeastPartBytes));
  for (BlockPart& part : to.parts) {
    if (in.is_good()) get_part(in, part);
  }
  in.expect_end();
  return in.fault();
}

}  // namespace forkmap::node

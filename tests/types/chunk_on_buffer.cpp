// SPDX-License-Identifier: Apache-2.0
#include "tests/types/chunk_on_buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "core/types/text_format.hpp"

namespace forkmap::types {

namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kGuardBytes = 64;
constexpr auto kGuard = std::byte{0xa5};
constexpr std::uint64_t kArgumentBytes = 1 << 20;
constexpr TextRules kRules{.delimiter = '|', .terminator = '\0', .raw = true};

std::uint64_t end_of(const ColumnLayout& layout, std::uint64_t area_bytes) {
  return layout.bytes_offset_bytes + area_bytes;
}

}  // namespace

Stretch::Stretch(std::uint64_t size_bytes) : size_bytes_(size_bytes) {
  const std::uint64_t whole = (size_bytes + kGuardBytes + kAlignment - 1) / kAlignment * kAlignment;
  memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, whole)));
  if (!memory_) throw std::bad_alloc();
  std::memset(memory_.get(), static_cast<int>(kGuard), whole);
}

void Stretch::Free::operator()(std::byte* memory) const noexcept { std::free(memory); }

bool Stretch::is_intact() const noexcept {
  const std::byte* const end = memory_.get() + size_bytes_;
  return std::all_of(end, end + kGuardBytes, [](std::byte byte) { return byte == kGuard; });
}

ChunkOnBuffer::ChunkOnBuffer(std::string_view signature, const std::vector<std::string>& lines,
                             std::uint64_t result_bytes)
    : signature_(parse_signature(signature)),
      argument_layout_(layout_columns(Part::inputs, signature_.arguments, lines.size())),
      result_layout_(layout_columns(Part::results, signature_.results, lines.size())),
      arguments_(end_of(argument_layout_, kArgumentBytes)),
      results_(end_of(result_layout_, result_bytes)) {
  std::uint64_t used = 0;
  BadText bad;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (parse_row(lines[i], kRules, argument_layout_, arguments_.base(), i, used, kArgumentBytes,
                  bad) != ParseOutcome::row) {
      throw std::invalid_argument("test item: " + bad.reason);
    }
  }
  argument_columns(argument_layout_, arguments_.base(), argument_columns_.data());
  result_columns(result_layout_, results_.base(), result_columns_.data());
  readable_columns(result_layout_, results_.base(), readable_columns_.data());

  function.size_bytes = sizeof(function);
  function.name = "test";
  host.result_layout = &result_layout_;
  host.errors = reinterpret_cast<ErrorPlace*>(results_.base() + result_layout_.errors_offset_bytes);
  host.parameters = &parameters;
  chunk.table = chunk_table();
  chunk.size_bytes = sizeof(chunk);
  chunk.argument_count = argument_layout_.column_count;
  chunk.result_count = result_layout_.column_count;
  chunk.turn = 7;
  chunk.count = lines.size();
  chunk.arguments = argument_columns_.data();
  chunk.results = result_columns_.data();
  chunk.status =
      reinterpret_cast<unsigned char*>(results_.base() + result_layout_.status_offset_bytes);
  std::memset(chunk.status, FORKMAP_STATUS_NONE, lines.size());
  chunk.progress = &progress_;
  chunk.bytes =
      reinterpret_cast<unsigned char*>(results_.base() + result_layout_.bytes_offset_bytes);
  chunk.bytes_capacity = result_bytes;
  chunk.index_stride = 1;
  chunk.function = &function;
  chunk.host = &host;
}

int ChunkOnBuffer::run(int (*call)(forkmap_call*)) {
  function.run = nullptr;
  function.call = call;
  return run();
}

int ChunkOnBuffer::run(int (*entry)(void*, forkmap_chunk*), void* context) {
  function.run = entry;
  function.call = nullptr;
  function.context = context;
  return run();
}

std::uint64_t ChunkOnBuffer::complete() const noexcept {
  return progress_ >> 32 == chunk.turn ? progress_ & 0xffffffffu : ~std::uint64_t{0};
}

std::string ChunkOnBuffer::error(std::uint64_t item) const {
  const ErrorPlace& place = host.errors[item];
  return std::string(reinterpret_cast<const char*>(chunk.bytes + place.offset_bytes),
                     place.size_bytes);
}

std::string ChunkOnBuffer::row(std::uint64_t item) const {
  std::string text;
  format_row(result_layout_, readable_columns_.data(), item, kRules, text);
  return text;
}

std::vector<std::string> ChunkOnBuffer::rows() const {
  std::vector<std::string> all;
  for (std::uint64_t item = 0; item < complete(); ++item) {
    all.push_back(status(item) == FORKMAP_STATUS_VALUE ? row(item) : "!" + error(item));
  }
  return all;
}

bool ChunkOnBuffer::is_sound() const {
  if (!results_.is_intact() || chunk.bytes_used > chunk.bytes_capacity) return false;
  std::uint64_t fill = 0;
  for (std::uint64_t item = 0; item < complete(); ++item) {
    const std::uint64_t before = fill;
    for (std::uint32_t column = 0; column < chunk.result_count; ++column) {
      if (chunk.results[column].ends == nullptr) continue;
      const std::uint64_t end = chunk.results[column].ends[item];
      if (end < fill) return false;
      fill = end;
    }
    if (status(item) == FORKMAP_STATUS_VALUE) continue;
    const ErrorPlace& place = host.errors[item];
    if (place.offset_bytes < before) return false;
    if (result_layout_.has_variable() && place.offset_bytes + place.size_bytes != fill)
      return false;
    fill = place.offset_bytes + place.size_bytes;
  }
  return fill == chunk.bytes_used;
}

}  // namespace forkmap::types

// SPDX-License-Identifier: Apache-2.0
#include "core/types/call_services.hpp"

#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "core/types/item_results.hpp"
#include "core/types/signature.hpp"
#include "core/types/split_mix.hpp"

namespace forkmap::types {

namespace {

constexpr int kGivenUp = 1;

void note(const forkmap_call& call, std::string text) { note_misuse(*call.chunk, std::move(text)); }

void note_type(const forkmap_call& call, std::string_view side, std::uint32_t column,
               std::uint32_t code, std::string_view wanted) {
  note(call, std::string(side) + " column " + std::to_string(column) + " is " +
                 name_of(Type{code}) + ", not " + std::string(wanted));
}

const forkmap_column* argument(const forkmap_call& call, std::uint32_t column) {
  if (column < call.chunk->argument_count) return &call.chunk->arguments[column];
  note(call, "the function has no argument column " + std::to_string(column));
  return nullptr;
}

const forkmap_result_column* result(const forkmap_call& call, std::uint32_t column) {
  if (column < call.chunk->result_count) return &call.chunk->results[column];
  note(call, "the function has no result column " + std::to_string(column));
  return nullptr;
}

template <class T>
std::int64_t load(const forkmap_column& column, std::uint64_t item) noexcept {
  return static_cast<std::int64_t>(static_cast<const T*>(column.values)[item]);
}

template <class T>
void store(const forkmap_call& call, std::uint32_t column, std::int64_t value) {
  const forkmap_result_column& target = call.chunk->results[column];
  if constexpr (sizeof(T) < sizeof(std::int64_t)) {
    if (value < std::int64_t{std::numeric_limits<T>::min()} ||
        value > std::int64_t{std::numeric_limits<T>::max()}) {
      note(call, "result column " + std::to_string(column) + ": " + std::to_string(value) +
                     " is not in the range of " + name_of(Type{target.type}));
      return;
    }
  }
  static_cast<T*>(target.values)[call.item] = static_cast<T>(value);
}

void mark_set(forkmap_call& call, std::uint32_t column) noexcept {
  call.columns_set |= std::uint32_t{1} << column;
}

}  // namespace

std::int64_t argument_i64(const forkmap_call* call, std::uint32_t column) {
  const forkmap_column* const source = argument(*call, column);
  if (source == nullptr) return 0;
  switch (source->type) {
    case FORKMAP_BOOL:
      return load<unsigned char>(*source, call->item) != 0 ? 1 : 0;
    case FORKMAP_I8:
      return load<std::int8_t>(*source, call->item);
    case FORKMAP_I16:
      return load<std::int16_t>(*source, call->item);
    case FORKMAP_I32:
      return load<std::int32_t>(*source, call->item);
    case FORKMAP_I64:
      return load<std::int64_t>(*source, call->item);
    case FORKMAP_U8:
      return load<std::uint8_t>(*source, call->item);
    case FORKMAP_U16:
      return load<std::uint16_t>(*source, call->item);
    case FORKMAP_U32:
      return load<std::uint32_t>(*source, call->item);
    case FORKMAP_U64:
      return load<std::uint64_t>(*source, call->item);
    default:
      note_type(*call, "argument", column, source->type, "an integer or bool");
      return 0;
  }
}

double argument_f64(const forkmap_call* call, std::uint32_t column) {
  const forkmap_column* const source = argument(*call, column);
  if (source == nullptr) return 0;
  switch (source->type) {
    case FORKMAP_F32:
      return static_cast<double>(static_cast<const float*>(source->values)[call->item]);
    case FORKMAP_F64:
      return static_cast<const double*>(source->values)[call->item];
    default:
      note_type(*call, "argument", column, source->type, "f32 or f64");
      return 0;
  }
}

const void* argument_bytes(const forkmap_call* call, std::uint32_t column,
                           std::uint64_t* size_bytes) {
  if (size_bytes != nullptr) *size_bytes = 0;
  const forkmap_column* const source = argument(*call, column);
  if (source == nullptr) return "";
  if (source->ends == nullptr) {
    note_type(*call, "argument", column, source->type, "str, bytes or an array");
    return "";
  }
  const std::uint64_t begin =
      aligned_start(source->starts[call->item], element_bytes(Type{source->type}));
  if (size_bytes != nullptr) *size_bytes = source->ends[call->item] - begin;
  return source->bytes + begin;
}

void return_i64(forkmap_call* call, std::uint32_t column, std::int64_t value) {
  const forkmap_result_column* const target = result(*call, column);
  if (target == nullptr) return;
  switch (target->type) {
    case FORKMAP_BOOL:
      store<std::uint8_t>(*call, column, value != 0 ? 1 : 0);
      break;
    case FORKMAP_I8:
      store<std::int8_t>(*call, column, value);
      break;
    case FORKMAP_I16:
      store<std::int16_t>(*call, column, value);
      break;
    case FORKMAP_I32:
      store<std::int32_t>(*call, column, value);
      break;
    case FORKMAP_I64:
      store<std::int64_t>(*call, column, value);
      break;
    case FORKMAP_U8:
      store<std::uint8_t>(*call, column, value);
      break;
    case FORKMAP_U16:
      store<std::uint16_t>(*call, column, value);
      break;
    case FORKMAP_U32:
      store<std::uint32_t>(*call, column, value);
      break;
    case FORKMAP_U64:
      store<std::uint64_t>(*call, column, value);
      break;
    default:
      note_type(*call, "result", column, target->type, "an integer or bool");
      return;
  }
  mark_set(*call, column);
}

void return_f64(forkmap_call* call, std::uint32_t column, double value) {
  const forkmap_result_column* const target = result(*call, column);
  if (target == nullptr) return;
  switch (target->type) {
    case FORKMAP_F32:
      static_cast<float*>(target->values)[call->item] = static_cast<float>(value);
      break;
    case FORKMAP_F64:
      static_cast<double*>(target->values)[call->item] = value;
      break;
    default:
      note_type(*call, "result", column, target->type, "f32 or f64");
      return;
  }
  mark_set(*call, column);
}

int return_bytes(forkmap_call* call, std::uint32_t column, const void* data,
                 std::uint64_t size_bytes) {
  if (call->state != 0) return kGivenUp;
  const forkmap_result_column* const target = result(*call, column);
  if (target == nullptr) return kGivenUp;
  const bool variable = target->ends != nullptr;  // else reserve_result() says what is wrong
  if (variable && size_bytes % element_bytes(Type{target->type}) != 0) {
    note(*call, "result column " + std::to_string(column) + ": " + std::to_string(size_bytes) +
                    " bytes are no whole number of " +
                    std::string(name_of_scalar(Type{target->type})) + " values");
    return kGivenUp;
  }
  void* const place = reserve_result(*call->chunk, call->item, column, size_bytes);
  if (place == nullptr) {
    if (host_of(*call->chunk).window_full) call->state = FORKMAP_CALL_FULL;
    return kGivenUp;
  }
  if (size_bytes > 0) std::memcpy(place, data, size_bytes);
  mark_set(*call, column);
  return 0;
}

int fail_call(forkmap_call* call, const char* text, std::uint64_t text_bytes) {
  if (call->state == FORKMAP_CALL_FULL) return kGivenUp;
  const std::string_view view =
      text == nullptr ? std::string_view() : std::string_view(text, text_bytes);
  const bool recorded = fail_item(*call->chunk, call->item, FORKMAP_STATUS_FUNCTION_ERROR, view);
  call->state = recorded ? FORKMAP_CALL_FAILED : FORKMAP_CALL_FULL;
  return kGivenUp;
}

std::uint64_t call_item_index(const forkmap_call* call) {
  return call->chunk->first_index + call->item * call->chunk->index_stride;
}

std::uint64_t call_item_seed(const forkmap_call* call) {
  return item_seed(call->chunk->seed, call_item_index(call));
}

}  // namespace forkmap::types

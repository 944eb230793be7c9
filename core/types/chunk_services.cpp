// SPDX-License-Identifier: Apache-2.0
#include "core/types/chunk_services.hpp"

#include "core/types/call_services.hpp"
#include "core/types/item_results.hpp"
#include "core/types/message_cut.hpp"

namespace forkmap::types {

namespace {

constexpr int kRecorded = 0;
constexpr int kWindowFull = 1;

void* reserve(forkmap_chunk* chunk, std::uint64_t item, std::uint32_t column,
              std::uint64_t size_bytes) {
  return reserve_result(*chunk, item, column, size_bytes);
}

int fail(forkmap_chunk* chunk, std::uint64_t item, std::uint32_t status, const char* text,
         std::uint64_t text_bytes) {
  if (item >= chunk->count) {
    note_misuse(*chunk, "the function failed an item outside its chunk");
    return kWindowFull;
  }
  const std::string_view view =
      text == nullptr ? std::string_view() : std::string_view(text, text_bytes);
  if (ChunkHost& host = host_of(*chunk); host.in_vector) {  // the call fails, not the item
    if (!host.failure) host.failure = std::string(view);
    return kRecorded;
  }
  // Other outcomes than these two are not a function's to tell.
  const std::uint32_t told = status == FORKMAP_STATUS_BAD_ITEM
                                 ? std::uint32_t{FORKMAP_STATUS_BAD_ITEM}
                                 : std::uint32_t{FORKMAP_STATUS_FUNCTION_ERROR};
  return fail_item(*chunk, item, told, view) ? kRecorded : kWindowFull;
}

const char* parameter(const void* host, const char* name, std::uint64_t name_bytes,
                      std::uint64_t* value_bytes) {
  const auto& environment = *static_cast<const RunEnvironment*>(host);
  if (environment.parameters == nullptr || name == nullptr) return nullptr;
  const std::string* const value = environment.parameters->ask({name, name_bytes});
  if (value == nullptr) return nullptr;
  if (value_bytes != nullptr) *value_bytes = value->size();
  return value->c_str();
}

void fail_hook(forkmap_hook* hook, const char* text, std::uint64_t text_bytes) {
  hook->failed = 1;
  const CutMessage message =
      cut_message(text == nullptr ? std::string_view() : std::string_view(text, text_bytes));
  static_cast<HookHost*>(hook->host)->message =
      std::string(message.kept) + std::string(message.mark);
}

}  // namespace

const forkmap_table* chunk_table() noexcept {
  static constexpr forkmap_table kTable = {.size_bytes = sizeof(forkmap_table),
                                           .abi_version = FORKMAP_ABI_VERSION,
                                           .reserve = reserve,
                                           .fail = fail,
                                           .parameter = parameter,
                                           .fail_hook = fail_hook,
                                           .argument_i64 = argument_i64,
                                           .argument_f64 = argument_f64,
                                           .argument_bytes = argument_bytes,
                                           .return_i64 = return_i64,
                                           .return_f64 = return_f64,
                                           .return_bytes = return_bytes,
                                           .fail_call = fail_call,
                                           .item_index = call_item_index,
                                           .item_seed = call_item_seed};
  return &kTable;
}

bool settle_item(forkmap_chunk& chunk, std::uint64_t item, std::uint32_t status,
                 std::string_view text) noexcept {
  begin_run(chunk);
  begin_item(chunk, item);  // those before it are settled
  const bool settled = fail_item(chunk, item, status, text);
  if (settled) forkmap_set_progress(&chunk, item + 1);
  return settled;
}

}  // namespace forkmap::types

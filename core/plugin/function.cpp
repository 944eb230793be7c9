// SPDX-License-Identifier: Apache-2.0
#include <forkmap/error.hpp>
#include <forkmap/function.hpp>
#include <forkmap/registry.hpp>
#include <string>

#include "core/plugin/serial_call.hpp"

namespace forkmap {

std::string_view FunctionHandle::name() const noexcept { return entry_->name; }
std::string_view FunctionHandle::full_name() const noexcept { return entry_->full_name; }
std::string FunctionHandle::signature() const { return types::to_text(entry_->signature); }
std::uint64_t FunctionHandle::generation() const noexcept { return entry_->generation; }
bool FunctionHandle::once() const noexcept { return entry_->once; }

namespace detail {

SerialRow::SerialRow(const FunctionHandle& function, std::uint64_t input_bytes)
    : call_(std::make_unique<plugin::SerialCall>(function.registry().serial_session(),
                                                 function.entry(), 1, input_bytes)) {}
SerialRow::~SerialRow() = default;

InputBlock& SerialRow::inputs() noexcept { return call_->inputs(); }

void SerialRow::run() {
  call_->run();
  const std::uint32_t status = call_->status(0);
  if (status == FORKMAP_STATUS_VALUE) return;
  const std::string text(call_->message(0));
  if (status == FORKMAP_STATUS_FUNCTION_ERROR) throw FunctionError(text);
  throw Error(text);
}

std::span<const forkmap_column> SerialRow::results() const noexcept { return call_->results(); }

}  // namespace detail

}  // namespace forkmap

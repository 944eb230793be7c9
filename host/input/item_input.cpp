// SPDX-License-Identifier: Apache-2.0
#include "host/input/item_input.hpp"

#include <cstring>
#include <utility>

namespace forkmap::host {

namespace {

class Source : public ItemSource {
 public:
  Source(std::shared_ptr<ItemInput> input, std::function<void()> paused)
      : input_(std::move(input)), paused_(std::move(paused)) {}

  Fill fill(InputBlock& block, std::size_t limit) override {
    if (input_->stopped()) return Fill::end;
    const Fill fill = input_->fill(block, limit);
    if (fill == Fill::pause && paused_) paused_();
    return fill;
  }
  ItemError take_error() override { return input_->take_error(); }
  std::uint64_t skip_too_large() override { return input_->skip_too_large(); }
  std::optional<std::uint64_t> remaining() const override {
    return input_->stopped() ? 0 : input_->remaining();
  }

 private:
  std::shared_ptr<ItemInput> input_;
  std::function<void()> paused_;
};

// For an empty text at most.
struct EmptyRoom {
  EmptyRoom() {
    column.type = FORKMAP_STR;
    column.ends = ends;
    block.columns = &column;
    block.column_count = 1;
    block.capacity_items = 1;
  }
  std::uint64_t ends[2] = {};
  forkmap_result_column column{};
  InputBlock block;
};

}  // namespace

ItemError ItemInput::left_out_error() {
  ++given_as_left_out_;
  ItemError error;
  error.kind = ErrorKind::cancelled;
  return error;
}

std::unique_ptr<ItemSource> source_over(std::shared_ptr<ItemInput> input,
                                        std::function<void()> paused) {
  return std::make_unique<Source>(std::move(input), std::move(paused));
}

bool is_at_end(ItemInput& input) {
  if (input.stopped()) return true;
  EmptyRoom room;
  return input.fill(room.block, 1) == ItemSource::Fill::end && room.block.count == 0;
}

Passed pass_next(ItemInput& input, ItemError& error) {
  if (input.stopped() || !input.has_at_hand()) return Passed::nothing;
  EmptyRoom room;
  const ItemSource::Fill fill = input.fill(room.block, 1);
  if (room.block.count > 0) return Passed::item;
  if (fill == ItemSource::Fill::full) {
    static_cast<void>(input.skip_too_large());
    return Passed::item;
  }
  if (fill != ItemSource::Fill::failed) return Passed::nothing;
  error = input.take_error();
  return Passed::failed;
}

bool append_text(InputBlock& block, std::string_view text) noexcept {
  if (text.size() > block.bytes_capacity - block.bytes_used) return false;
  if (!text.empty()) std::memcpy(block.bytes + block.bytes_used, text.data(), text.size());
  block.bytes_used += text.size();
  block.columns[0].ends[block.count] = block.bytes_used;
  ++block.count;
  return true;
}

}  // namespace forkmap::host

// SPDX-License-Identifier: Apache-2.0
#include "host/input/retry_input.hpp"

#include <algorithm>
#include <utility>

#include "host/input/argument_input.hpp"

namespace forkmap::host {

namespace {

class RetryInput : public ArgumentInput {
 public:
  RetryInput(std::vector<std::uint64_t> numbers, const std::vector<std::string>& texts,
             char delimiter, bool raw)
      : ArgumentInput(std::make_unique<ArgumentTexts>(texts, 1), Shard{}, raw),
        numbers_(std::move(numbers)),
        delimiter_(delimiter) {}

  // A block has consecutive numbers.
  ItemSource::Fill fill(InputBlock& block, std::size_t limit) override {
    const std::size_t next = next_item();
    if (next == numbers_.size()) return ArgumentInput::fill(block, limit);
    std::size_t end = next + 1;
    while (end < numbers_.size() && end - next < limit && numbers_[end] == numbers_[end - 1] + 1) {
      ++end;
    }
    block.index = numbers_[next] - 1;
    return ArgumentInput::fill(block, std::min(limit, end - next));
  }
  [[nodiscard]] std::optional<std::uint64_t> own_number(std::uint64_t position) const override {
    return numbers_[first_item() + position];
  }
  // Functions may ask for the number.
  [[nodiscard]] std::string identity(std::size_t item) const override {
    return std::to_string(numbers_[item]) + ' ' + ArgumentInput::identity(item);
  }
  [[nodiscard]] char delimiter() const noexcept override { return delimiter_; }

 private:
  std::vector<std::uint64_t> numbers_;
  char delimiter_;
};

}  // namespace

std::shared_ptr<ItemInput> make_retry_input(std::vector<FailedItem> items, char delimiter,
                                            bool raw) {
  std::vector<std::uint64_t> numbers;
  std::vector<std::string> texts;
  for (FailedItem& item : items) {
    numbers.push_back(item.number);
    texts.push_back(std::move(item.text));
  }
  return std::make_shared<RetryInput>(std::move(numbers), texts, delimiter, raw);
}

}  // namespace forkmap::host

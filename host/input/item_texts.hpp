// SPDX-License-Identifier: Apache-2.0
//
// Texts of items that need no file: the arguments of the command line, or what is made of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/input/input_places.hpp"

namespace forkmap::host {

class ItemTexts {
 public:
  ItemTexts() = default;
  ItemTexts(const ItemTexts&) = delete;
  ItemTexts& operator=(const ItemTexts&) = delete;
  virtual ~ItemTexts() = default;

  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
  // The columns of the item at this place, from 0, with NULs between; in `room`, or kept elsewhere.
  [[nodiscard]] virtual std::string_view text(std::uint64_t place, std::string& room) const = 0;
  // Another one: other texts.
  [[nodiscard]] virtual WholeInput whole() const noexcept = 0;
};

// `arguments.size()` is a multiple of `arity`, and so many make an item.
class ArgumentTexts final : public ItemTexts {
 public:
  ArgumentTexts(const std::vector<std::string>& arguments, std::size_t arity);

  [[nodiscard]] std::uint64_t size() const noexcept override { return items_.size(); }
  [[nodiscard]] std::string_view text(std::uint64_t place, std::string&) const override {
    return items_[place];
  }
  [[nodiscard]] WholeInput whole() const noexcept override { return whole_; }

 private:
  std::vector<std::string> items_;
  WholeInput whole_;
};

}  // namespace forkmap::host

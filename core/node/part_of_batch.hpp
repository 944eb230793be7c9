// SPDX-License-Identifier: Apache-2.0
//
// A batch of outcomes of an agent's engine, cut into what is sent of it.
#pragma once

#include <cstdint>
#include <forkmap/item_source.hpp>

#include "core/node/messages.hpp"
#include "core/types/signature.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::node {

class PartOfBatch {
 public:
  // All outlive it. The batch has columns, or printed lines with their ends. Where columns are not
  // wanted they are printed here: its worker could not.
  PartOfBatch(const ResultBatch& batch, const types::Signature& signature,
              const types::TextRules& rules, bool wants_columns);
  // Of the next `count` items; block and row are left to the caller.
  [[nodiscard]] BlockPart next(std::uint32_t count);

 private:
  const ResultBatch& batch_;
  const types::Signature& signature_;
  const types::TextRules& rules_;
  bool wants_columns_;
  types::ColumnLayout layout_;
  std::uint32_t item_ = 0;
  std::size_t error_ = 0;

  void append_line(std::uint32_t item, std::string& text) const;
};

}  // namespace forkmap::node

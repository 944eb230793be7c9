// SPDX-License-Identifier: Apache-2.0
//
// Results of some rows as columns, on their way: the image of layout_columns(Part::results, types,
// rows) without its error places, so status, columns, and of the bytes area what is used. A status
// is 1 (a value) or 0. Values travel as they are in memory: floats are the same, bit by bit.
//  I1 An image that came was looked through, fault_of_image(), before anything of it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <forkmap/item_source.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/types/column_layout.hpp"

namespace forkmap::node {

// Of `count` rows of a batch that has columns, from `first` on.
[[nodiscard]] std::vector<std::byte> image_of(const ResultBatch& batch,
                                              std::span<const types::Type> types,
                                              std::uint32_t first, std::uint32_t count);

// Why this is no image of so many rows of these types; empty: it is one.
[[nodiscard]] std::string fault_of_image(std::span<const std::byte> image,
                                         std::span<const types::Type> types, std::uint32_t count);

// An image of `count` rows of which some become columns of a batch.
struct ImageRows {
  std::span<const std::byte> image;
  std::span<const types::Type> types;
  std::uint32_t count = 0;
};

// Memory for `rows` of these, as columns of a batch.
[[nodiscard]] std::uint64_t column_bytes(const ImageRows& from, std::uint32_t rows);
// Puts rows [first, first + rows) there, and makes the batch's columns of them. Its status is the
// caller's.
void put_columns(const ImageRows& from, std::uint32_t first, std::uint32_t rows, std::byte* memory,
                 ResultBatch& batch);

}  // namespace forkmap::node

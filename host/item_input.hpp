// SPDX-License-Identifier: Apache-2.0
//
// Where the items of a run come from, and what their texts were as long as somebody may ask: until
// they are settled. Items are counted here by position: 0 is the first that is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <forkmap/item_source.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "host/input_places.hpp"
#include "host/settled_items.hpp"

namespace forkmap::host {

class ItemInput {
 public:
  ItemInput() = default;
  ItemInput(const ItemInput&) = delete;
  ItemInput& operator=(const ItemInput&) = delete;
  virtual ~ItemInput() = default;

  // As ItemSource: one `str` column of item texts.
  virtual ItemSource::Fill fill(InputBlock& block, std::size_t limit) = 0;
  virtual ItemError take_error() { return {}; }
  virtual std::uint64_t skip_too_large() = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> remaining() const { return std::nullopt; }

  // How many items there are in all, if that can be found out without reading ahead; to be asked
  // before the first is taken. May look through a whole file.
  [[nodiscard]] virtual std::optional<std::uint64_t> count_all() const { return remaining(); }

  // The texts of items that are not settled yet, in order. Each view is valid during its call.
  using UseText = std::function<void(std::string_view text)>;
  virtual void read_texts(std::uint64_t first, std::uint64_t count, const UseText& use) const = 0;
  // These items are finished; what was kept of them may go.
  virtual void settle(std::uint64_t first, std::uint64_t count) noexcept = 0;

  // --- for a journal: how far into the input items reach. To be called before the first fill().
  virtual void keep_places() = 0;
  // Goes behind the place that an earlier run has reached; positions begin there. False: the input
  // does not begin with the same bytes. Waits for a stream. Throws SystemError.
  [[nodiscard]] virtual bool go_on_behind(const InputPlace& place) = 0;
  // Goes behind so many items, whatever they are. Waits for a stream. Throws SystemError.
  virtual void count_off(std::uint64_t items) = 0;
  // A place at or before the end of so many items of the whole input, the last that is known.
  [[nodiscard]] virtual InputPlace place_before(std::uint64_t items) = 0;

  // These items of the whole input have been settled in an earlier run, though some before them
  // were not. Each is given as one that failed before it was sent, so that positions stay what they
  // are.
  void leave_out(const SettledItems& settled) { left_out_ = settled; }

  // The descriptor that the next item waits for, while fill() answers `pause`; else -1.
  [[nodiscard]] virtual int awaited_fd() const noexcept { return -1; }
  // From now on there is none, until fill() answers `pause` again: where there is no room for more
  // items, fill() is not called, and a readable descriptor is nothing to wake up for.
  virtual void end_wait() noexcept {}
  // How much of the input has been given, 0 .. 1; nothing if its size is not known.
  [[nodiscard]] virtual std::optional<double> fraction() const { return std::nullopt; }
  // Of the whole input, 0 .. 1: what was done before this run, and what is done with the first
  // `done` items of this run, as far as it can be told; nothing if the input's size is not known.
  struct Shares {
    double begun;
    double done;
  };
  [[nodiscard]] virtual std::optional<Shares> shares(std::uint64_t done) const {
    static_cast<void>(done);
    return std::nullopt;
  }
  // The columns of an item's text.
  [[nodiscard]] virtual char delimiter() const noexcept = 0;

  // The number of the item at a position, from 1, where it does not follow from --first-item and
  // --shard.
  [[nodiscard]] virtual std::optional<std::uint64_t> own_number(std::uint64_t position) const {
    static_cast<void>(position);
    return std::nullopt;
  }
  [[nodiscard]] virtual bool has_own_numbers() const noexcept { return false; }

  // From now on there are no more items.
  void stop() noexcept { stopped_ = true; }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

 protected:
  // What take_error() says for an item that is left out; nobody gets to see it.
  [[nodiscard]] static ItemError left_out_error();
  SettledItems left_out_;

 private:
  bool stopped_ = false;
};

// What the engine is given; it may drop it before the last item is settled.
[[nodiscard]] std::unique_ptr<ItemSource> source_over(std::shared_ptr<ItemInput> input);

// Appends one text to a block of one `str` column; false if it does not fit.
[[nodiscard]] bool append_text(InputBlock& block, std::string_view text) noexcept;

}  // namespace forkmap::host

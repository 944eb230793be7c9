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

#include "host/input/resume_claim.hpp"
#include "host/input/settled_items.hpp"

namespace forkmap::host {

class CheckProgress;

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

  // The next item can be given now, and nothing has to be read of a stream for it.
  [[nodiscard]] virtual bool has_at_hand() const { return remaining().value_or(0) > 0; }

  // How many items there are in all, if that can be found out without reading ahead; to be asked
  // before the first is taken. May look through a whole file.
  [[nodiscard]] virtual std::optional<std::uint64_t> count_all() const { return remaining(); }

  // The texts of items that are not settled yet, in order. Each view is valid during its call.
  using UseText = std::function<void(std::string_view text)>;
  virtual void read_texts(std::uint64_t first, std::uint64_t count, const UseText& use) const = 0;
  // These items are finished; what was kept of them may go.
  virtual void settle(std::uint64_t first, std::uint64_t count) noexcept = 0;

  // --- for a journal: how far into the input items reach, and what vouches for them. The first
  // four are to be called before the first fill().
  virtual void keep_places() = 0;
  // Compares, and goes behind the items that an earlier run has settled without a gap: positions
  // begin there. Those it has settled behind a gap are given as ones that failed before they were
  // sent, so that positions stay what they are. Waits for a stream. Throws SystemError.
  [[nodiscard]] virtual InputComparison go_on_behind(const ResumeClaim& claim,
                                                     CheckProgress& progress) = 0;
  // The same with what is there now, whatever it is.
  virtual void count_off(const ResumeClaim& claim) = 0;
  // Back to the start, where that is possible.
  [[nodiscard]] virtual bool restart() { return false; }
  // There is no item any more. Waits for a stream. Throws SystemError.
  [[nodiscard]] virtual bool is_at_end() = 0;

  // A place at or before the end of so many items of the whole input, the last that is known.
  [[nodiscard]] virtual InputPlace place_before(std::uint64_t items) = 0;
  // These items are about to be settled, and then there are `below` without a gap.
  virtual void vouch_for(std::uint64_t first, std::uint64_t count, std::uint64_t below) = 0;
  // The sum for all settled items behind the place that was asked for last.
  [[nodiscard]] virtual Hash128 ahead() const = 0;
  [[nodiscard]] virtual Vouched vouched() const { return Vouched::yes; }
  // The item (of the whole input, from 0) whose line has no terminator, once it was given.
  [[nodiscard]] virtual std::optional<std::uint64_t> open_item() const { return std::nullopt; }
  // The input's file, if it is as it was when it was opened.
  [[nodiscard]] virtual std::optional<FileStamp> file() const { return std::nullopt; }
  // Where places are kept, and the input was read to its end.
  [[nodiscard]] virtual std::optional<WholeInput> whole() const { return std::nullopt; }
  // How many items of an earlier run have been given as failed, so that positions stay what they
  // are.
  [[nodiscard]] std::uint64_t given_as_left_out() const noexcept { return given_as_left_out_; }

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

  // From now on there are no more items.
  void stop() noexcept { stopped_ = true; }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

 protected:
  // What take_error() says for an item that is left out; nobody gets to see it.
  [[nodiscard]] ItemError left_out_error();

 private:
  bool stopped_ = false;
  std::uint64_t given_as_left_out_ = 0;
};

// What the engine is given; it may drop it before the last item is settled. `paused`, if there is
// one, is called whenever fill() has answered `pause`: whoever sleeps in the step that asked has to
// be woken by awaited_fd() already then.
[[nodiscard]] std::unique_ptr<ItemSource> source_over(std::shared_ptr<ItemInput> input,
                                                      std::function<void()> paused = {});

// Whether there is no further item, as far as is known without waiting; the next one may be lost.
[[nodiscard]] bool is_at_end(ItemInput& input);

// Passes over the next item, if it is at hand, without giving its text, which can still be asked
// for. `failed`: take_error() has said why, in `error`.
enum class Passed : std::uint8_t { item, failed, nothing };
[[nodiscard]] Passed pass_next(ItemInput& input, ItemError& error);

// Appends one text to a block of one `str` column; false if it does not fit.
[[nodiscard]] bool append_text(InputBlock& block, std::string_view text) noexcept;

}  // namespace forkmap::host

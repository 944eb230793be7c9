// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/input/item_input.hpp"
#include "host/input/line_cursor.hpp"
#include "host/input/line_records.hpp"
#include "host/io/byte_feed.hpp"

namespace forkmap::host {

// Items that are the lines of a file or stream. A byte-order mark at the start is dropped, a blank
// line is an item, the last line needs no terminator. Nothing is allocated or kept a line.
class LineInput : public ItemInput {
 public:
  LineInput(std::unique_ptr<ByteFeed> feed, const LineRules& rules);

  ItemSource::Fill fill(InputBlock& block, std::size_t limit) override;
  ItemError take_error() override;
  std::uint64_t skip_too_large() override;
  void read_texts(std::uint64_t first, std::uint64_t count, const UseText& use) const override {
    records_.read(first, count, use);
  }
  void settle(std::uint64_t first, std::uint64_t count) noexcept override;
  void keep_places() override { cursor_.places().emplace(); }
  [[nodiscard]] InputComparison go_on_behind(const ResumeClaim& claim,
                                             CheckProgress& progress) override;
  void count_off(const ResumeClaim& claim) override;
  [[nodiscard]] bool restart() override;
  [[nodiscard]] bool is_at_end() override;
  [[nodiscard]] bool has_at_hand() const override;
  [[nodiscard]] InputPlace place_before(std::uint64_t items) override {
    return cursor_.places() ? cursor_.places()->last_before(items) : InputPlace{};
  }
  void vouch_for(std::uint64_t first, std::uint64_t count, std::uint64_t below) override;
  [[nodiscard]] Hash128 ahead() const override { return cursor_.places()->ahead(); }
  [[nodiscard]] Vouched vouched() const override;
  [[nodiscard]] std::optional<std::uint64_t> open_item() const override { return open_item_; }
  [[nodiscard]] std::optional<FileStamp> file() const override { return cursor_.feed().file(); }
  [[nodiscard]] std::optional<WholeInput> whole() const override;
  [[nodiscard]] int awaited_fd() const noexcept override {
    return cursor_.is_paused() ? cursor_.feed().awaited_fd() : -1;
  }
  void end_wait() noexcept override { cursor_.set_paused(false); }
  [[nodiscard]] std::optional<double> fraction() const override;
  [[nodiscard]] std::optional<Shares> shares(std::uint64_t done) const override;
  [[nodiscard]] std::optional<std::uint64_t> count_all() const override;
  [[nodiscard]] char delimiter() const noexcept override { return cursor_.rules().delimiter; }

 private:
  // Copies whole lines until `last_count` rows are there; true if the next one does not fit.
  [[nodiscard]] bool copy_lines(InputBlock& block, std::uint64_t last_count);
  void go_behind_item(const char* line_end) noexcept;
  void mark_here();  // behind the last item that was given

  // --- what an earlier run has done
  // Goes behind the claim's place; false, with the difference, if other bytes are there.
  [[nodiscard]] bool pass_to(const ResumeClaim& claim, CheckProgress& progress,
                             std::string& difference);
  // Goes behind the end of an item's line that had none; false if the line goes on.
  [[nodiscard]] bool pass_line_end(std::uint64_t item);
  void begin_behind(std::uint64_t items);
  // To the first item that is not settled; those before it are vouched for by the claim's sum.
  void pass_settled(const ResumeClaim& claim);
  // The sum for the settled items from here on, where all bytes are at hand; nothing if there are
  // fewer items.
  [[nodiscard]] std::optional<Hash128> sum_of(const SettledItems& settled) const;
  [[nodiscard]] std::string_view vouched_text(std::string_view text) const noexcept;
  // The line at the cursor is an item that is left out.
  void note_left_out(std::string_view text);

  LineCursor cursor_;
  LineRecords records_;
  std::uint64_t items_ = 0;                 // given, counted from the start of the whole input
  std::uint64_t first_item_ = 0;            // the one at position 0
  std::uint64_t begun_bytes_ = 0;           // before it
  std::optional<std::uint64_t> open_item_;  // the one whose line has no terminator
  SettledItems left_out_;                   // by an earlier run; some before them are not
  bool awaits_left_out_ = false;            // no record until they have come by
  bool takes_any_ = false;                  // whatever they are
  bool is_over_ = false;                    // the last item was given
};

}  // namespace forkmap::host

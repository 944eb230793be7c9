// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "host/input/item_input.hpp"
#include "host/input/item_texts.hpp"
#include "host/options/shard.hpp"

namespace forkmap::host {

// Items from the command line: as they stand there, or a sweep over them. The columns of one are
// joined by NUL, which no argument contains.
class ArgumentInput : public ItemInput {
 public:
  // `raw`: a CR at the end of a text is not dropped by those who parse it.
  ArgumentInput(std::unique_ptr<const ItemTexts> texts, const Shard& shard, bool raw);

  ItemSource::Fill fill(InputBlock& block, std::size_t limit) override;
  ItemError take_error() override;
  std::uint64_t skip_too_large() override;
  [[nodiscard]] std::optional<std::uint64_t> remaining() const override { return size_ - next_; }
  void read_texts(std::uint64_t first, std::uint64_t count, const UseText& use) const override;
  void settle(std::uint64_t, std::uint64_t) noexcept override {}
  void keep_places() override { keeps_places_ = true; }
  [[nodiscard]] InputComparison go_on_behind(const ResumeClaim& claim,
                                             CheckProgress& progress) override;
  void count_off(const ResumeClaim& claim) override;
  [[nodiscard]] bool is_at_end() override { return next_ == size_; }
  [[nodiscard]] InputPlace place_before(std::uint64_t items) override {
    return places_.last_before(items);
  }
  void vouch_for(std::uint64_t first, std::uint64_t count, std::uint64_t below) override;
  [[nodiscard]] Hash128 ahead() const override { return places_.ahead(); }
  [[nodiscard]] std::optional<WholeInput> whole() const override { return texts_->whole(); }
  [[nodiscard]] std::optional<double> fraction() const override;
  [[nodiscard]] char delimiter() const noexcept override { return '\0'; }

 protected:
  // The item at position 0.
  [[nodiscard]] std::size_t first_item() const noexcept { return first_; }
  // The one that is given next; as many as there are: none.
  [[nodiscard]] std::size_t next_item() const noexcept { return next_; }
  // What makes it the same item as in an earlier run.
  [[nodiscard]] virtual std::string identity(std::size_t item) const {
    std::string room;
    return std::string(text_of(item, room));
  }

 private:
  [[nodiscard]] std::string_view text_of(std::size_t item, std::string& room) const {
    return texts_->text(shard_.index - 1 + item * shard_.count, room);
  }
  void go_behind_next();
  void go_behind(std::uint64_t items);
  [[nodiscard]] Hash128 hash_of_number(std::size_t item) const {
    return hash_of_item(item, identity(item));
  }

  std::unique_ptr<const ItemTexts> texts_;
  Shard shard_;
  std::uint64_t size_;  // of the shard
  bool raw_;
  std::size_t next_ = 0;
  std::size_t first_ = 0;  // the item at position 0
  bool keeps_places_ = false;
  InputPlaces places_;
  SettledItems left_out_;  // by an earlier run; some before them are not
};

}  // namespace forkmap::host

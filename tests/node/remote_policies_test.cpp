// SPDX-License-Identifier: Apache-2.0
//
// How much a node gets, and what becomes of what it had.
#include "core/node/credit_policy.hpp"
#include "core/node/loss_policy.hpp"
#include "tests/catch.hpp"

namespace forkmap::node {

TEST_CASE("a node gets two blocks of 50 ms each, and each is at most four times the last") {
  CreditQuestion question{.workers = 2};
  CHECK(next_block_rows(question) == kFirstBlockRows);
  question.row_ns = 1000;  // 50,000 rows
  question.last_rows = 64;
  CHECK(next_block_rows(question) == 256);
  question.last_rows = 40'000;
  CHECK(next_block_rows(question) == 50'000);
  question.row_ns = 1;
  CHECK(next_block_rows(question) == kMostBlockRows);
  question.row_ns = 1000;
  question.blocks_out = 1;
  question.rows_out = 50'000;
  CHECK(next_block_rows(question) == 50'000);
  question.blocks_out = 2;
  CHECK(next_block_rows(question) == 0);
}

TEST_CASE("with long items a node has one for each worker, and one more") {
  CreditQuestion question{.row_ns = 1e9, .last_rows = 1, .workers = 4};
  for (std::uint64_t out = 0; out < 5; ++out) {
    question.rows_out = out;
    question.blocks_out = static_cast<std::uint32_t>(out);
    CHECK(next_block_rows(question) == 1);
  }
  question.rows_out = 5;
  question.blocks_out = 5;
  CHECK(next_block_rows(question) == 0);
}

TEST_CASE("near the end blocks become small, but never empty") {
  CreditQuestion question{.row_ns = 1000, .last_rows = 40'000, .nodes = 4, .remaining = 800};
  CHECK(next_block_rows(question) == 100);
  question.remaining = 3;
  CHECK(next_block_rows(question) == 1);
}

TEST_CASE("rows that may run once only are few") {
  CreditQuestion question{.workers = 3, .once = true};
  CHECK(next_block_rows(question) == 4);
  question.rows_out = 3;
  question.blocks_out = 1;
  CHECK(next_block_rows(question) == 1);
  question.rows_out = 4;
  CHECK(next_block_rows(question) == 0);
}

TEST_CASE("rows of lost nodes run again, then alone and in halves, and fail at the third loss") {
  CHECK(after_loss(1, 64, false) == AfterLoss::run_again);
  CHECK(after_loss(2, 64, false) == AfterLoss::halve);
  CHECK(after_loss(2, 1, false) == AfterLoss::run_alone);
  CHECK(after_loss(3, 2, false) == AfterLoss::halve);
  CHECK(after_loss(3, 1, false) == AfterLoss::fail);
  CHECK(after_loss(9, 1, false) == AfterLoss::fail);
  CHECK(after_loss(1, 1, true) == AfterLoss::fail);
  CHECK(after_loss(1, 64, true) == AfterLoss::fail);
}

}  // namespace forkmap::node

// SPDX-License-Identifier: Apache-2.0
// The rules of --halt, without a run.

#include "host/options/halt_rule.hpp"

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;
using When = HaltRule::When;
using Why = HaltRule::Why;

TEST_CASE("a rule says when, why and how many") {
  const HaltRule now = parse_halt_rule("now,fail=3");
  CHECK(now.when == When::now);
  CHECK(now.why == Why::fail);
  CHECK(now.count == 3);
  const HaltRule soon = parse_halt_rule("soon,success=10%");
  CHECK(soon.when == When::soon);
  CHECK(soon.why == Why::success);
  CHECK(soon.count == 0);
  CHECK(soon.percent == 10);
  CHECK(parse_halt_rule("now,done=100%").why == Why::done);
}

TEST_CASE("the short forms are those of GNU parallel") {
  CHECK(parse_halt_rule("never").when == When::never);
  CHECK(parse_halt_rule("0").when == When::never);
  CHECK(parse_halt_rule("1").when == When::soon);
  CHECK(parse_halt_rule("1").count == 1);
  CHECK(parse_halt_rule("2").when == When::now);
  CHECK(parse_halt_rule("2").count == 1);
  CHECK(parse_halt_rule("-1").name() == "soon,success=1");
  CHECK(parse_halt_rule("-2").name() == "now,success=1");
  CHECK(parse_halt_rule("15%").when == When::soon);
  CHECK(parse_halt_rule("15%").why == Why::fail);
  CHECK(parse_halt_rule("15%").percent == 15);
}

TEST_CASE("what is no rule is refused") {
  for (const std::string text :
       {"", "3", "-3", "now", "later,fail=1", "now,fail", "now,fail=", "now,fail=0", "now,fail=0%",
        "now,fail=101%", "now,fail=1.5", "now,crash=1", "fail=1", "fail=1,now", "now,fail=-1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_halt_rule(text), UsageError);
  }
}

TEST_CASE("a rule is met when so many items have failed, succeeded or finished") {
  const auto is_met = [](const std::string& rule, std::uint64_t done, std::uint64_t failed) {
    return parse_halt_rule(rule).is_met({.done = done, .failed = failed});
  };
  CHECK_FALSE(is_met("now,fail=2", 100, 1));
  CHECK(is_met("now,fail=2", 100, 2));
  CHECK(is_met("now,fail=2", 100, 3));
  CHECK_FALSE(is_met("now,success=2", 3, 2));
  CHECK(is_met("now,success=2", 4, 2));
  CHECK_FALSE(is_met("now,done=5", 4, 4));
  CHECK(is_met("now,done=5", 5, 0));
  CHECK_FALSE(is_met("never", 1000, 1000));
}

TEST_CASE("a share is one of all items, and is not known before their number is") {
  const HaltRule rule = parse_halt_rule("now,fail=10%");
  CHECK_FALSE(rule.is_met({.done = 50, .failed = 50}));
  CHECK_FALSE(rule.is_met({.done = 9, .failed = 9, .total = 100}));
  CHECK(rule.is_met({.done = 10, .failed = 10, .total = 100}));
  CHECK_FALSE(rule.is_met({.done = 0, .failed = 0, .total = 0}));
  CHECK(parse_halt_rule("soon,done=50%").is_met({.done = 2, .failed = 0, .total = 3}));
}

TEST_CASE("what is said names the rule, the number and what follows") {
  CHECK(parse_halt_rule("2").text({.done = 1, .failed = 1}) ==
        "1 item has failed (--halt now,fail=1): the run stops");
  CHECK(parse_halt_rule("soon,success=50%").text({.done = 3, .failed = 1, .total = 4}) ==
        "2 of 4 items have succeeded (--halt soon,success=50%): no more items are started, and "
        "those that run are waited for");
  CHECK(parse_halt_rule("25%")
            .text({.done = 2, .failed = 1, .total = 4})
            .starts_with("1 of 4 items has failed (--halt soon,fail=25%)"));
}

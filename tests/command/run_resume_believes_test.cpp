// SPDX-License-Identifier: Apache-2.0
// What a resumed run believes of the input, the results and the journal that it finds.

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/output_run.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> from(const std::string& input) { return {"--input", input, "--resume"}; }

std::vector<std::string> sorted(const std::string& text) {
  std::istringstream lines(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  std::ranges::sort(all);
  return all;
}

// Overwrites bytes of a file in its place; its size stays.
void patch(const std::string& path, std::streamoff at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(at);
  file << bytes;
}

// A run with --unordered over 40 items, killed while its first item goes on and others are done.
struct WithGap {
  OutputRun run{
      {test_plugin("faulty") + ":sleep_ms", "-j2", "--chunk", "1", "--unordered", "--tag"}};
  std::string items = "60000\n" + same_items(39, "7");

  // By the last record.
  [[nodiscard]] std::size_t done_behind_gap() const {
    const std::string journal = run.journal();
    const std::string name = "\"output_bytes\":";
    const std::size_t at = journal.rfind(name);
    if (at == std::string::npos || !contains(journal, "\"also\":[[")) return 0;
    return std::stoul(journal.substr(at + name.size())) / std::string_view("7\t7\n").size();
  }

  void kill_behind_gap(bool from_stream) const {
    const std::string input = run.folder.file("I", items);
    ChildProcess process(launch_of(run.with(
        from_stream ? std::vector<std::string>{} : std::vector<std::string>{"--input", input})));
    if (from_stream) {
      process.write(items);
      process.close_input();
    }
    while (done_behind_gap() < 10 && state_of(process.pid()) != 'Z') {
      std::this_thread::sleep_for(1ms);
    }
    process.signal(SIGKILL);
    REQUIRE(process.finish().status == kKilled);
    REQUIRE(contains(run.journal(), "\"ahead\":\""));
  }
};

}  // namespace

TEST_CASE("a finished run whose input has grown goes on with the new lines") {
  for (const char* shard : {"1/1", "2/3"}) {
    const OutputRun run({"arith:square", "--shard", shard});
    const std::string input = run.folder.file("I", numbers(11));
    REQUIRE(run.to_its_end({"--input", input}).status == 0);
    run.folder.file("I", numbers(30));
    const Ended more = run.to_its_end(from(input));
    INFO(more.errors);
    CHECK(more.status == 0);
    CHECK(contains(more.errors, "going on behind "));
    const OutputRun whole({"arith:square", "--shard", shard});
    REQUIRE(whole.to_its_end({"--input", input}).status == 0);
    CHECK(run.output() == whole.output());
    CHECK(contains(run.to_its_end(from(input)).errors, "is finished already"));
  }
}

TEST_CASE("a finished run whose input is another one is refused, however items come") {
  const OutputRun run({"arith:square"});
  const std::string input = run.folder.file("I", numbers(9));
  REQUIRE(run.to_its_end({"--input", input}).status == 0);
  const auto refused = [&](const std::string& text, const std::string& why) {
    run.folder.file("I", text);
    const Ended ended = run.to_its_end(from(input));
    INFO(ended.errors);
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, why));
    CHECK(run.output() == squares(9));
  };
  refused(numbers(8), "it ends after 16 of them");
  refused("", "it ends after 0 of them");
  refused("0" + numbers(9).substr(1), "other bytes are there");
  // A pipe with the same lines, and with others.
  CHECK(run.to_its_end({"--resume"}, numbers(9)).status == 0);
  CHECK(run.to_its_end({"--resume"}, "0" + numbers(9).substr(1)).status == 2);
  CHECK(run.to_its_end({"--resume"}, numbers(4)).status == 2);
  CHECK(run.to_its_end({"--resume"}, numbers(12)).status == 0);
  CHECK(run.output() == squares(12));
  // Whatever it is, if that is wanted.
  run.folder.file("I", "0\n");
  const Ended anyway = run.to_its_end({"--input", input, "--resume-anyway"});
  CHECK(anyway.status == 0);
  CHECK(contains(anyway.errors, "is finished already"));
}

TEST_CASE("bytes that somebody has added behind a finished output are named") {
  const OutputRun run({"arith:square"});
  const std::string input = run.folder.file("I", "1\n2\nx\n");
  REQUIRE(run.to_its_end({"--input", input}).status == 1);
  const std::string failures = run.folder.read("O.failures");
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
           {"O", run.output()}, {"O.failures", failures}}) {
    CAPTURE(name);
    run.folder.file(name, text + "extra\n");
    const Ended refused = run.to_its_end(from(input));
    CHECK(refused.status == 2);
    CHECK(contains(refused.errors, name + " is finished, and somebody else has added 6 bytes"));
    CHECK(run.folder.read(name) == text + "extra\n");
    const Ended anyway = run.to_its_end({"--input", input, "--resume-anyway"});
    CHECK(anyway.status == 1);
    CHECK(contains(anyway.errors, name + " is finished, and somebody else has added 6 bytes"));
    CHECK(contains(anyway.errors, "is finished already"));
    CHECK(run.folder.read(name) == text + "extra\n");
    run.folder.file(name, text);
    CHECK(run.to_its_end(from(input)).status == 1);
  }
  // The end of a run that was killed may be anything; and a longer input goes on behind the rest.
  run.folder.file("O", run.output() + "extra\n");
  run.folder.file("I", "1\n2\nx\n4\n");
  CHECK(run.to_its_end(from(input)).status == 1);
  CHECK(run.output() == "1\n4\n16\n");
}

TEST_CASE("what arguments differ in is said in whole sentences") {
  const OutputRun run({"arith:square"});
  REQUIRE(run.to_its_end({"1", "2", "3", "4"}).status == 0);
  CHECK(
      contains(run.to_its_end({"--resume", "1", "2"}).errors, "the input has only 2 items, and "));
  CHECK(contains(run.to_its_end({"--resume", "1"}).errors, "the input has only 1 item, and "));
  CHECK(contains(run.to_its_end({"--resume", "1", "2", "4", "3"}).errors,
                 "the input has other items, and "));
}

TEST_CASE("arguments and failures that are tried again are compared, too") {
  const OutputRun run({"arith:square", "--resume"});
  REQUIRE(run.to_its_end({"1", "2"}).status == 0);
  CHECK(run.to_its_end({"1"}).status == 2);
  CHECK(run.to_its_end({"1", "3"}).status == 2);
  CHECK(contains(run.to_its_end({"1", "2"}).errors, "is finished already"));
  CHECK(run.to_its_end({"1", "2", "3"}).status == 0);
  CHECK(run.output() == "1\n4\n9\n");
  const OutputRun retry({"arith:square", "--resume"});
  const auto failed = [&](int item) {
    return retry.folder.file("F", "{\"item\":" + std::to_string(item) + ",\"text\":\"5\"}\n");
  };
  REQUIRE(retry.to_its_end({"--retry-failures", failed(4)}).status == 0);
  CHECK(contains(retry.to_its_end({"--retry-failures", failed(4)}).errors, "finished already"));
  CHECK(retry.to_its_end({"--retry-failures", failed(5)}).status == 2);
}

TEST_CASE("a reduction that was finished goes on with more items, and says so of the same") {
  const OutputRun run({"arith:square", "--reduce", "sum"});
  const std::string input = run.folder.file("I", numbers(10));
  REQUIRE(run.to_its_end({"--input", input}).status == 0);
  CHECK(run.output() == "385\n");
  CHECK(contains(run.to_its_end(from(input)).errors, "is finished already"));
  run.folder.file("I", numbers(11));
  CHECK(run.to_its_end(from(input)).status == 0);
  CHECK(run.output() == "506\n");
  run.folder.file("I", numbers(11) + "12");
  CHECK(run.to_its_end(from(input)).status == 0);
  CHECK(run.output() == "650\n");
  run.folder.file("I", numbers(11) + "121\n");
  CHECK(run.to_its_end(from(input)).status == 0);
  CHECK(run.output() == "15147\n");
  run.folder.file("I", "2" + numbers(11).substr(1) + "121\n");
  CHECK(run.to_its_end(from(input)).status == 2);
  CHECK(run.output() == "15147\n");
}

TEST_CASE("a last line that had no end is read again whole, or refused in a stream") {
  for (const char* order : {"--ordered", "--unordered"}) {
    const OutputRun run({"arith:square", order, "--chunk", "2"});
    const std::string input = run.folder.file("I", "1\n2\n3");
    REQUIRE(run.to_its_end({"--input", input}).status == 0);
    CHECK(contains(run.to_its_end(from(input)).errors, "is finished already"));
    run.folder.file("I", "1\n2\n34\n5\n");
    const Ended file = run.to_its_end(from(input));
    INFO(file.errors);
    CHECK(file.status == 0);
    CHECK(contains(file.errors, "has gone on since"));
    CHECK(sorted(run.output()) == sorted("1\n4\n1156\n25\n"));
    // The end of the line alone makes no other item.
    run.folder.file("I", "1\n2\n34\n5\n6");
    REQUIRE(run.to_its_end(from(input)).status == 0);
    run.folder.file("I", "1\n2\n34\n5\n6\n7\n");
    const Ended ended = run.to_its_end(from(input));
    CHECK_FALSE(contains(ended.errors, "has gone on since"));
    CHECK(sorted(run.output()) == sorted("1\n4\n1156\n25\n36\n49\n"));
  }
  const OutputRun stream({"arith:square"});
  REQUIRE(stream.to_its_end({}, "1\n2\n3").status == 0);
  const Ended refused = stream.to_its_end({"--resume"}, "1\n2\n34\n5\n");
  CHECK(refused.status == 2);
  CHECK(contains(refused.errors, "goes on in its last line"));
  CHECK(stream.output() == "1\n4\n9\n");
  CHECK(stream.to_its_end({"--resume"}, "1\n2\n3\n5\n").status == 0);
  CHECK(stream.output() == "1\n4\n9\n25\n");
}

TEST_CASE("an item behind a gap that has changed is refused before anything is changed") {
  const WithGap gap;
  gap.kill_behind_gap(false);
  const std::string before = gap.run.output();
  const std::string journal = gap.run.journal();
  const std::string input = gap.run.folder.path() + "/I";
  patch(input, 6, "8");  // of the second item
  const Ended refused = gap.run.to_its_end(from(input));
  INFO(refused.errors);
  CHECK(refused.status == 2);
  CHECK(contains(refused.errors, "has other items behind item "));
  CHECK(gap.run.output() == before);
  CHECK(gap.run.journal() == journal);
  gap.run.folder.file("I", gap.items.substr(0, 8));
  CHECK(gap.run.to_its_end(from(input)).status == 2);
  CHECK(gap.run.output() == before);
  // What was not done may be another item now.
  gap.run.folder.file("I", "1\n" + gap.items.substr(6));
  CHECK(gap.run.to_its_end(from(input)).status == 0);
  CHECK(count_of(gap.run.output(), "\n") == 40);
  CHECK(count_of(gap.run.output(), "7\t7\n") == 39);
  CHECK(count_of(gap.run.output(), "1\t1\n") == 1);
}

TEST_CASE("a stream with another item behind a gap adds nothing to the journal") {
  const WithGap gap;
  gap.kill_behind_gap(true);
  const std::string journal = gap.run.journal();
  const std::string rest = gap.items.substr(6);
  const Ended refused = gap.run.to_its_end({"--resume"}, "1\n8" + rest.substr(1));
  INFO(refused.errors);
  CHECK(refused.status == 2);
  CHECK(contains(refused.errors, "has other items behind item "));
  CHECK(journal.starts_with(gap.run.journal()));
  CHECK(gap.run.to_its_end({"--resume"}, "1\n7\n").status == 2);
  const Ended same = gap.run.to_its_end({"--resume"}, "1\n" + rest);
  INFO(same.errors);
  CHECK(same.status == 0);
  CHECK(count_of(gap.run.output(), "7\t7\n") == 39);
  CHECK(count_of(gap.run.output(), "1\t1\n") == 1);
}

TEST_CASE("results that are not what was written are named, whatever happened to them") {
  const OutputRun run({"arith:square"});
  const std::string input = run.folder.file("I", numbers(300) + "x\n");
  REQUIRE(run.to_its_end({"--input", input}).status == 1);
  const std::string output = run.output();
  const std::string failures = run.folder.read("O.failures");
  const std::string path = run.folder.path() + "/O";
  const auto refused = [&](const std::string& why) {
    const Ended ended = run.to_its_end(from(input));
    INFO(ended.errors);
    CHECK(ended.status == 2);
    CHECK(contains(ended.errors, why));
  };
  patch(path, 0, std::string(300, '\0'));
  refused("O has other bytes among its first ");
  run.folder.file("O", "");
  refused("O has 0 bytes, and ");
  fs::resize_file(path, 10);
  refused("O has 10 bytes, and ");
  fs::remove(path);
  refused("O is not there, and ");
  CHECK_FALSE(fs::exists(path));
  run.folder.file("O", output);
  CHECK(contains(run.to_its_end(from(input)).errors, "is finished already"));
  patch(path + ".failures", 3, "X");
  refused("O.failures has other bytes among its first ");
  fs::remove(path + ".failures");
  refused("O.failures is not there, and ");
  run.folder.file("O.failures", failures);
  CHECK(run.to_its_end(from(input)).status == 1);
  // Behind an edited result a run goes on if that is wanted, and later ones believe it.
  patch(path, 0, "7");
  run.folder.file("I", numbers(300) + "x\n301\n");
  refused("O has other bytes among its first ");
  const Ended anyway = run.to_its_end({"--input", input, "--resume-anyway"});
  CHECK(anyway.status == 1);
  CHECK(contains(anyway.errors, "going on behind them all the same"));
  CHECK(run.output() == "7" + output.substr(1) + "90601\n");
  CHECK(contains(run.to_its_end(from(input)).errors, "is finished already"));
}

TEST_CASE("a result that is edited within the tick of the last write is noticed") {
  const OutputRun run({"arith:square", "1", "2", "3"});
  for (int round = 0; round < 20; ++round) {
    REQUIRE(run.to_its_end({"--overwrite"}).status == 0);
    patch(run.folder.path() + "/O", 0, "7");
    CHECK(run.to_its_end({"--resume"}).status == 2);
  }
}

TEST_CASE("files that are as the system knows them are believed, and others are read") {
  const OutputRun run({"arith:square"});
  const std::string input = run.folder.file("I", numbers(1000));
  fs::last_write_time(input, fs::file_time_type::clock::now() - 1h);
  std::this_thread::sleep_for(2100ms);  // the time of the inode's change cannot be set
  REQUIRE(run.to_its_end({"--input", input}).status == 0);
  CHECK(contains(run.journal(), "\"file\":\""));
  CHECK(contains(run.to_its_end(from(input)).errors, "is finished already"));
  // Another file of the same content is as good.
  run.folder.file("I", numbers(1000));
  CHECK(contains(run.to_its_end(from(input)).errors, "is finished already"));
  // Its times put back, another content is found out by the time of the change.
  const auto time = fs::last_write_time(input);
  patch(input, 0, "2");
  fs::last_write_time(input, time);
  CHECK(run.to_its_end(from(input)).status == 2);
}

TEST_CASE("a file system without locks and syncs is told once, and the run goes on") {
  const OutputRun run({"arith:square", "--chunk", "1"});
  Launch launch;
  launch.environment = preloading(test_plugin("refused_calls"));
  const Ended ended = run_forkmap(run.with({"1", "x", "3"}), {}, launch);
  INFO(ended.errors);
  CHECK(ended.status == 1);
  CHECK(run.output() == "1\n9\n");
  CHECK(count_of(ended.errors, "has no locks") == 1);
  CHECK(count_of(ended.errors, "cannot be told to bring it to the disk") == 1);
  CHECK(contains(run.to_its_end({"--resume", "1", "x", "3"}).errors, "is finished already"));
}

TEST_CASE("a journal of the version before is refused with a clear word") {
  const OutputRun run({"arith:square", "1", "2"});
  // As forkmap 1 has written them.
  const std::string header =
      "a6265bdb2da17b30 {\"forkmap_journal\":1,\"run\":{\"function\":\"arith:square\"}}\n";
  run.folder.file("O", "1\n");
  run.folder.file("O.journal", header);
  for (const char* option : {"--resume", "--resume-anyway"}) {
    const Ended refused = run.to_its_end({option});
    INFO(refused.errors);
    CHECK(refused.status == 2);
    CHECK(contains(refused.errors, "another version of forkmap"));
  }
  const Ended unfinished = run.to_its_end({});
  CHECK(unfinished.status == 2);
  CHECK(contains(unfinished.errors, "another version of forkmap"));
  CHECK(run.output() == "1\n");
  CHECK(run.to_its_end({"--overwrite"}).status == 0);
  CHECK(run.output() == "1\n4\n");
}

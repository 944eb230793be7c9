// SPDX-License-Identifier: Apache-2.0
// Where items come from, and how their texts are read.

#include "tests/catch.hpp"

#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::string_literals;

TEST_CASE("items are arguments, a result a line, in order") {
  const Ended ended = run_forkmap({"run", "-p", "arith", "square", "1", "2", "3", "4", "5"});
  CHECK(ended.output == "1\n4\n9\n16\n25\n");
  CHECK(ended.errors == "");
  CHECK(ended.status == 0);
}

TEST_CASE("arguments are grouped by the arity of the function") {
  const Ended ended = run_forkmap({"run", "arith:hypot", "3", "4", "5", "12"});
  CHECK(ended.output == "5\n13\n");
  CHECK(ended.status == 0);
}

TEST_CASE("arguments left over by the arity are a usage error") {
  const Ended ended = run_forkmap({"run", "arith:hypot", "3", "4", "5"});
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, "1 is left over"));
  CHECK(ended.status == 2);
}

TEST_CASE("negative numbers are items, before and behind options") {
  const Ended ended =
      run_forkmap({"run", "arith:hypot", "-3", "-4", "-j", "1", "-inf", "1", "--", "-5", "-12"});
  CHECK(ended.output == "5\ninf\n13\n");
  CHECK(ended.status == 0);
}

TEST_CASE("arguments are taken verbatim") {
  const std::vector<std::string> odd = {"[1,2]", "",     "a b", "{x,y}", "%d",
                                        "\\n",   "a\tb", "=",   "c\r",   "d\r\r"};
  std::vector<std::string> arguments = {"run", "-0", faulty() + ":echo"};
  arguments.insert(arguments.end(), odd.begin(), odd.end());
  std::string wanted;
  for (const std::string& text : odd) wanted += text + '\0';
  const Ended ended = run_forkmap(arguments);
  CHECK(ended.output == wanted);
  CHECK(ended.status == 0);
  arguments.erase(arguments.begin() + 1);
  CHECK(run_forkmap(arguments).output ==
        "[1,2]\n\na b\n{x,y}\n%d\n\\\\n\na\\tb\n=\nc\\r\nd\\r\\r\n");
}

TEST_CASE("whatever looks like an option is an item behind --") {
  const Ended ended = run_forkmap({"run", faulty() + ":echo", "--", "--help", "-x", "-j"});
  CHECK(ended.output == "--help\n-x\n-j\n");
  CHECK(ended.status == 0);
}

TEST_CASE("no items behind -- are no items, and nothing is read") {
  const Ended ended = run_forkmap({"run", "arith:square", "--"}, "1\n2\n");
  CHECK(ended.output == "");
  CHECK(ended.status == 0);
}

TEST_CASE("an array is one argument") {
  const Ended ended = run_forkmap({"run", faulty() + ":echo_array", "1,2.5,-inf", "", "-1,2"});
  CHECK(ended.output == "1,2.5,-inf\n\n-1,2\n");
}

TEST_CASE("lines of standard input are items") {
  const Ended ended = run_forkmap({"run", "-p", "arith", "square"}, "1\n2\n3");
  CHECK(ended.output == "1\n4\n9\n");
  CHECK(ended.status == 0);
}

TEST_CASE("lines of a file are items, from a name or as standard input") {
  const TestFolder folder;
  const std::string file = folder.file("items", "4\n5\n");
  CHECK(run_forkmap({"run", "arith:square", "--input", file}).output == "16\n25\n");
  Launch launch;
  launch.input_file = file;
  CHECK(run_forkmap({"run", "arith:square"}, {}, launch).output == "16\n25\n");
  CHECK(run_forkmap({"run", "arith:square", "--input", "-"}, "6\n").output == "36\n");
}

TEST_CASE("a file of /proc, which says that it is empty, is read") {
  const Ended ended =
      run_forkmap({"run", faulty() + ":echo", "--input", "/proc/sys/kernel/ostype"});
  CHECK(ended.output == "Linux\n");
}

TEST_CASE("an empty input has no results and is no failure") {
  const TestFolder folder;
  for (const std::string& source : {folder.file("empty", ""), "/dev/null"s, "-"s}) {
    INFO(source);
    const Ended ended = run_forkmap({"run", "arith:square", "--input", source});
    CHECK(ended.output == "");
    CHECK(ended.errors == "");
    CHECK(ended.status == 0);
  }
}

TEST_CASE("columns of a line are split at a TAB or at the delimiter") {
  CHECK(run_forkmap({"run", "arith:hypot"}, "3\t4\n5\t12\n").output == "5\n13\n");
  CHECK(run_forkmap({"run", "arith:hypot", "--delimiter", ","}, "3,4\n").output == "5\n");
  CHECK(run_forkmap({"run", "arith:hypot", "--delimiter= "}, "3 4\n").output == "5\n");
}

TEST_CASE("a lone text argument gets the whole line with its TABs") {
  CHECK(run_forkmap({"run", faulty() + ":echo"}, "a\tb\t\n").output == "a\\tb\\t\n");
}

TEST_CASE("the wrong number of columns is a bad item") {
  const Ended ended = run_forkmap({"run", "arith:hypot"}, "3\t4\n3\n1\t2\t3\n6\t8\n");
  CHECK(ended.output == "5\n10\n");
  CHECK(count_of(ended.errors, "BadItem") == 2);
  CHECK(contains(ended.errors, "item 2 (\"3\")"));
  CHECK(ended.status == 1);
}

TEST_CASE("a CR before the end of a line is dropped, and kept with -0") {
  CHECK(run_forkmap({"run", "arith:square"}, "1\r\n2\r\n").output == "1\n4\n");
  CHECK(run_forkmap({"run", faulty() + ":echo"}, "a\r\nb\r\r\n").output == "a\nb\\r\n");
  CHECK(run_forkmap({"run", "-0", faulty() + ":echo"}, "a\r\0b\r"s).output == "a\r\0b\r\0"s);
}

TEST_CASE("a byte-order mark at the start is dropped") {
  CHECK(run_forkmap({"run", "arith:square"},
                    "\xef\xbb\xbf"
                    "7\n")
            .output == "49\n");
  const TestFolder folder;
  const std::string file = folder.file("marked",
                                       "\xef\xbb\xbf"
                                       "7\n");
  CHECK(run_forkmap({"run", "arith:square", "--input", file}).output == "49\n");
}

TEST_CASE("a blank line is an empty text or array, and no number") {
  CHECK(run_forkmap({"run", faulty() + ":echo"}, "a\n\nb\n\n").output == "a\n\nb\n\n");
  CHECK(run_forkmap({"run", faulty() + ":echo_bytes"}, "\n").output == "\n");
  CHECK(run_forkmap({"run", faulty() + ":echo_array"}, "\n1\n").output == "\n1\n");
  const Ended ended = run_forkmap({"run", "arith:square"}, "1\n\n3\n");
  CHECK(ended.output == "1\n9\n");
  CHECK(contains(ended.errors, "item 2 (\"\"): BadItem"));
  CHECK(ended.status == 1);
}

TEST_CASE("with -0 items may have newlines, and results are raw") {
  const Ended ended = run_forkmap({"run", "-0", faulty() + ":echo"}, "a\nb\0c\\\t\0"s);
  CHECK(ended.output == "a\nb\0c\\\t\0"s);
}

TEST_CASE("bytes that are no UTF-8 reach the function and come back unchanged") {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  const Ended ended = run_forkmap({"run", "-0", faulty() + ":echo_bytes"}, all + '\0');
  CHECK(ended.output == all + '\0');
}

TEST_CASE("results with newlines, TABs, CRs and backslashes are escaped") {
  const Ended ended = run_forkmap({"run", faulty() + ":echo", "a\nb", "c\td", "e\rf", "g\\h"});
  CHECK(ended.output == "a\\nb\nc\\td\ne\\rf\ng\\\\h\n");
}

TEST_CASE("input is never unescaped") {
  CHECK(run_forkmap({"run", "-0", faulty() + ":echo"}, "a\\nb"s).output == "a\\nb\0"s);
}

TEST_CASE("results of several columns are separated by TABs") {
  CHECK(run_forkmap({"run", "arith:divmod", "17", "5"}).output == "3\t2\n");
}

TEST_CASE("numbers out of range, fractions and words are bad items that are named") {
  const Ended ended = run_forkmap({"run", "-p", "arith", "square"},
                                  "1\n99999999999999999999\n1.5\nx\n0x10\n2 2\n3\n");
  CHECK(ended.output == "1\n9\n");
  CHECK(count_of(ended.errors, "BadItem") == 5);
  CHECK(contains(ended.errors, "item 4 (\"x\")"));
  CHECK(ended.status == 1);
}

TEST_CASE("floats are written so that they read back as the same value") {
  const Ended ended =
      run_forkmap({"run", faulty() + ":echo_array", "0.1,1e300,5e-324,nan,inf,-0.0,16777217,1e22"});
  CHECK(ended.output == "0.1,1e+300,5e-324,nan,inf,-0,16777217,1e+22\n");
}

TEST_CASE("a shard takes every N-th item and keeps the numbers of the whole input") {
  CHECK(run_forkmap({"run", "arith:square", "--shard", "2/3"}, "1\n2\n3\n4\n5\n").output ==
        "4\n25\n");
  CHECK(run_forkmap({"run", "arith:square", "--shard", "3/3", "1", "2", "3", "4"}).output == "9\n");
  const Ended bad = run_forkmap({"run", "arith:square", "--shard", "2/3"}, "1\n2\n3\n4\nx\n");
  CHECK(contains(bad.errors, "item 5 (\"x\")"));
  const Ended index =
      run_forkmap({"run", faulty() + ":index_and_seed", "--shard", "2/2"}, "a\n1\nb\n2\n");
  CHECK(index.output.starts_with("1\t"));
  CHECK(contains(index.output, "\n3\t"));
}

TEST_CASE("seeds are the same for shards, chunks and any number of workers") {
  const std::string lines = "0\n1\n2\n3\n4\n5\n6\n7\n";
  const std::string function = faulty() + ":index_and_seed";
  const std::string wanted = run_forkmap({"run", function, "--seed", "9", "-j1"}, lines).output;
  CHECK(count_of(wanted, "\n") == 8);
  CHECK(run_forkmap({"run", function, "--seed=9", "-j", "3", "--chunk", "2"}, lines).output ==
        wanted);
  CHECK(run_forkmap({"run", function, "--seed=9", "--serial"}, lines).output == wanted);
  CHECK(run_forkmap({"run", function, "--seed=8"}, lines).output != wanted);
  const std::string tail =
      run_forkmap({"run", function, "--seed=9", "--first-item", "7", "6", "7"}).output;
  CHECK(wanted.ends_with(tail));
  CHECK(count_of(tail, "\n") == 2);
}

TEST_CASE("a directory, a missing file and a closed standard input end the run before it begins") {
  Launch closed;
  closed.closed = {0};
  for (const Ended& ended : {run_forkmap({"run", "arith:square", "--input", "/tmp"}),
                             run_forkmap({"run", "arith:square", "--input", "/no/such/file"}),
                             run_forkmap({"run", "arith:square"}, {}, closed)}) {
    CHECK(ended.output == "");
    CHECK(contains(ended.errors, "cannot read"));
    CHECK(ended.status == 2);
  }
}

TEST_CASE("items and --input together are a usage error") {
  CHECK(run_forkmap({"run", "arith:square", "--input", "/dev/null", "1"}).status == 2);
}

TEST_CASE("long lines are items like others") {
  const std::string line(3'000'000, 'x');
  const Ended ended = run_forkmap({"run", faulty() + ":echo"}, line + "\nend\n");
  CHECK(ended.output.size() == line.size() + 5);
  CHECK(ended.output == line + "\nend\n");
}

TEST_CASE("the delimiter ws takes any number of blanks, and numbers as other programs write them") {
  const auto output = [](std::vector<std::string> words, const std::string& input) {
    words.insert(words.begin(), {"run", "--delimiter", "ws"});
    return run_forkmap(std::move(words), input).output;
  };
  CHECK(output({"arith:hypot"}, "  3   4\n5\t 12  \n") == "5\n13\n");
  CHECK(output({"arith:hypot"}, " 3.0D+00  +0.4d1\n") == "5\n");
  CHECK(output({"arith:square"}, "   7 \n") == "49\n");
  CHECK(output({"--tag", "arith:hypot"}, " 3 4 \n") == " 3 4 \t5\n");
  const Ended bad = run_forkmap({"run", "--delimiter", "ws", "arith:hypot"}, "1\n\n3 4\n1 2 3\n");
  CHECK(bad.output == "5\n");
  CHECK(contains(bad.errors, "1 column, wants 2"));
  CHECK(contains(bad.errors, "0 columns, wants 2"));
  CHECK(contains(bad.errors, "3 columns, wants 2"));
  CHECK(run_forkmap({"run", "--delimiter", "\x01", "arith:square"}, "1\n").status == 2);
}
